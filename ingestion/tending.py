"""What a knowledge manager says about documents: owner, validity, review, tags. One at a time or many at once.

Each change is checked, written and recorded with what was before. What cannot be done to one document is said in
words, and keeps none of the others from being done.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from ingestion.access import require_tender
from ingestion.actions import delete_document, move_document, reindex_version
from ingestion.days import in_words, today
from ingestion.errors import IngestionError
from ingestion.models import Collection, Document
from tenants.access import Member, member_of
from tenants.actions import record
from tenants.models import User

TAG_LENGTH = 40
MOST_TAGS = 20
REASONS_SHOWN = 5
NO_OWNER = "{owner} does not tend the documents of this collection, so cannot be an owner."


class TendingRefused(IngestionError):
    """What was said of a document cannot be so."""

    permanent = True


@dataclass(frozen=True)
class Outcome:
    """How many documents were changed, and why the others were not, in words."""

    changed: int
    refused: tuple[str, ...] = ()

    @property
    def reasons(self) -> str:
        """Those that fit a message."""
        shown = " ".join(self.refused[:REASONS_SHOWN])
        more = len(self.refused) - REASONS_SHOWN
        return f"{shown} And {more} more." if more > 0 else shown


def clean_tags(text: str) -> list[str]:
    """Tags between commas, each once however it is spelt. Raises TendingRefused."""
    tags: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join("".join(c if c.isprintable() else " " for c in part).split())
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if long := next((tag for tag in tags.values() if len(tag) > TAG_LENGTH), None):
        raise TendingRefused(
            "tag_too_long", f"“{long[:TAG_LENGTH]}…” is too long for a tag: {TAG_LENGTH} characters at most."
        )
    if len(tags) > MOST_TAGS:
        raise TendingRefused("too_many_tags", f"A document has {MOST_TAGS} tags at most.")
    return list(tags.values())


def check_validity(valid_from: date | None, valid_until: date | None) -> None:
    if valid_from and valid_until and valid_until < valid_from:
        raise TendingRefused(
            "validity",
            f"It cannot hold until {in_words(valid_until)} when it holds from {in_words(valid_from)} on. "
            "Choose a later last day.",
        )


def may_own(user: UUID, collection: Collection) -> bool:
    """Whether a person tends the documents of the collection, now."""
    member = member_of(user, tenant=collection.tenant_id)
    return member is not None and Collection.objects.tended_by(member).filter(pk=collection.pk).exists()


def change_document(document: Document, *, member: Member, **said: Any) -> bool:
    """Set any of owner, valid_from, valid_until, review_on, tags. False when all of it was so before.

    Raises TendingRefused with a sentence when it cannot be so.
    """
    require_tender(member)
    with transaction.atomic():
        live = Document.objects.live().select_for_update(of=("self",)).select_related("collection")
        row = live.filter(pk=document.pk).first()
        if row is None:
            raise TendingRefused("deleted", f"“{document.title}” has been deleted.")
        require_tender(member, row.collection_id)
        before = {name: plain(getattr(row, name)) for name in said}
        changed = {name: value for name, value in said.items() if plain(value) != before[name]}
        if not changed:
            return False
        for name, value in changed.items():
            setattr(row, name, value)
        check_validity(row.valid_from, row.valid_until)
        if (owner := changed.get("owner")) and not may_own(owner.pk, row.collection):
            raise TendingRefused("owner", NO_OWNER.format(owner=owner))
        if "review_on" in changed:
            row.review_reminded_at = None
        row.save(update_fields=[*changed, "review_reminded_at"])
        after = {name: plain(value) for name, value in changed.items()}
        record(
            "document.changed",
            actor=member.user,
            subject=row.pk,
            title=row.title,
            before={name: before[name] for name in after},
            after=after,
        )
    return True


def plain(value: Any) -> Any:
    """As the audit trail keeps it."""
    if isinstance(value, User):
        return value.get_full_name()
    return value.isoformat() if isinstance(value, date) else value


# --- Many at once ---------------------------------------------------------------------------------------------


def each(
    documents: Iterable[Document], act: Callable[[Document], bool], *, member: Member, already: str
) -> Outcome:
    """`act` on every document; `already` says why one was left as it was: “Leave” + " has this owner already."."""
    require_tender(member)
    changed, refused = 0, []
    for document in documents:
        try:
            if act(document):
                changed += 1
            else:
                refused.append(f"“{document.title}” {already}.")
        except IngestionError as error:
            refused.append(f"“{document.title}”: {error.sentence}")
    return Outcome(changed, tuple(refused))


def change_tags(
    documents: Iterable[Document], *, add: list[str], remove: list[str], member: Member
) -> Outcome:
    gone = {tag.casefold() for tag in remove}

    def act(document: Document) -> bool:
        kept = [tag for tag in document.tags if tag.casefold() not in gone]
        return change_document(document, member=member, tags=clean_tags(",".join([*kept, *add])))

    return each(documents, act, member=member, already="has just these tags already")


def set_owner(documents: Iterable[Document], *, owner: User | None, member: Member) -> Outcome:
    def act(document: Document) -> bool:
        return change_document(document, member=member, owner=owner)

    return each(documents, act, member=member, already="has this owner already")


def set_review(documents: Iterable[Document], *, review_on: date | None, member: Member) -> Outcome:
    def act(document: Document) -> bool:
        return change_document(document, member=member, review_on=review_on)

    return each(documents, act, member=member, already="has this review date already")


def mark_reviewed(documents: Iterable[Document], *, months: int, member: Member) -> Outcome:
    """Somebody has looked and it still holds: the next review is due in so many months."""
    return set_review(documents, review_on=months_later(today(), months), member=member)


def set_validity(
    documents: Iterable[Document], *, valid_from: date | None, valid_until: date | None, member: Member
) -> Outcome:
    def act(document: Document) -> bool:
        return change_document(document, member=member, valid_from=valid_from, valid_until=valid_until)

    return each(documents, act, member=member, already="holds on just these days already")


def move_documents(documents: Iterable[Document], *, collection: Collection, member: Member) -> Outcome:
    def act(document: Document) -> bool:
        if document.collection_id == collection.pk:
            return False
        move_document(document, collection=collection, member=member)
        return True

    return each(documents, act, member=member, already=f"is in {collection.name} already")


def read_again(documents: Iterable[Document], *, member: Member) -> Outcome:
    def act(document: Document) -> bool:
        newest = document.latest
        return newest is not None and reindex_version(newest, member)

    return each(documents, act, member=member, already="is not ready, so it cannot be read again")


def delete_documents(documents: Iterable[Document], *, member: Member) -> Outcome:
    def act(document: Document) -> bool:
        if not Document.objects.live().filter(pk=document.pk).exists():
            return False
        delete_document(document, member)
        return True

    return each(documents, act, member=member, already="has been deleted already")


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def tags_in_use(documents: QuerySet[Any]) -> list[str]:
    """In order."""
    lists = documents.exclude(tags=[]).values_list("tags", flat=True)
    return sorted({tag for tags in lists for tag in tags}, key=str.casefold)
