"""Originals in a real object store: private, reached only after a permission check, gone when they are deleted."""

import io
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from benchmarks.services import ObjectStore
from ingestion import pipeline, purging
from ingestion.actions import accept_upload
from ingestion.errors import StorageUnavailable, UploadRefused
from ingestion.models import Collection, Document, DocumentVersion, Status
from ingestion.s3 import LINK_SECONDS
from tenants.access import require_member
from tenants.scoping import every_tenant, tenant_scope

TEXT = b"Every parent gets 16 weeks of leave."
NAME = "Reisekosten – 2024 “neu”.txt"


@pytest.fixture
def bucket(object_store: ObjectStore, settings) -> ObjectStore:
    for name, value in object_store.settings.items():
        setattr(settings, name, value)
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "ingestion.s3.S3Originals"}}
    return object_store


@pytest.fixture
def closed(acme) -> Collection:
    with tenant_scope(acme.id):
        return Collection.objects.create(name="Board")


@pytest.fixture
def uploaded(bucket, acme, alice, closed) -> DocumentVersion:
    return upload(alice, closed)


def upload(user, collection: Collection, text: bytes = TEXT, name: str = NAME) -> DocumentVersion:
    with tenant_scope(collection.tenant_id):
        member = require_member(user.id, tenant=collection.tenant_id)
        file = io.BytesIO(text)
        return accept_upload(file, name=name, collection=collection, member=member, send=False).version


def address_of(version: DocumentVersion) -> str:
    return reverse("document-file", args=[version.pk])


def fetched(url: str) -> tuple[int, bytes, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status, reply.read(), dict(reply.headers)
    except urllib.error.HTTPError as error:
        return error.code, b"", {}


def test_object_cannot_be_fetched_without_a_signature(bucket, uploaded) -> None:
    path = bucket.folder / "data" / bucket.bucket / uploaded.file.name
    assert path.read_bytes() == TEXT
    status, _, _ = fetched(f"{bucket.settings['S3_ENDPOINT_URL']}/{bucket.bucket}/{uploaded.file.name}")
    assert status == 403


def test_outsiders_get_neither_the_file_nor_a_link(
    uploaded, settings, browser_of, bob, carol, client
) -> None:
    for public in ("", settings.S3_ENDPOINT_URL):
        settings.S3_PUBLIC_ENDPOINT_URL = public
        for outsider in (bob, carol):
            assert browser_of(outsider).get(address_of(uploaded)).status_code == 404
        assert "login" in client.get(address_of(uploaded)).headers["Location"]


def test_reader_gets_a_link_for_a_minute_where_browsers_reach_the_store(
    uploaded, settings, browser_of, alice
) -> None:
    settings.S3_PUBLIC_ENDPOINT_URL = settings.S3_ENDPOINT_URL.replace("127.0.0.1", "localhost")
    reply = browser_of(alice).get(address_of(uploaded))
    assert reply.status_code == 302
    assert reply.headers["Cache-Control"] == "private, no-store"
    link = reply.headers["Location"]
    assert link.startswith(settings.S3_PUBLIC_ENDPOINT_URL)
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == [str(LINK_SECONDS)]
    status, content, headers = fetched(link)
    assert (status, content) == (200, TEXT)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Reisekosten%20%E2%80%93")
    assert fetched(link.replace(uploaded.file.name, f"{uploaded.tenant_id}/{uuid4()}"))[0] == 403, (
        "of another object"
    )


def test_link_is_refused_when_its_minute_is_over(uploaded, settings, monkeypatch) -> None:
    import botocore.auth

    settings.S3_PUBLIC_ENDPOINT_URL = settings.S3_ENDPOINT_URL
    link = default_storage.link(uploaded.file.name, file_name="a")
    assert fetched(link)[0] == 200
    past = datetime.utcnow() - timedelta(seconds=LINK_SECONDS + 5)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: past)
    assert fetched(default_storage.link(uploaded.file.name, file_name="a"))[0] == 403


def test_reader_gets_the_file_through_the_web_process_otherwise(uploaded, browser_of, alice) -> None:
    reply = browser_of(alice).get(address_of(uploaded))
    assert b"".join(reply.streaming_content) == TEXT
    assert reply.headers["Content-Disposition"].startswith("attachment")


def test_document_is_read_from_the_store_and_gone_from_it_when_it_is_deleted(
    own_index, bucket, acme, alice, closed
) -> None:
    with tenant_scope(acme.id):
        version = upload(alice, closed)
        path = bucket.folder / "data" / bucket.bucket / version.file.name
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert (version.status, version.passage_count) == (Status.READY, 1)
        Document.objects.update(deleted_at=version.created)
        purging.purge_document(version.document_id)
        assert not path.exists()
        assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_store_that_is_away_refuses_uploads_in_words_and_lets_documents_wait(
    bucket, acme, alice, closed, browser_of
) -> None:
    version = upload(alice, closed)
    bucket.kill()
    try:
        with pytest.raises(UploadRefused, match="could not be stored"):
            upload(alice, closed, b"Another text.", "b.txt")
        with tenant_scope(acme.id):
            pipeline.ingest(version.pk)
            version.refresh_from_db()
        assert (version.status, version.attempts) == (Status.QUEUED, 0)
        assert "does not answer" in version.error
        reply = browser_of(alice).get(address_of(version))
        assert reply.status_code == 503
        assert b"does not answer" in reply.content
    finally:
        bucket.start()
    with every_tenant():
        assert DocumentVersion.objects.count() == 1


def test_wrong_key_or_bucket_is_named(bucket, uploaded, settings) -> None:
    settings.S3_SECRET_ACCESS_KEY = "wrong"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "ingestion.s3.S3Originals"}}
    with pytest.raises(StorageUnavailable, match="S3_SECRET_ACCESS_KEY"):
        default_storage.exists(uploaded.file.name)
