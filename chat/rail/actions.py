"""Writes about a person's own list. None of it is audited: it says nothing about documents or other people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.errors import ChatError, NotFound
from chat.models import Conversation
from chat.rail.models import Tag, TagColour
from tenants.access import Member

MOST_PINNED = 50
MOST_TAGS = 50


def pin_conversation(row: Conversation, member: Member, *, pinned: bool) -> None:
    """Pinning also takes it out of the archive."""
    if pinned and Conversation.objects.remembered_of(member).exclude(pinned_at=None).count() >= MOST_PINNED:
        raise ChatError(_("At most %d conversations can be pinned.") % MOST_PINNED, code="too_many")
    row.pinned_at = timezone.now() if pinned else None
    if pinned:
        row.archived_at = None
    row.save(update_fields=["pinned_at", "archived_at"])


def archive_conversation(row: Conversation, *, archived: bool) -> None:
    """Out of the way, and still found by search. A new question brings it back."""
    row.archived_at = timezone.now() if archived else None
    if archived:
        row.pinned_at = None
    row.save(update_fields=["pinned_at", "archived_at"])


def own_tags(member: Member) -> Any:
    return Tag.objects.filter(tenant=member.tenant, user=member.user)


def own_tag(tag: UUID, member: Member) -> Tag:
    row: Tag | None = own_tags(member).filter(pk=tag).first()
    if row is None:
        raise NotFound(_("This tag does not exist (any more)."))
    return row


def tag_items(member: Member) -> list[dict[str, str]]:
    rows = own_tags(member)
    return [{"id": str(row.pk), "name": row.name, "colour": row.colour} for row in rows]


def save_tag(member: Member, *, tag: UUID | None, name: str, colour: str) -> Tag:
    """A new tag, or another name and colour for an old one."""
    name = " ".join(name.replace("\x00", "").split())[:40]
    if not name:
        raise ChatError(_("A tag needs a name."), code="empty_name")
    if colour not in TagColour.values:
        raise ChatError(_("There is no such colour."), code="malformed")
    row = own_tag(tag, member) if tag else Tag(user_id=member.user)
    others = own_tags(member).exclude(pk=row.pk)
    if tag is None and others.count() >= MOST_TAGS:
        raise ChatError(_("You can have at most %d tags.") % MOST_TAGS, code="too_many")
    taken = ChatError(_("You have a tag of this name already."), code="name_taken")
    if any(other.casefold() == name.casefold() for other in others.values_list("name", flat=True)):
        raise taken
    row.name, row.colour = name, colour
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:  # another tab was quicker
        raise taken from error
    return row


def set_tags(row: Conversation, tags: Sequence[UUID], member: Member) -> None:
    found = list(own_tags(member).filter(pk__in=tags))
    if len(found) < len(set(tags)):
        raise NotFound(_("This tag does not exist (any more)."))
    row.tags.set(found)


def any_archived(member: Member) -> bool:
    return Conversation.objects.remembered_of(member).exclude(archived_at=None).exists()


def rail_data(member: Member) -> dict[str, Any]:
    """What the page needs of it at once."""
    return {
        "tags": tag_items(member),
        "archived": any_archived(member),
        "colours": TagColour.values,
    }
