"""Which conversations have an answer that their person has not seen, on whichever device."""

from uuid import UUID

from django.utils import timezone

from chat import news, protocol
from chat.errors import NotFound
from chat.models import Conversation, MessageStatus
from tenants.access import Member, Visitor, enter
from tenants.scoping import tenant_scope


def is_unread(row: Conversation) -> bool:
    return row.answered_at is not None and (row.seen_at is None or row.answered_at > row.seen_at)


def note_answered(conversation: UUID, *, status: str) -> None:
    """One that the person stopped is one that they have seen."""
    if status != MessageStatus.STOPPED:
        Conversation.objects.filter(pk=conversation).update(answered_at=timezone.now())


async def tell_answered(member: Member, conversation: UUID, *, title: str, status: str) -> None:
    """Every tab and device of the person; those that follow the conversation have seen the answer's end."""
    frame = protocol.unread(conversation, title=title, unread=status != MessageStatus.STOPPED, status=status)
    await news.tell(member.user, member.tenant, frame, but_followers_of=conversation)


def see(visitor: Visitor, conversation: UUID) -> None:
    """Raises SignedOut, NotAllowed or NotFound."""
    member = enter(visitor)
    with tenant_scope(member.tenant):
        rows = Conversation.objects.owned_by(member).filter(pk=conversation)
        if not rows.update(seen_at=timezone.now()):
            raise NotFound
    news.tell_now(member.user, member.tenant, protocol.unread(conversation, unread=False))
