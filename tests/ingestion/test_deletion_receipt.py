"""A deletion is done when index, storage and database have been looked at and hold nothing: each must answer for sure."""

import asyncio
import io
import shutil
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as current
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from ingestion import index, pipeline, purging
from ingestion.actions import accept_upload, delete_document
from ingestion.errors import IngestionError, StorageUnavailable, StoreUnavailable
from ingestion.models import DeletionReceipt, Document, DocumentVersion, ExtractedText, Passage
from ingestion.purging import purge_document
from ingestion.store import IndexEntry
from tenants.access import require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

TEXT = "Parental leave lasts {} weeks.\n\n# Travel\n\nHotels cost up to 180 euros.\n"
run = asyncio.run


@pytest.fixture(params=["lance", "weaviate"])
def kind(request: pytest.FixtureRequest):
    if request.param == "lance":
        yield request.param
        return
    with override_settings(**request.getfixturevalue("weaviate").settings):
        yield request.param


@pytest.fixture
def store(kind, own_index, acme):
    with tenant_scope(acme.id):
        yield index.active_store()
        if Path(current.VAR_DIR).exists():
            run(index.active_store().drop())


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def document(store, mia, handbook) -> Document:
    """Two versions, the first of them in the archive."""
    for weeks in ("ten", "twelve"):
        file = io.BytesIO(TEXT.format(weeks).encode())
        taken = accept_upload(file, name="leave.md", collection=handbook, member=mia, send=False)
        pipeline.ingest(taken.version.pk)
    taken.document.refresh_from_db()
    return taken.document


def stored(store, acme) -> set:
    async def everything():
        return {held.passage async for held in store.everything(acme.id)}

    return run(everything())


def test_receipt_tells_what_was_removed_and_that_nothing_is_left(document, store, mia, acme):
    versions = list(document.versions.all())
    expected = {
        "documents": 1,
        "versions": 2,
        "passages": Passage.objects.count(),
        "texts": 2,
        "vectors": len(stored(store, acme)),
        "files": 2,
        "bytes": sum(version.size for version in versions),
    }
    assert expected["vectors"] == expected["passages"] >= 2
    delete_document(document, mia)
    receipt = DeletionReceipt.objects.get()
    assert (receipt.done_at, receipt.asked_by_id, receipt.title) == (None, mia.user, document.title)
    purge_document(document.pk)
    receipt.refresh_from_db()
    assert receipt.removed == expected
    assert receipt.check_found["found"] == dict.fromkeys(expected, 0)
    assert receipt.done_at >= receipt.asked_at
    assert "of this document" in receipt.check_found["index"]
    assert "0 of 2 files" in receipt.check_found["storage"]
    assert stored(store, acme) == set()
    assert not any(m.objects.exists() for m in (Document, DocumentVersion, Passage, ExtractedText))
    assert AuditEvent.objects.filter(action="document.purged", object_id=receipt.document).count() == 1


def refuses(document, error=IngestionError, match="") -> DeletionReceipt:
    """The purge is not done: it raises, and the sweeper will send it again."""
    document_id = document.pk
    with pytest.raises(error, match=match):
        purge_document(document_id)
    receipt = DeletionReceipt.objects.get(document=document_id)
    assert receipt.done_at is None
    assert receipt.problem
    assert Document.objects.filter(pk=document_id).exists()
    assert not AuditEvent.objects.filter(action="document.purged").exists()
    return receipt


def test_an_index_that_still_holds_an_entry_is_no_proof(document, store, mia, acme, monkeypatch):
    delete_document(document, mia)

    async def lies(tenant, version):
        """Says that it has deleted."""

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "delete_version", lambda self, tenant, version: lies(tenant, version))
        receipt = refuses(document, match="vectors")
    found = receipt.removed
    purge_document(document.pk)
    receipt.refresh_from_db()
    assert receipt.done_at
    assert receipt.problem == ""
    assert receipt.removed == found, "what an interrupted try had removed is counted too"


def test_an_entry_that_a_late_worker_writes_is_noticed(document, store, mia, acme, handbook, monkeypatch):
    delete_document(document, mia)
    version, delete = document.current_version_id, type(store).delete_version
    late = IndexEntry(uuid4(), version, handbook.pk, "Late", "late words", [1.0] * 384)

    async def late_write(self, tenant, version):
        await delete(self, tenant, version)
        await self.upsert(tenant, [late])

    monkeypatch.setattr(type(store), "delete_version", late_write)
    refuses(document, match="1 vectors")


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_an_index_that_is_missing_is_no_proof(document, store, mia, monkeypatch):
    delete_document(document, mia)
    shutil.move(store.folder, store.folder.with_name("unmounted"))
    refuses(document, StoreUnavailable, "folder is missing")
    shutil.move(store.folder.with_name("unmounted"), store.folder)
    purge_document(document.pk)
    assert DeletionReceipt.objects.get().done_at


@pytest.mark.parametrize("kind", ["weaviate"], indirect=True)
def test_a_not_found_of_the_server_is_no_proof(document, store, mia, acme):
    delete_document(document, mia)
    run(store.drop())
    refuses(document, StoreUnavailable, "does not exist")
    entry = IndexEntry(uuid4(), uuid4(), uuid4(), "Other", "words", [1.0] * 384)
    run(store.upsert(uuid4(), [entry]))
    purge_document(document.pk)
    said = DeletionReceipt.objects.get().check_found["index"]
    assert said == "The search index lists its organisations, and not this one."


