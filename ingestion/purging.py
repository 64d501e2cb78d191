"""Deletion with proof: purge everything a document left, then look, and say so only when nothing is found."""

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Sum

from ingestion.errors import IngestionError
from ingestion.index import active_store, run_async
from ingestion.models import Document, DocumentVersion, Passage
from tenants.actions import record
from tenants.models import Tenant
from tenants.scoping import every_tenant


def purge_document(document_id: UUID) -> None:
    """Remove vectors, files and rows of a tombstoned document; quiet when it is gone. Can be run again."""
    document = Document.objects.filter(pk=document_id).exclude(deleted_at=None).first()
    if document is None:
        return
    for (
        part
    ) in document.parts.all():  # before it: rows of parts go with its own, their files and vectors would not
        Document.objects.live().filter(pk=part.pk).update(deleted_at=document.deleted_at)
        purge_document(part.pk)
    receipt = _count(document)
    versions = list(document.versions.all())
    store = active_store()
    for version in versions:
        run_async(store.delete_version(document.tenant_id, version.pk))
        if version.file.name:
            default_storage.delete(version.file.name)
    Passage.objects.filter(version__document=document).delete()
    if left := _left(document, versions):
        raise IngestionError(
            "purge_incomplete", f"Deletion of {document.pk} left {left}; it will be tried again."
        )
    with transaction.atomic():
        record("document.purged", actor=None, subject=document.pk, **receipt)
        document.delete()


def _count(document: Document) -> dict[str, Any]:
    totals = document.versions.aggregate(versions=Count("id"), bytes=Sum("size"))
    totals["passages"] = Passage.objects.filter(version__document=document).count()
    return totals


def _left(document: Document, versions: list[DocumentVersion]) -> str:
    """What is still there, in words; "" when nothing is."""
    store = active_store()
    vectors = sum(len(run_async(store.passages_of(document.tenant_id, v.pk))) for v in versions)
    files = sum(default_storage.exists(v.file.name) for v in versions if v.file.name)
    passages = Passage.objects.filter(version__document=document).count()
    found = {"vectors": vectors, "files": files, "passages": passages}
    return ", ".join(f"{count} {what}" for what, count in found.items() if count)


def purge_tenant(tenant: UUID) -> None:
    """Remove an organisation with everything it holds: files, index, rows."""
    with every_tenant():
        for name in DocumentVersion.objects.filter(tenant=tenant).values_list("file", flat=True):
            default_storage.delete(name)
    run_async(active_store().drop_tenant(tenant))
    with every_tenant():
        Tenant.objects.filter(pk=tenant).delete()
