"""What a deletion found, what it removed, and the check that found nothing left.

Numbers are counted, never assumed: before anything goes, and again afterwards. An index or a storage that does not
answer, or that answers "not found" where it should know, proves nothing: then the deletion is not done.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from ingestion.errors import StorageUnavailable
from ingestion.index import active_store, run_async
from ingestion.models import DeletionReceipt, Document, DocumentVersion, ExtractedText, Passage
from tenants.models import User


@dataclass(frozen=True)
class Remains:
    """What there is of a document, counted at one moment. `bytes` are those of its files."""

    documents: int = 0
    versions: int = 0
    passages: int = 0
    texts: int = 0
    vectors: int = 0
    files: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in asdict(self).items() if count) or "nothing"

    def or_more(self, other: "Remains") -> "Remains":
        """The larger of each: a deletion that was interrupted had counted what it then removed."""
        names = [field.name for field in fields(self)]
        return Remains(*(max(getattr(self, name), getattr(other, name)) for name in names))


@dataclass(frozen=True)
class Look:
    """A count, and what index and storage said of themselves when they were asked."""

    remains: Remains
    index: str
    storage: str


def look(
    document: UUID, *, tenant: UUID, versions: Sequence[UUID], files: Sequence[str], indexed: bool
) -> Look:
    """Count what there is by these ids and names. Raises StoreUnavailable and StorageUnavailable.

    `indexed`: whether the document ever had passages, which are written before anything goes to the index.
    """
    evidence = run_async(active_store().evidence(tenant, versions)) if indexed else None
    listed = stored_files(tenant, files)
    rows = DocumentVersion.objects.filter(document=document)
    remains = Remains(
        documents=Document.with_private.filter(pk=document).count(),
        versions=rows.count(),
        passages=Passage.objects.filter(version__in=versions).count(),
        texts=ExtractedText.objects.filter(version__in=versions).count(),
        vectors=evidence.entries if evidence else 0,
        files=len(listed),
        bytes=sum(listed.values()),
    )
    return Look(
        remains,
        index=evidence.said
        if evidence
        else "It never had a passage, so nothing was ever sent to the search index.",
        storage=f"The storage's own list names {len(listed)} of {len(files)} files.",
    )


def stored_files(tenant: UUID, names: Sequence[str]) -> dict[str, int]:
    """Which of these files there are and how large, from a list that the storage gives and not from its errors."""
    if not names:
        return {}
    if hasattr(default_storage, "sizes"):  # object storage lists by the beginning of a name
        return {
            name: size for name in names for listed, size in default_storage.sizes(name) if listed == name
        }
    try:
        _, present = default_storage.listdir(str(tenant))
    except FileNotFoundError as error:
        raise StorageUnavailable(
            "The folder of the originals is missing, so nothing can be proved."
        ) from error
    wanted = {name: name.rpartition("/")[2] for name in names}
    return {name: default_storage.size(name) for name in names if wanted[name] in set(present)}


def begin_receipt(document: Document, *, asked_by: User | UUID | None) -> None:
    """To be called in the transaction that hides the document. A deletion that is under way keeps its receipt."""
    DeletionReceipt.objects.get_or_create(
        document=document.pk,
        defaults={
            "part_of": document.parent_id,
            "title": document.told,
            "name": "" if document.private else document.name,
            "collection": "" if document.private else document.collection.name,
            "asked_by_id": asked_by.pk if isinstance(asked_by, User) else asked_by,
            "asked_at": document.deleted_at or timezone.now(),
        },
    )


def receipt_of(document: Document) -> DeletionReceipt:
    """Also for a document that was hidden without one."""
    begin_receipt(document, asked_by=None)
    receipt: DeletionReceipt = DeletionReceipt.objects.get(document=document.pk)
    return receipt


def as_json(receipt: DeletionReceipt) -> dict[str, Any]:
    """The receipt as it is handed out."""
    return {
        "document": {
            "id": str(receipt.document),
            "title": receipt.title,
            "file_name": receipt.name,
            "collection": receipt.collection,
            "part_of": str(receipt.part_of) if receipt.part_of else None,
        },
        "asked": {
            "by": str(receipt.asked_by) if receipt.asked_by else None,
            "at": receipt.asked_at.isoformat(),
        },
        "done_at": receipt.done_at.isoformat() if receipt.done_at else None,
        "removed": receipt.removed,
        "check": receipt.check_found,
        "parts": [
            as_json(part)
            for part in DeletionReceipt.objects.filter(part_of=receipt.document).order_by("name")
        ],
    }
