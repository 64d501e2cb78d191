"""Finds what a member's own conversations say: what their page shows them, and nothing that it does not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import StrIndex

from chat.models import Conversation, Message, MessageStatus
from chat.presentation import Item
from chat.search.fold import fold, folded, pieces, snippet, terms
from chat.search.models import SearchText
from tenants.access import Member

SHORTEST = 2
MOST = 30  # conversations
HITS = 200  # messages that these are taken from
AT_ONCE = 4_000  # messages made searchable in one request; the next one goes on
BATCH = 500
LONGEST_ANSWER = timedelta(days=1)


def search(query: str, member: Member) -> tuple[list[Item], bool]:
    """The conversations that say all the words, with the newest place in each; and whether older ones are still to be
    made searchable, which asking again goes on with.
    """
    wanted = terms(query)
    if len("".join(wanted)) < SHORTEST:
        return [], False
    more = catch_up(member)
    said = _newest_of_each(_hits(wanted, member))
    named = {pk for pk, title in _titles(member) if all(word in fold(title) for word in wanted)}
    rows = (
        Conversation.objects.remembered_of(member).filter(pk__in=[*said, *named]).order_by("-updated")[:MOST]
    )
    texts = dict(Message.objects.filter(pk__in=said.values()).values_list("pk", "text"))
    return [_item(row, said.get(row.pk), texts, wanted) for row in rows], more


def _titles(member: Member) -> QuerySet[Conversation, tuple[UUID, str]]:
    return Conversation.objects.remembered_of(member).values_list("pk", "title")


def catch_up(member: Member) -> bool:
    """Make searchable what the member has written and been answered since they last searched; whether there is more.

    The oldest first, so that nothing older than the newest is missing but answers that were being written then.
    """
    rows = Message.objects.filter(
        tenant=member.tenant, user=member.user, conversation__incognito=False
    ).exclude(status=MessageStatus.STREAMING)
    texts = SearchText.objects.filter(tenant=member.tenant, user=member.user).order_by("-message")
    if newest := texts.values_list("message__created", flat=True).first():
        rows = rows.filter(created__gte=newest - LONGEST_ANSWER)
    known = SearchText.objects.filter(message=OuterRef("pk"))
    missing = list(rows.filter(~Exists(known)).order_by("id").values_list("pk", "text")[: AT_ONCE + 1])
    SearchText.objects.bulk_create(
        (
            SearchText(tenant_id=member.tenant, user_id=member.user, message_id=pk, text=folded(text))
            for pk, text in missing[:AT_ONCE]
        ),
        batch_size=BATCH,
        ignore_conflicts=True,  # another tab searches at the same time
    )
    return len(missing) > AT_ONCE


def _hits(wanted: Sequence[str], member: Member) -> list[tuple[UUID, UUID]]:
    """(conversation, message) of messages that say it, the newest first, in whichever branch."""
    rows: QuerySet[SearchText] = SearchText.objects.filter(tenant=member.tenant, user=member.user)
    for number, word in enumerate(wanted):
        rows = rows.alias(**{f"at{number}": StrIndex("text", Value(word))}).filter(**{f"at{number}__gt": 0})
    rows = rows.filter(message__conversation__user=member.user, message__conversation__deleted_at=None)
    return list(rows.order_by("-message").values_list("message__conversation", "message")[:HITS])


def _newest_of_each(hits: Sequence[tuple[UUID, UUID]]) -> dict[UUID, UUID]:
    newest: dict[UUID, UUID] = {}
    for conversation, message in hits:
        newest.setdefault(conversation, message)
    return newest


def _item(
    row: Conversation, message: UUID | None, texts: dict[UUID, str], wanted: Sequence[str]
) -> dict[str, Any]:
    """As pieces of text: what is marked is said beside them and never as HTML."""
    return {
        "conversation": str(row.pk),
        "title": pieces(row.title, wanted),
        "message": str(message) if message else None,
        "snippet": snippet(texts[message], wanted) if message in texts else [],
    }
