"""Files of one person's conversation: a collection that nobody else reads, whatever their role.

Its id is the conversation's, which may come into being later: a file can be there before the first question is.
"""

from collections.abc import Iterable
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ingestion.actions import Upload, clean_name, requeue, take_in
from ingestion.errors import NotFound
from ingestion.models import Collection, Document, DocumentVersion, Status
from ingestion.receipts import begin_receipt
from ingestion.unpacking import hide_with_parts
from tenants.access import Member
from tenants.actions import record
from tenants.ids import new_id


def open_private(member: Member, key: UUID | None = None) -> Collection:
    """The member's own collection of this id, made if it is not there. Raises NotFound for anybody else's."""
    key = key or new_id()
    try:
        with transaction.atomic():
            row, _ = Collection.with_private.get_or_create(
                pk=key, private_to_id=member.user, defaults={"name": f"conversation {key}"}
            )
    except IntegrityError as error:
        raise NotFound from error
    collection: Collection = row
    return collection


def accept_private(file: BinaryIO, *, name: str, collection: Collection, member: Member) -> Upload:
    """Take a file into the member's own collection. The same content again is the document that is there.

    Pictures that are pasted all have one name: another content gets another one. Raises UploadRefused.
    """
    if collection.private_to_id != member.user:
        raise NotFound
    return take_in(file, name=_free_name(clean_name(name), collection), collection=collection, member=member)


def _free_name(name: str, collection: Collection) -> str:
    live = Document.with_private.live().filter(collection=collection)
    taken = set(live.values_list("name", flat=True))
    stem, dot, suffix = name.rpartition(".")
    stem, ending = (stem, dot + suffix) if dot else (name, "")
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{stem} ({number}){ending}"
    return free


def own_files(member: Member) -> QuerySet[Document]:
    """What the member has put into their conversations, without what came in those files."""
    own = Collection.with_private.of(member)
    return Document.with_private.live().filter(private=True, parent=None, collection__in=own)


def own_file(document: UUID, member: Member) -> Document:
    row = own_files(member).filter(pk=document).first()
    if row is None:
        raise NotFound
    return row


def retry_private(document: Document, member: Member) -> bool:
    """Have a file read once more that could not be read. False when it does not need it."""
    version = document.latest
    if version is None:
        return False
    stopped = (Status.FAILED, Status.CANCELED)
    return requeue(version, from_status=stopped, action="document.retried", member=member)


def remove_private(document: Document, *, asked_by: UUID | None) -> None:
    """Hide it at once, and purge it with the check. In the tenant's scope; who calls knows of legal holds."""
    with transaction.atomic():
        if hide_with_parts(document):
            begin_receipt(document, asked_by=None)
            record("document.deleted", actor=asked_by, subject=document.pk, title=document.told, undo=False)


def forget_private(collections: Iterable[UUID]) -> None:
    """All that lies in these private collections goes. The collections follow once they are empty."""
    live = Document.with_private.live().filter(collection__in=list(collections), private=True, parent=None)
    for document in live:
        remove_private(document, asked_by=None)


def drop_empty_collections(keys: Iterable[UUID]) -> int:
    """Of these private collections those whose files are purged."""
    held = Document.with_private.filter(collection__in=list(keys)).values("collection")
    rows = Collection.with_private.filter(pk__in=list(keys), private_to__isnull=False).exclude(pk__in=held)
    count, _ = rows.delete()
    return count


def files_of_person(user: UUID) -> QuerySet[Document]:
    """Every file of theirs, deleted ones that are not purged yet too. In the tenant's scope."""
    own = Collection.with_private.filter(private_to=user)
    return Document.with_private.filter(collection__in=own)


def size_of(collection: Collection) -> tuple[int, int]:
    """How many files somebody has put in, and the bytes of all that is there."""
    live = Document.with_private.live().filter(collection=collection)
    sizes = DocumentVersion.objects.filter(document__in=live).values_list("size", flat=True)
    return live.filter(parent=None).count(), sum(sizes)
