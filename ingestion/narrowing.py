"""Narrowing a document to some of its collection's readers. What came in it follows, also what comes in it later."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import RestrictedError

from ingestion.access import require_tender
from ingestion.errors import UploadRefused
from ingestion.models import Document, Narrowing
from tenants.access import Member
from tenants.actions import record
from tenants.models import Group, User

PART = "“{title}” came in an e-mail or archive, and has its readers. Change them there."


def narrow_document(
    document: Document, *, groups: Iterable[Group], people: Iterable[User], member: Member
) -> None:
    """Of the collection's readers only these read it from now on; those who tend the collection do in any case.

    Raises UploadRefused for what came in another document.
    """
    with transaction.atomic():
        row = _held(document, member)
        before = str(row.narrowing) if row.narrowing else None
        narrowing = row.narrowing or Narrowing.objects.create()
        narrowing.groups.set(groups)
        narrowing.people.set(people)
        _give(row, narrowing)
        after = str(narrowing)
        if before != after:
            record(
                "document.narrowed",
                actor=member.user,
                subject=row.pk,
                title=row.title,
                before={"readers": before or "the collection's"},
                after={"readers": after},
            )


def widen_document(document: Document, *, member: Member) -> None:
    """All readers of its collection read it again."""
    with transaction.atomic():
        row = _held(document, member)
        if row.narrowing is None:
            return
        before, narrowing = str(row.narrowing), row.narrowing.pk
        _give(row, None)
        drop_unused(narrowing)
        record(
            "document.widened",
            actor=member.user,
            subject=row.pk,
            title=row.title,
            before={"readers": before},
            after={"readers": "the collection's"},
        )


def _held(document: Document, member: Member) -> Document:
    rows = Document.objects.live().select_for_update(of=("self",))
    row = rows.select_related("narrowing").filter(pk=document.pk).first()
    if row is None:
        raise UploadRefused("deleted", f"“{document.title}” has been deleted.")
    require_tender(member, row.collection_id)
    if row.parent_id:
        raise UploadRefused("part", PART.format(title=row.title))
    return row


def _give(root: Document, narrowing: Narrowing | None) -> None:
    """From the outermost inwards: a part that is being taken out meanwhile waits for its parent's row, or is found."""
    level = [root.pk]
    while level:
        Document.objects.filter(pk__in=level).update(narrowing=narrowing)
        level = list(Document.objects.filter(parent__in=level).values_list("pk", flat=True))


def drop_unused(narrowing: UUID) -> None:
    rows = Narrowing.objects.filter(pk=narrowing, documents=None)
    with suppress(RestrictedError), transaction.atomic():
        rows.delete()
