"""Notes questions that the documents did not answer, in the transaction in which their answer ends.

Sorting by meaning comes later, in a worker (`sorting`): an ending waits for nothing.
"""

from uuid import UUID

from assistant.sentences import stems
from chat.gaps.models import GapQuestion
from chat.gaps.rules import rules
from chat.models import AnswerPassage, Message, MessageRole, MessageStatus
from ingestion.models import Collection

WORDS_OF_A_QUESTION = 2  # words of meaning: "Thanks!" asks nothing


def note_ending(answer: UUID) -> None:
    """Of an answer that is complete and cites nothing: the documents do not tell, or were not used."""
    row = Message.objects.select_related("question", "conversation").filter(pk=answer).first()
    if row is None or row.question is None or row.status != MessageStatus.COMPLETE or not row.text:
        return
    if row.conversation.incognito or len(stems(row.question.text)) < WORDS_OF_A_QUESTION:
        return
    if counts(row):
        note(row, unanswered=True)


def counts(answer: Message) -> bool:
    """Not where the organisation does not want it, nor in a conversation with files of one's own."""
    files = Collection.with_private.filter(pk=answer.conversation_id, tenant=answer.tenant_id)
    return rules().counting and not files.exists()


def note(answer: Message, **what: bool) -> GapQuestion:
    """The question of this answer, with what is known of it from now on."""
    assert answer.question
    assert answer.role == MessageRole.ANSWER
    row: GapQuestion
    row, new = GapQuestion.objects.get_or_create(
        question=answer.question,
        defaults={"user_id": answer.user_id, "collection_id": nearest(answer), **what},
    )
    if not new and any(getattr(row, name) != value for name, value in what.items()):
        GapQuestion.objects.filter(pk=row.pk).update(**what)
        row.refresh_from_db()
    return row


def forget_if_idle(question: Message) -> None:
    """A question with which nothing is wrong any more."""
    GapQuestion.objects.filter(question=question, unanswered=False, disliked=False, sent=False).delete()


def nearest(answer: Message) -> UUID | None:
    """The collection in which the search came nearest; its asker may read it."""
    shared = AnswerPassage.objects.filter(message=answer, collection__in=Collection.objects.all())
    rows = shared.order_by("number")
    return rows.values_list("collection", flat=True).first()
