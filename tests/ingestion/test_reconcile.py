"""Damage done to index, storage and database is found and mended, both ways, on either store."""

import asyncio
import io
import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings
from django.utils import timezone

from ingestion import index, pipeline
from ingestion.actions import accept_upload
from ingestion.models import Collection, Document, DocumentVersion, Passage
from ingestion.reconciling import Differences, reconcile
from ingestion.store import Held, IndexEntry, VectorStore
from tenants.access import require_member
from tenants.scoping import every_tenant, tenant_scope
from tenants.single import one_at_a_time

run = asyncio.run


@pytest.fixture(params=["lance", "weaviate"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "lance":
        yield request.param
        return
    with override_settings(**request.getfixturevalue("weaviate").settings):
        yield request.param


@pytest.fixture
def store(kind, own_index) -> Iterator[VectorStore]:
    """The index of an installation with two organisations and three documents."""
    yield index.active_store()
    run(index.active_store().drop())


@pytest.fixture
def documents(store, acme, globex, alice, carol) -> list[Document]:
    made = []
    for tenant, user, count in ((acme, alice, 2), (globex, carol, 1)):
        with tenant_scope(tenant.id):
            member = require_member(user.id, tenant=tenant.id)
            collection = Collection.objects.create(name="Inbox")
            for number in range(count):
                file = io.BytesIO(f"Rule {number} of {tenant.name}.".encode())
                upload = accept_upload(
                    file, name=f"{number}.md", collection=collection, member=member, send=False
                )
                pipeline.ingest(upload.version.pk)
                upload.document.refresh_from_db()
                made.append(upload.document)
    return made


def stored(store, tenant) -> set[Held]:
    async def everything() -> set[Held]:
        return {held async for held in store.everything(tenant)}

    return run(everything())


def expected(tenant) -> set[Held]:
    with every_tenant():
        rows = Passage.objects.filter(tenant=tenant).values_list(
            "pk", "version", "version__document__collection"
        )
        return {Held(*row) for row in rows}


def test_what_is_equal_is_left_alone(store, documents, acme):
    before = stored(store, acme.id)
    assert reconcile(say=print) == Differences()
    assert stored(store, acme.id) == before == expected(acme.id)


def test_all_damage_is_mended(store, documents, acme, globex):
    first, second, other = documents
    entry = IndexEntry(uuid4(), uuid4(), uuid4(), "Stray", "stray words", [1.0] * 384)
    run(store.upsert(acme.id, [entry]))  # of a version that never was
    run(store.upsert(uuid4(), [entry]))  # of an organisation that is gone
    run(store.delete_version(globex.id, other.current_version_id))
    run(store.move_version(acme.id, second.current_version_id, collection=uuid4()))
    with tenant_scope(acme.id):
        Passage.objects.filter(version=first.current_version, position=0).delete()
    damage = Differences(missing_passages=1, stray_passages=2, misplaced_documents=1, stray_tenants=1)
    assert reconcile(mend=False, say=print) == damage
    assert reconcile(mend=False, say=print) == damage, "only looked"
    assert reconcile(say=print) == damage
    assert reconcile(say=print) == Differences()
    for tenant in (acme, globex):
        assert stored(store, tenant.id) == expected(tenant.id)
    assert run(store.tenants()) == {acme.id, globex.id}


def test_what_is_being_ingested_is_left_to_its_worker(store, documents, acme):
    version = documents[0].current_version
    with tenant_scope(acme.id):
        newer = DocumentVersion.objects.create(
            document=documents[0], number=2, sha256="x", size=1, status="processing", file=version.file.name
        )
    ahead = IndexEntry(uuid4(), newer.pk, documents[0].collection_id, "Ahead", "words", [1.0] * 384)
    run(store.upsert(acme.id, [ahead]))
    assert reconcile(say=print) == Differences()
    with tenant_scope(acme.id):
        Document.objects.filter(pk=documents[0].pk).update(deleted_at=timezone.now())
    assert reconcile(say=print).stray_passages == 2, "deleted: its passages and those of its new version"


def test_files_that_nobody_names_go_and_missing_ones_are_named(store, documents, acme, capsys):
    old = default_storage.save(f"{acme.id}/{uuid4()}", ContentFile(b"left over"))
    young = default_storage.save(f"{acme.id}/{uuid4()}", ContentFile(b"being uploaded"))
    os.utime(default_storage.path(old), (0, 0))
    lost = documents[0].current_version.file.name
    default_storage.delete(lost)
    with pytest.raises(SystemExit):
        call_command("reconcile")
    said = capsys.readouterr().out
    assert lost in said and str(documents[0].pk) in said
    assert "1 stray files, 1 missing files" in said
    assert not default_storage.exists(old)
    assert default_storage.exists(young)


def test_one_organisation_alone_can_be_reconciled(store, documents, acme, globex, capsys):
    for document in documents:
        run(store.delete_version(document.tenant_id, document.current_version_id))
    call_command("reconcile", "--tenant", "acme")
    assert stored(store, acme.id) == expected(acme.id)
    assert stored(store, globex.id) == set()


def test_only_one_runs_at_a_time(store, capsys):
    with one_at_a_time("reconcile"), pytest.raises(CommandError, match="running already"):
        call_command("reconcile")
    call_command("reconcile")
