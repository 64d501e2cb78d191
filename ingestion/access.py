"""Rows obtained through here are rows the member may see (or tend): what one may not see does not exist."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from ingestion.errors import NotFound
from ingestion.models import Collection, Document, DocumentVersion, Narrowing
from tenants.access import Member
from tenants.errors import NotAllowed


def readable_collections(member: Member) -> list[UUID]:
    return list(Collection.objects.readable_by(member).values_list("id", flat=True))


def private_collection(key: UUID, member: Member) -> UUID | None:
    """The one with the files of this conversation, if it has any and is the member's own."""
    own = Collection.with_private.of(member).filter(pk=key)
    return own.values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Reach:
    """What a member may read now, for rows that are in hand already."""

    collections: frozenset[UUID]
    tended: frozenset[UUID] | None  # None is all
    narrowings: frozenset[UUID]

    def covers(self, collection: UUID | None, narrowing: UUID | None) -> bool:
        """By collection and narrowing of a document."""
        if collection not in self.collections:
            return False
        tends = self.tended is None or collection in self.tended
        return narrowing is None or tends or narrowing in self.narrowings


def reach_of(member: Member) -> Reach:
    narrowings = Narrowing.objects.letting_in(member).values_list("id", flat=True)
    own = Collection.with_private.of(member).values_list("id", flat=True)
    return Reach(
        frozenset(readable_collections(member)) | frozenset(own), tended_ids(member), frozenset(narrowings)
    )


def readable_version(version: UUID, member: Member) -> DocumentVersion:
    """A ready or replaced version whose document the member may read now; DoesNotExist otherwise."""
    version_row: DocumentVersion = DocumentVersion.objects.select_related("document__collection").get(
        pk=version, document__in=Document.objects.readable_by(member, own=True)
    )
    return version_row


def tended_documents(member: Member) -> QuerySet[Document]:
    """Documents the member may change; raises NotAllowed for those who tend none."""
    require_tender(member)
    live = Document.objects.live()
    return live if member.tends_all else live.filter(collection__in=Collection.objects.tended_by(member))


def tended_ids(member: Member) -> frozenset[UUID] | None:
    """The collections the member tends; None for one who tends all."""
    if member.tends_all:
        return None
    return frozenset(Collection.objects.tended_by(member).values_list("id", flat=True))


def tended_document(document: UUID, member: Member) -> Document:
    """A document the member may change; raises NotFound for any other."""
    rows = tended_documents(member).select_related("collection", "uploader", "current_version")
    row = rows.filter(pk=document).first()
    if row is None:
        raise NotFound
    return row


def require_tender(member: Member, *collections: UUID) -> None:
    """Raises NotAllowed for who tends no documents, or not those of each of these collections."""
    if not member.tends_documents:
        raise NotAllowed("Only knowledge managers and admins change documents. Ask one of them.")
    tended = tended_ids(member)
    if tended is not None and not tended.issuperset(collections):
        raise NotAllowed("You tend other collections. Ask an admin to let you tend this one.")
