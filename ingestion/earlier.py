"""Versions that no longer answer, kept so that a question can be asked as of an earlier day.

Their entries lie in an archive place beside their collection, of which searches of today never hear. Which of them
answered on a day, and who may read them now, is decided by the database like everything else.
"""

import logging
from uuid import UUID, uuid5

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q, QuerySet

from ingestion.index import active_store, run_async
from ingestion.models import Document, DocumentVersion, Passage, PictureSet, Status
from tenants.actions import record

log = logging.getLogger(__name__)


def archive_of(collection: UUID) -> UUID:
    """Where the index keeps earlier versions of a collection's documents."""
    return uuid5(collection, "earlier versions")


def place_of(version: DocumentVersion, document: Document) -> UUID:
    """Where in the index the entries of a version belong."""
    return archive_of(document.collection_id) if version.effective_until else document.collection_id


def earlier_versions() -> QuerySet[DocumentVersion]:
    """Those that answered once, of documents that are not deleted."""
    return DocumentVersion.objects.filter(
        status=Status.REPLACED, effective_until__isnull=False, document__deleted_at=None
    )


def findable_versions() -> QuerySet[DocumentVersion]:
    """Those whose passages the index is to hold: the one that answers of each document, and the earlier ones."""
    answers = Q(pk=F("document__current_version"), document__deleted_at=None)
    return DocumentVersion.objects.filter(answers | Q(pk__in=earlier_versions().values("pk")))


def retire(version_id: UUID) -> None:
    """Out of the way of searches of today: into the archive what answered once, out of the index what never did."""
    version = DocumentVersion.objects.select_related("document").filter(pk=version_id).first()
    if version is None:
        return
    if version.effective_until is None:
        run_async(active_store().delete_version(version.tenant_id, version.pk))
        return
    place = place_of(version, version.document)
    run_async(active_store().move_version(version.tenant_id, version.pk, collection=place))


def forget_beyond_limit(document_id: UUID) -> int:
    """Remove a document's oldest replaced versions, all but EARLIER_VERSIONS_KEPT of them; returns how many."""
    replaced = DocumentVersion.objects.filter(document=document_id, status=Status.REPLACED)
    oldest = list(
        replaced.select_related("document").order_by("-number")[max(0, settings.EARLIER_VERSIONS_KEPT) :]
    )
    for version in oldest:
        _forget(version)
    return len(oldest)


def _forget(version: DocumentVersion) -> None:
    """Index and file first: should this be interrupted, the row is still there to be forgotten again."""
    run_async(active_store().delete_version(version.tenant_id, version.pk))
    for name in PictureSet.objects.files_of([version.pk]):
        default_storage.delete(name)
    if version.file.name:
        default_storage.delete(version.file.name)
    with transaction.atomic():
        Passage.objects.filter(version=version).delete()
        version.delete()
        record(
            "document.earlier_version_removed",
            actor=None,
            subject=version.document_id,
            title=version.document.title,
            version=version.number,
        )
