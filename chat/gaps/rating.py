"""What a person thinks of an answer of theirs, and whether their question may be read by those who tend documents."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chat.errors import ChatError, NotFound
from chat.gaps.models import Feedback, GapQuestion, Reason
from chat.gaps.noting import counts, forget_if_idle, note
from chat.models import Message, MessageRole, MessageStatus
from tenants.access import Member
from tenants.actions import record

LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class Rating:
    """`helpful` None takes a rating back. `send`: the question's words go along."""

    helpful: bool | None
    reasons: tuple[str, ...] = ()
    comment: str = ""
    send: bool = False


def rate(answer: UUID, rating: Rating, member: Member) -> Message:
    """Raises NotFound for an answer that is not the member's, ChatError for a rating that cannot be."""
    row = rateable(answer, member)
    reasons, comment = checked(rating)
    with transaction.atomic():
        if rating.helpful is None:
            Feedback.objects.filter(message=row).delete()
        else:
            told = {"user_id": member.user, "helpful": rating.helpful, "reasons": reasons, "comment": comment}
            Feedback.objects.update_or_create(message=row, defaults=told)
        _count(row, rating)
        if rating.send:
            _record_sent(row, member)
    return fresh(row)


def _count(answer: Message, rating: Rating) -> None:
    """A bad rating counts. Taking it back takes the words back that went with it."""
    assert answer.question
    before = GapQuestion.objects.filter(question=answer.question).first()
    if rating.helpful is False:
        if before or rating.send or counts(answer):
            note(answer, disliked=True, sent=rating.send)
    elif before and before.disliked:
        others = Feedback.objects.filter(message__question=answer.question, helpful=False)
        note(answer, disliked=others.exists(), sent=False)
        forget_if_idle(answer.question)


def send_question(answer: UUID, sent: bool, member: Member) -> Message:
    """Let those who tend the documents read the question, or take that back."""
    row = rateable(answer, member)
    with transaction.atomic():
        if sent:
            note(row, sent=True)
            _record_sent(row, member)
        elif row.question:
            GapQuestion.objects.filter(question=row.question).update(sent=False)
            forget_if_idle(row.question)
    return fresh(row)


def rateable(answer: UUID, member: Member) -> Message:
    """An ended answer of the member's own, in a conversation that is remembered."""
    rows = Message.objects.owned_by(member).filter(role=MessageRole.ANSWER, conversation__incognito=False)
    row = rows.select_related("question").exclude(status=MessageStatus.STREAMING).filter(pk=answer).first()
    if row is None or row.question is None:
        raise NotFound(_("This answer does not exist (any more)."))
    return row


def fresh(answer: Message) -> Message:
    return Message.objects.select_related("feedback", "question__gap_question").get(pk=answer.pk)


def checked(rating: Rating) -> tuple[list[str], str]:
    comment = rating.comment.strip()
    if len(comment) > LONGEST_COMMENT:
        raise ChatError(
            _("Your comment has {count} characters; the limit is {limit}.").format(
                count=len(comment), limit=LONGEST_COMMENT
            ),
            code="too_long",
        )
    if unknown := set(rating.reasons) - set(Reason.values):
        raise ChatError(_("“{reason}” is no reason.").format(reason=min(unknown)), code="malformed")
    if rating.helpful is not False:
        return [], ""
    return [reason for reason in Reason.values if reason in rating.reasons], comment


def _record_sent(answer: Message, member: Member) -> None:
    record("gap.question_sent", actor=member.user, subject=answer.question_id)