def test_evidence_counts_only_what_was_asked_about(document, store, acme, globex):
    first, second = document.versions.order_by("number")
    assert run(store.evidence(acme.id, [first.pk])).entries == first.passage_count
    both = run(store.evidence(acme.id, [first.pk, second.pk])).entries
    assert both == first.passage_count + second.passage_count
    assert run(store.evidence(acme.id, [uuid4()])).entries == 0
    assert run(store.evidence(globex.id, [first.pk])) == run(store.evidence(uuid4(), [first.pk]))


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_a_file_that_stays_in_the_list_is_no_proof(document, store, mia, monkeypatch):
    delete_document(document, mia)
    with monkeypatch.context() as patch:
        patch.setattr(purging, "default_storage", Undeletable())
        refuses(document, match="2 files")
    purge_document(document.pk)
    assert DeletionReceipt.objects.get().removed["files"] == 2


class Undeletable:
    def delete(self, name: str) -> None:
        """Says nothing and does nothing."""


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_a_missing_folder_of_originals_is_no_proof(document, store, mia, acme, settings):
    delete_document(document, mia)
    folder = Path(settings.MEDIA_ROOT) / str(acme.id)
    shutil.move(folder, folder.with_name("unmounted"))
    refuses(document, StorageUnavailable, "missing")


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_a_document_that_was_never_read_needs_no_index(store, mia, handbook):
    taken = accept_upload(io.BytesIO(b"x"), name="a.txt", collection=handbook, member=mia, send=False)
    delete_document(taken.document, mia)
    purge_document(taken.document.pk)
    receipt = DeletionReceipt.objects.get()
    assert receipt.done_at
    assert "never had a passage" in receipt.check_found["index"]


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_what_came_in_a_document_goes_with_it_and_has_its_own_receipt(document, store, mia, handbook):
    taken = accept_upload(
        io.BytesIO(b"An attachment."), name="a.txt", collection=handbook, member=mia, send=False
    )
    pipeline.ingest(taken.version.pk)
    Document.objects.filter(pk=taken.document.pk).update(parent=document)
    delete_document(document, mia)
    purge_document(document.pk)
    receipts = {receipt.title: receipt for receipt in DeletionReceipt.objects.all()}
    assert len(receipts) == 2
    assert receipts["a"].part_of == receipts[document.title].document
    assert all(receipt.done_at for receipt in receipts.values())
    assert not Document.objects.exists()


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
class TestPage:
    LIST = reverse("admin:ingestion_deletionreceipt_changelist")

    @pytest.fixture
    def receipt(self, document, mia) -> DeletionReceipt:
        delete_document(document, mia)
        purge_document(document.pk)
        return DeletionReceipt.objects.get()

    def test_managers_see_what_was_deleted_by_whom(self, receipt, manager, browser_of):
        page = browser_of(manager).get(self.LIST).content.decode()
        assert receipt.title in page
        assert "Mia Moss" in page
        one = browser_of(manager).get(reverse("admin:ingestion_deletionreceipt_change", args=[receipt.pk]))
        assert receipt.check_found["index"] in one.content.decode().replace("&#x27;", "'")

    def test_receipt_is_handed_out_as_json(self, receipt, manager, browser_of):
        address = reverse("admin:ingestion_deletionreceipt_json", args=[receipt.pk])
        reply = browser_of(manager).get(address)
        assert reply.headers["Content-Disposition"].startswith("attachment")
        assert reply.json()["removed"] == receipt.removed
        assert reply.json()["asked"]["by"] == "Mia Moss"

    def test_nobody_else_sees_it(self, receipt, bob, carol, browser_of):
        addresses = [
            reverse("admin:ingestion_deletionreceipt_json", args=[receipt.pk]),
            reverse("admin:ingestion_deletionreceipt_change", args=[receipt.pk]),
        ]
        for address in addresses:
            assert browser_of(bob).get(address).status_code == 302
            assert receipt.title not in browser_of(carol).get(address, follow=True).content.decode()
        assert receipt.title not in browser_of(carol).get(self.LIST).content.decode()

    def test_nobody_changes_or_removes_it(self, receipt, alice, browser_of):
        for view in ("change", "delete"):
            address = reverse(f"admin:ingestion_deletionreceipt_{view}", args=[receipt.pk])
            assert browser_of(alice).post(address, {"title": "x", "post": "yes"}).status_code == 403
        assert DeletionReceipt.objects.get().title == receipt.title

    def test_deletion_under_way_says_why_it_is_not_done(self, document, mia, manager, browser_of, store):
        delete_document(document, mia)
        DeletionReceipt.objects.update(problem="The search index cannot be reached.")
        page = browser_of(manager).get(self.LIST).content.decode()
        assert "Deleting" in page
        assert "The search index cannot be reached." in page


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_member_cannot_delete(document, bob, acme):
    with pytest.raises(NotAllowed):
        delete_document(document, require_member(bob.id, tenant=acme.id))
    assert not DeletionReceipt.objects.exists()


@pytest.mark.parametrize("kind", ["lance"], indirect=True)
def test_document_hidden_before_there_were_receipts_gets_one(document):
    Document.objects.update(deleted_at=timezone.now() - timedelta(days=1))
    purge_document(document.pk)
    assert DeletionReceipt.objects.get().done_at
