"""An answer that broke off is gone on with: the same answer, in its place."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assistant.events import FoundPassage, Usage
from assistant.resume import Begun, up_to_a_word
from assistant.retrieve import read_again
from chat.actions import Posted, check_rate, history_of
from chat.choices.choice import NO_CHOICE, Choice, choose, wish_of
from chat.choices.shown import choice_item
from chat.errors import NotFound, QuestionRefused
from chat.models import Conversation, Message, MessageRole, MessageStatus
from chat.tree import ENDED_EARLY, tree_of
from ingestion.access import private_collection, readable_collections
from ingestion.store import Hit
from tenants.access import Member, Visitor, enter
from tenants.scoping import tenant_scope

CUT_SHORT = "cut_short"


def can_go_on(answer: Message) -> bool:
    """There is something to go on from, and something is missing."""
    return bool(answer.text) and (answer.status in ENDED_EARLY or answer.notice == CUT_SHORT)


def resume_answer(visitor: Visitor, *, message: UUID) -> Posted:
    """Of several tabs at the same moment one sets it going; the others get it as it is.

    Raises SignedOut, NotAllowed, NotFound or QuestionRefused.
    """
    member = enter(visitor)
    with tenant_scope(member.tenant):
        rows = Message.objects.owned_by(member).filter(pk=message, role=MessageRole.ANSWER)
        answer = rows.select_related("conversation", "question").first()
        if answer is None or answer.question is None:
            raise NotFound
        if answer.status == MessageStatus.STREAMING:
            return _posted(member, answer, None)
        if not can_go_on(answer):
            raise QuestionRefused(_("There is nothing to go on with in this answer."), code="complete")
        choice = choose(wish_of(answer), member)
        check_rate(member)
        begun = Begun(up_to_a_word(answer.text), _passages(answer, member))
        return _posted(member, answer, begun if _take(answer, begun) else None, choice)


def _passages(answer: Message, member: Member) -> tuple[FoundPassage, ...]:
    """What the answer was given, as this person may read it now; the numbers in its text must stay what they are."""
    given = list(answer.passages.all())
    hits = [Hit(row.passage_id, row.score) for row in given if row.passage_id]
    files = private_collection(answer.conversation_id, member)
    found = read_again(hits, member=member, limit=len(given), as_of=answer.as_of, files=files)
    if len(found) < len(given) or not found:
        raise QuestionRefused(
            _(
                "The sources of this answer have changed, or you can no longer read them all. Ask again instead."
            ),
            code="sources_changed",
        )
    return found


def _take(answer: Message, begun: Begun) -> bool:
    with transaction.atomic():
        taken = Message.objects.filter(pk=answer.pk, status=answer.status).update(
            status=MessageStatus.STREAMING,
            text=begun.text,
            heartbeat=timezone.now(),
            finished_at=None,
            error_code="",
            error="",
            notice="",
        )
        Conversation.objects.filter(pk=answer.conversation_id).update(updated=timezone.now())
    return bool(taken)


def _posted(member: Member, answer: Message, begun: Begun | None, choice: Choice = NO_CHOICE) -> Posted:
    assert answer.question
    row, question = answer.conversation, answer.question
    path = tree_of(row.pk).above(question.pk)
    return Posted(
        member,
        row.pk,
        row.title,
        question.pk,
        question.text,
        answer.pk,
        history_of(path, member) if begun else (),
        fresh=begun is not None,
        as_of=answer.as_of,
        incognito=row.incognito,
        choice=choice,
        asked_with=choice_item(answer, readable_collections(member)),
        begun=begun,
        spent=_spent(answer),
    )


def _spent(answer: Message) -> Usage:
    used = answer.usage or {}
    return Usage(used.get("input", 0), used.get("output", 0), used.get("cost", 0.0))
