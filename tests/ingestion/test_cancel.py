"""Stopping a document that waits or is being read."""

import io
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from ingestion import indexing, pipeline
from ingestion.actions import accept_upload, cancel_version, retry_version
from ingestion.claims import Claim, Superseded, claim_version
from ingestion.index import active_store, run_async
from ingestion.models import Document, DocumentVersion, ExtractedText, Passage, Stage, Status
from ingestion.parse.child import Child
from ingestion.sweeper import sweep
from tenants.access import require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def upload(handbook, mia, text="One.\n\nTwo.", name="a.txt"):
    file = io.BytesIO(text.encode())
    return accept_upload(file, name=name, collection=handbook, member=mia, send=False).version


def held(version):
    return run_async(active_store().passages_of(version.tenant_id, version.pk))


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_what_waits_or_is_read_is_canceled_and_recorded(in_acme, mia, handbook, add_document, status):
    document = add_document(handbook, status=status, stage="embed", attempts=1, progress=30)
    assert cancel_version(document.latest, mia)
    version = DocumentVersion.objects.get()
    assert (version.status, version.stage, version.claim) == (Status.CANCELED, "", None)
    assert AuditEvent.objects.get(object_id=document.pk).action == "document.canceled"
    assert not cancel_version(version, mia)


@pytest.mark.parametrize("status", ["ready", "failed", "replaced", "canceled"])
def test_what_is_over_is_not_canceled(in_acme, mia, handbook, add_document, status):
    document = add_document(handbook, status=status)
    assert not cancel_version(document.latest, mia)
    assert DocumentVersion.objects.get().status == status


def test_only_tenders_cancel(in_acme, bob, acme, handbook, add_document):
    document = add_document(handbook, status="queued")
    with pytest.raises(NotAllowed):
        cancel_version(document.latest, require_member(bob.id, tenant=acme.id))
    assert DocumentVersion.objects.get().status == Status.QUEUED


def test_a_canceled_document_is_left_alone_until_it_is_retried(in_acme, mia, handbook, add_document):
    document = add_document(handbook, status="processing", heartbeat=timezone.now().replace(year=2020))
    cancel_version(document.latest, mia)
    sweep()
    assert claim_version(document.latest.pk) is None
    assert DocumentVersion.objects.get().status == Status.CANCELED
    assert retry_version(document.latest, mia)
    assert claim_version(document.latest.pk) is not None


def test_the_one_who_reads_it_writes_no_more(in_acme, mia, handbook, add_document):
    document = add_document(handbook, status="queued")
    claim = claim_version(document.latest.pk)
    cancel_version(document.latest, mia)
    with pytest.raises(Superseded):
        claim.check()
    with pytest.raises(Superseded):
        claim.still_wanted()
    assert DocumentVersion.objects.get().status == Status.CANCELED


def test_each_stage_says_when_it_began(in_acme, handbook, add_document):
    before = timezone.now()
    claim = claim_version(add_document(handbook, status="queued").latest.pk)
    for stage in (Stage.PARSE, Stage.CHUNK):
        with claim.stage(stage):
            version = DocumentVersion.objects.get()
            assert (version.stage, version.progress) == (stage, 0)
            assert version.stage_began >= before
        before = timezone.now()


def test_a_reading_anew_is_canceled_back_to_ready_until_passages_are_replaced(
    in_acme, mia, handbook, add_document
):
    document = add_document(handbook)
    versions = DocumentVersion.objects.filter(pk=document.current_version_id)
    for status, stage in (("queued", ""), ("processing", ""), ("processing", "parse")):
        versions.update(status=status, stage=stage)
        assert cancel_version(document.latest, mia)
        assert versions.get().status == Status.READY
    versions.update(status="processing", stage="chunk")
    assert not cancel_version(document.latest, mia)
    assert versions.get().status == Status.PROCESSING


def test_what_it_had_come_to_is_removed_and_a_retry_brings_it_back(
    own_index, acme, mia, handbook, monkeypatch
):
    """Canceled in the middle of its vectors: nothing of it stays, in the database and in the index."""
    monkeypatch.setattr(indexing, "EMBED_BATCH", 1)
    real = Claim.write

    def cancel_first(self, **fields):
        if "embedded_count" in fields:
            with tenant_scope(acme.id):
                assert held(self.version)
                cancel_version(self.version, mia)
        real(self, **fields)

    with tenant_scope(acme.id):
        version = upload(handbook, mia, "# A\n\n" + "One. " * 400 + "\n\n# B\n\n" + "Two. " * 400, "a.md")
        monkeypatch.setattr(Claim, "write", cancel_first)
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert version.status == Status.CANCELED
        assert not Passage.objects.exists()
        assert not ExtractedText.objects.exists()
        assert held(version) == set()

        monkeypatch.setattr(Claim, "write", real)
        assert retry_version(version, mia)
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert version.status == Status.READY
        assert held(version) == set(Passage.objects.values_list("pk", flat=True)) != set()
        pipeline.forget_canceled(version.pk)  # a message that comes late
        assert held(version) == set(Passage.objects.values_list("pk", flat=True))


def test_the_reader_is_stopped_when_nobody_waits_for_it(own_index, acme, mia, handbook, monkeypatch):
    """Its child process is ended soon after, and not at its limit; nothing it would have answered is waited for."""
    monkeypatch.setattr("ingestion.claims.HEARTBEAT_SECONDS", 0.05)
    ended: list[int] = []
    kill = Child._kill
    monkeypatch.setattr(Child, "_kill", lambda child: (ended.append(child._process), kill(child)))
    with tenant_scope(acme.id):
        rows = "".join(f"<tr><td>{n}</td><td>{'word ' * 20}</td></tr>" for n in range(60_000))
        version = upload(handbook, mia, f"<html><body><table>{rows}</table></body></html>", "long.html")

        def cancel_once_begun() -> None:
            with tenant_scope(acme.id):
                while not DocumentVersion.objects.filter(stage=Stage.PARSE).exists():
                    time.sleep(0.01)
                cancel_version(version, mia)
            connection.close()

        thread = threading.Thread(target=cancel_once_begun)
        thread.start()
        pipeline.ingest(version.pk)
        thread.join()
        version.refresh_from_db()
        assert version.status == Status.CANCELED
        assert len(ended) == 1
        assert Document.objects.get().current_version is None
