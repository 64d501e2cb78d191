"""What is held of people's files in conversations, for exports and deletions."""

from collections.abc import Iterable
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from chat.attachments.models import Attachment, AttachmentRules
from ingestion import private
from ingestion.models import Document
from ingestion.purging import purge_document
from tenants.datarights.archive import Archive
from tenants.datarights.registry import Holding, Left, PersonPlace, Section, Subject, add, hold

EXPLAINED = "Files that the person put into conversations, by the conversation's id."
NOT_TOLD = Q(question=None) | Q(question__conversation__incognito=True)


def register() -> None:
    hold(
        Holding(Attachment, goes=("user",), private=True, left_out=NOT_TOLD),
        Holding(AttachmentRules),
    )
    add(
        Section("files/", EXPLAINED, write_files, own_only=True),
        PersonPlace("files in conversations", find, clear, left),
    )


def write_files(subject: Subject, archive: Archive) -> Iterable[str]:
    """The originals, for the person alone. Of incognito conversations none, as of those no words."""
    rows = Attachment.objects.filter(user=subject.user).exclude(NOT_TOLD).exclude(document=None)
    for row in rows.select_related("document"):
        document = row.document
        version = document.latest if document and not document.deleted_at else None
        if document is None or version is None:
            continue
        try:
            with default_storage.open(str(version.file.name)) as original:
                archive.copy(f"files/{row.conversation}/{row.pk}-{document.file_name}", original)
        except FileNotFoundError:
            continue
    return []


def find(tenant: UUID, person: UUID) -> list[str]:
    return [str(pk) for pk in private.files_of_person(person).values_list("pk", flat=True)]


def clear(documents: list[str]) -> None:
    """Each by its own purge, which reports done only when its check finds nothing."""
    for pk in documents:
        Document.with_private.filter(pk=pk, deleted_at=None).update(deleted_at=timezone.now())
        purge_document(UUID(pk))


def left(person: UUID, documents: list[str]) -> Left:
    count = Document.with_private.filter(pk__in=documents).count()
    return Left(count, "Each file was purged, and its own check asked database, index and storage.")
