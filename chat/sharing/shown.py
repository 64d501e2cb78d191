"""What a reader of a shared conversation sees: decided anew each time, from what this reader may read now.

An answer rests on the passages that it was given, and on the answers before it that its model was told. Where a reader
may not read all of that, its words are withheld and not only its quotes, since they may repeat what the source says.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chat.errors import NotFound
from chat.models import AnswerPassage, Conversation, Message, MessageRole, MessageStatus
from chat.presentation import Item, answer_item, question_item
from chat.sharing.models import Share
from chat.source_item import stored_source
from chat.sources import with_sources
from chat.tree import tree_of
from ingestion.access import reach_of
from ingestion.models import Collection, Document
from tenants.access import Member

Turn = tuple[Message, Message]  # a question and the answer to it


def turns(conversation: Conversation, until: datetime, leaf: UUID | None) -> list[Turn]:
    """The path to `leaf` as it was then: each question with its answer; one without an answer is left out."""
    if leaf is None:
        return _turns_before_branches(conversation, until)
    tree = tree_of(conversation.pk)
    path = [*tree.above(leaf), leaf] if leaf in tree else []
    rows = _answers(conversation, until).filter(pk__in=path).select_related("question")
    found = {row.pk: (row.question, row) for row in rows.prefetch_related(with_sources()) if row.question}
    return [found[key] for key in path if key in found]


def _turns_before_branches(conversation: Conversation, until: datetime) -> list[Turn]:
    """Each question with the newest answer that it had by then."""
    answers: dict[UUID, Message] = {}
    for row in (
        _answers(conversation, until).select_related("question", "choice").prefetch_related(with_sources())
    ):
        if row.question:
            answers[row.question.pk] = row
    return sorted(
        ((row.question, row) for row in answers.values() if row.question), key=lambda turn: turn[0].pk
    )


def _answers(conversation: Conversation, until: datetime) -> QuerySet[Message]:
    ended = conversation.messages.filter(role=MessageRole.ANSWER, finished_at__lte=until)
    return ended.exclude(status=MessageStatus.STREAMING).order_by("id")


def withheld(conversation: Conversation, member: Member) -> set[UUID]:
    """The answers that rest on something the member may not read, be it by way of an answer before them.

    All answers of a question before them count: the model may have been told any of them.
    """
    tree = tree_of(conversation.pk)
    closed = _resting_on_unreadable(conversation, member)
    tainted = {tree.parents[answer] for answer in closed}  # questions
    rows = conversation.messages.filter(role=MessageRole.ANSWER).order_by("id")
    return {
        answer
        for answer, question in rows.values_list("id", "question")
        if question and (answer in closed or not tainted.isdisjoint(tree.above(question)))
    }


def _resting_on_unreadable(conversation: Conversation, member: Member) -> set[UUID]:
    """By the document as it is now: a source that is gone can be read by nobody."""
    given = AnswerPassage.objects.filter(message__conversation=conversation)
    verified = Q(verified__answer__collection__in=Collection.objects.readable_by(member))
    documents = Q(version__document__in=Document.objects.readable_by(member, own=True))
    readable = given.filter(documents | verified)
    return set(given.exclude(pk__in=readable.values("pk")).values_list("message", flat=True))


def shown_turns(share: Share) -> list[Turn]:
    return turns(share.conversation, share.shown_until, share.leaf)


def shared_messages(share: Share, member: Member) -> list[Item]:
    hidden = withheld(share.conversation, member)
    reach = reach_of(member)
    items: list[Item] = []
    for question, answer in shown_turns(share):
        items.append(question_item(question))
        kept_back = answer.pk in hidden
        # Assistants and collections are told to nobody but those who asked.
        shown = answer_item(answer, member, reach) | {"asked_with": None}
        items.append(withheld_item(answer) if kept_back else shown)
    return items


def withheld_item(row: Message) -> Item:
    """That there is an answer, and nothing of it."""
    return {
        "id": str(row.id),
        "role": "answer",
        "question": str(row.question_id),
        "withheld": True,
        "created": row.created.isoformat(),
    }


def readable_turns(share: Share, member: Member) -> list[Turn]:
    hidden = withheld(share.conversation, member)
    return [turn for turn in shown_turns(share) if turn[1].pk not in hidden]


def shared_source(share: Share, message: UUID, number: int, member: Member, *, around: int = 1) -> Item:
    """A source of an answer that is shown. Raises NotFound."""
    answer = next((row for _, row in readable_turns(share, member) if row.pk == message), None)
    if answer is None:
        raise NotFound(_("This source does not exist."))
    return stored_source(answer, number, member, around=around)
