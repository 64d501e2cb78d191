"""Deletion with proof: purge everything a document left, then look, and say so only when nothing is found."""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from ingestion.errors import IngestionError
from ingestion.index import active_store, run_async
from ingestion.models import DeletionReceipt, Document, DocumentVersion, Passage, PictureSet
from ingestion.receipts import Look, Remains, look, receipt_of
from tenants.actions import record
from tenants.audit.guard import log_opened
from tenants.models import Tenant
from tenants.scoping import every_tenant


def purge_document(document_id: UUID) -> None:
    """Remove vectors, files and rows of a tombstoned document; quiet when it is gone. Can be run again.

    Earlier versions in the archive go too, and so do the documents that came in this one, each with a receipt of its
    own. The receipt is done only when a look at database, index and storage has found nothing left.
    """
    document = Document.with_private.filter(pk=document_id).exclude(deleted_at=None).first()
    if document is None:
        return
    receipt = receipt_of(document)
    try:
        for part in Document.with_private.filter(parent=document):
            Document.with_private.filter(pk=part.pk, deleted_at=None).update(deleted_at=document.deleted_at)
            purge_document(part.pk)
        _purge(document, receipt)
    except IngestionError as error:
        DeletionReceipt.objects.filter(pk=receipt.pk).update(problem=error.sentence)
        raise


def _purge(document: Document, receipt: DeletionReceipt) -> None:
    look_again = _look_at(document, receipt)
    found = look_again().remains.or_more(Remains(**receipt.removed))
    receipt.removed = asdict(found)  # kept before anything goes: this try may be interrupted
    receipt.save(update_fields=["removed"])
    for name in PictureSet.objects.files_of(document.versions.values_list("pk", flat=True)):
        default_storage.delete(name)
    for version in document.versions.all():
        run_async(active_store().delete_version(document.tenant_id, version.pk))
        if version.file.name:
            default_storage.delete(version.file.name)
    Passage.objects.filter(version__document=document).delete()
    _refuse(look_again().remains, but=("documents", "versions", "texts"))
    with transaction.atomic():
        document_id = document.pk
        document.delete()
        checked = look_again()
        _refuse(checked.remains)
        _finish(receipt, document_id, found=found, checked=checked)


def _look_at(document: Document, receipt: DeletionReceipt) -> Callable[[], Look]:
    """A look at all that the document has now, by ids that are still known when its rows are gone."""
    versions = list(document.versions.all())
    ids = [version.pk for version in versions]
    had_passages = Passage.objects.filter(version__in=ids).exists() or receipt.removed.get("passages")
    return partial(
        look,
        document.pk,
        tenant=document.tenant_id,
        versions=ids,
        files=[version.file.name for version in versions if version.file.name]
        + PictureSet.objects.files_of(ids),
        indexed=bool(had_passages or any(version.ready_at for version in versions)),
    )


def _refuse(left: Remains, *, but: tuple[str, ...] = ()) -> None:
    """Unless nothing is left, `but` for what goes last."""
    left = replace(left, **dict.fromkeys(but, 0))
    if left != Remains():
        raise IngestionError("purge_incomplete", f"Deletion left {left}; it will be tried again.")


def _finish(receipt: DeletionReceipt, document_id: UUID, *, found: Remains, checked: Look) -> None:
    now = timezone.now()
    check: dict[str, Any] = {"at": now.isoformat(), "found": asdict(checked.remains)}
    check |= {"index": checked.index, "storage": checked.storage}
    DeletionReceipt.objects.filter(pk=receipt.pk).update(done_at=now, check_found=check, problem="")
    counts = {name: getattr(found, name) for name in ("versions", "passages", "bytes")}
    record("document.purged", actor=None, subject=document_id, **counts)


def purge_tenant(tenant: UUID) -> None:
    """Remove an organisation with everything it holds: files, index, rows."""
    with every_tenant():
        for model in (DocumentVersion, PictureSet):
            for name in model.objects.filter(tenant=tenant).exclude(file="").values_list("file", flat=True):
                default_storage.delete(name)
    run_async(active_store().drop_tenant(tenant))
    with every_tenant(), log_opened():
        Tenant.objects.filter(pk=tenant).delete()
