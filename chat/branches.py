"""Which branch of a conversation is shown, and the versions of an answer beside each other."""

from uuid import UUID

from django.db import transaction

from chat import news, protocol
from chat.errors import NotFound
from chat.models import Conversation, Message, MessageRole
from chat.presentation import Item, answer_item, conversation_item, message_list
from chat.sources import with_sources
from chat.tree import fix_parents, lock, show_branch, tree_of
from ingestion.access import reach_of
from tenants.access import Member


def choose(message: UUID, member: Member) -> Item:
    """Show the path through a message, here and in every other tab. Raises NotFound."""
    row = _owned(message, member)
    with transaction.atomic():
        lock(row.conversation_id)
        tree = tree_of(row.conversation_id)
        fix_parents(row.conversation_id, tree)
        leaf = tree.path(through=row.pk)[-1]
        show_branch(row.conversation_id, leaf)
    news.tell_now(member.user, member.tenant, protocol.path(row.conversation_id, leaf))
    return shown(row.conversation, member)


def shown(conversation: Conversation, member: Member) -> Item:
    return {
        "conversation": conversation_item(conversation),
        "messages": message_list(conversation, member),
    }


def answers_beside(message: UUID, member: Member) -> list[Item]:
    """All answers to the question of this one, oldest first, without those that came to nothing. Raises NotFound."""
    row = _owned(message, member)
    tree = tree_of(row.conversation_id)
    if row.role != MessageRole.ANSWER:
        raise NotFound
    rows = Message.objects.filter(pk__in=tree.versions(row.pk)).prefetch_related(with_sources())
    reach = reach_of(member)
    return [answer_item(each, member, reach) for each in rows]


def _owned(message: UUID, member: Member) -> Message:
    row = Message.objects.owned_by(member).filter(pk=message).select_related("conversation").first()
    if row is None:
        raise NotFound
    return row
