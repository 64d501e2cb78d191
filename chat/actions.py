"""Writes about conversations. Each takes a Member, and finds rows only through what that member owns."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from assistant.answer import VERIFIED
from assistant.events import Cited, FoundPassage, SourcesDiffer, Usage
from assistant.prompt import HISTORY_TURNS, Turn
from assistant.resume import Begun
from chat.attachments import actions as attached
from chat.choices.choice import NO_CHOICE, NO_WISH, Choice, Wish, choose, keep, wish_of
from chat.choices.shown import choice_item
from chat.differing import stored
from chat.errors import NotFound, QuestionRefused
from chat.gaps.citing import keep_verified
from chat.gaps.noting import note_ending
from chat.incognito import begin_incognito, forget
from chat.models import AnswerPassage, Conversation, Message, MessageRole, MessageStatus
from chat.search.fold import folded
from chat.search.models import SearchText
from chat.sources import sees_sources, with_sources
from chat.tree import Versions, fix_parents, show_branch, tree_of, versions_of
from chat.unread import note_answered
from ingestion.access import reach_of, readable_collections
from ingestion.days import in_words, today
from ingestion.models import DocumentVersion
from tenants.access import Member, Visitor, enter
from tenants.actions import record
from tenants.ids import new_id
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

TITLE_LENGTH = 80
SILENT_FOR = timedelta(
    seconds=15
)  # a running answer is saved about every second; after this its process is dead


@dataclass(frozen=True)
class Posted:
    """An answer row waiting to be written, and all that writing it takes. `fresh` is False when it was asked before."""

    member: Member
    conversation: UUID
    title: str
    question: UUID
    text: str
    answer: UUID
    history: tuple[Turn, ...]
    fresh: bool
    as_of: date | None = None
    incognito: bool = False
    versions: Versions | None = None
    begun: Begun | None = None  # what an answer that is gone on with says already
    spent: Usage | None = None  # and what that took
    choice: Choice = NO_CHOICE
    asked_with: dict[str, Any] | None = None
    verified: bool = True  # may be answered by a verified answer


def post_question(
    visitor: Visitor,
    *,
    client_id: str,
    conversation: UUID | None,
    text: str,
    as_of: date | None = None,
    incognito: bool = False,
    attachments: Sequence[UUID] = (),
    wish: Wish = NO_WISH,
) -> Posted:
    """Commit question and answer row. Asking again under the same client_id changes nothing.

    `incognito` is how a new conversation begins; one that has begun stays what it is. `attachments` are the files
    that go with the question.

    Raises SignedOut, NotAllowed, NotFound or QuestionRefused.
    """
    member = enter(visitor)

    def post() -> Posted:
        asked = checked_question(text)
        check_day(as_of)
        choice = choose(wish, member)
        check_rate(member)
        with transaction.atomic():
            place = None if conversation else attached.place_of(attachments, member)
            row = _conversation(member, conversation, asked, incognito=incognito, key=place)
            files = attached.unsent(attachments, member, row.pk)
            path, after = _end_of(row.pk) if conversation else ([], None)
            history = history_of(path, member)
            question = Message(
                conversation=row,
                user_id=member.user,
                role=MessageRole.QUESTION,
                text=asked,
                parent_id=after,
                client_id=client_id,
                as_of=as_of,
            )
            answer = _new_answer(question)
            _commit(question, answer)
            attached.send(files, question)
            keep(choice, row, answer)
        return _fresh(member, row, question, answer, history, choice)

    return _once(member, client_id, post)


def retry_answer(visitor: Visitor, *, client_id: str, message: UUID) -> Posted:
    """A new answer to the question that `message` answered, beside the old one and what was asked after that."""
    member = enter(visitor)

    def post() -> Posted:
        check_rate(member)
        with transaction.atomic():
            old = Message.objects.owned_by(member).filter(pk=message, role=MessageRole.ANSWER).first()
            if old is None or old.question is None:
                raise NotFound
            if old.status == MessageStatus.STREAMING:
                raise QuestionRefused(_("This answer is still being written."), code="still_streaming")
            row, question = old.conversation, old.question
            history = history_of(_branch_at(question), member)
            choice = choose(wish_of(old), member)
            answer = _new_answer(question, client_id=client_id)
            _commit(answer)
            keep(choice, row, answer)
        posted = _fresh(member, row, question, answer, history, choice, branched=True)
        # Who asks again after a verified answer wants to know what the documents say.
        return replace(posted, verified=old.model_name != VERIFIED)

    return _once(member, client_id, post)


def edit_question(visitor: Visitor, *, client_id: str, message: UUID, text: str) -> Posted:
    """The question in other words, in the place of the old one: that stays, with all that was asked after it.

    As of the same day, asked with the same. Raises SignedOut, NotAllowed, NotFound or QuestionRefused.
    """
    member = enter(visitor)

    def post() -> Posted:
        asked = checked_question(text)
        check_rate(member)
        with transaction.atomic():
            rows = Message.objects.owned_by(member).filter(pk=message, role=MessageRole.QUESTION)
            old = rows.select_related("conversation").first()
            if old is None:
                raise NotFound
            choice = choose(wish_of(old.answers.order_by("-id").first()), member)
            above = _branch_at(old)
            question = Message(
                conversation=old.conversation,
                user_id=member.user,
                role=MessageRole.QUESTION,
                text=asked,
                parent_id=above[-1] if above else old.pk,
                client_id=client_id,
                as_of=old.as_of,
            )
            answer = _new_answer(question)
            _commit(question, answer)
            keep(choice, old.conversation, answer)
        history = history_of(above, member)
        return _fresh(member, old.conversation, question, answer, history, choice, branched=True)

    return _once(member, client_id, post)


def _end_of(conversation: UUID) -> tuple[list[UUID], UUID | None]:
    """The path that is shown, and the answer at its end. The conversation's row is locked by its update."""
    tree = tree_of(conversation)
    path = tree.path()
    return path, tree.last_answer(path)


def _branch_at(question: Message) -> list[UUID]:
    """Make ready for another version of the question or of its answer; gives what stands before it."""
    conversation = question.conversation_id
    Conversation.objects.filter(pk=conversation).update(updated=timezone.now())
    tree = tree_of(conversation)
    fix_parents(conversation, tree)
    return tree.above(question.pk)


def _fresh(
    member: Member,
    row: Conversation,
    question: Message,
    answer: Message,
    history: tuple[Turn, ...],
    choice: Choice,
    *,
    branched: bool = False,
) -> Posted:
    return Posted(
        member,
        row.id,
        row.title,
        question.id,
        question.text,
        answer.id,
        history,
        fresh=True,
        as_of=answer.as_of,
        incognito=row.incognito,
        versions=versions_of(question, answer.pk) if branched else None,
        choice=choice,
        asked_with=choice_item(answer, choice.within.collections),
    )


def _once(member: Member, client_id: str, post: Callable[[], Posted]) -> Posted:
    """What is posted under this client_id, or was before; of several at the same moment one is posted."""
    with tenant_scope(member.tenant):
        if posted := _posted_before(member, client_id):
            return posted
        try:
            return post()
        except IntegrityError:
            if posted := _posted_before(member, client_id):
                return posted
            raise


def checked_question(text: str) -> str:
    text = text.strip()
    if not text:
        raise QuestionRefused(_("Type a question first."), code="empty_question")
    if len(text) > settings.QUESTION_MAX_CHARACTERS:
        limit = settings.QUESTION_MAX_CHARACTERS
        raise QuestionRefused(
            _(
                "Your question has {length} characters; the limit is {limit}. "
                "Shorten it, or upload the text as a document."
            ).format(length=localize(len(text)), limit=localize(limit)),
            code="question_too_long",
        )
    return text


def check_day(as_of: date | None) -> None:
    if as_of and as_of > today():
        raise QuestionRefused(
            f"{in_words(as_of)} has not come yet. Ask as of today or an earlier day.", code="future_day"
        )


def check_rate(member: Member) -> None:
    """Count a question in the minute that the person's first one began; refuse those above the limit.

    While the shared counters cannot be reached nobody is kept from asking.
    """
    key = f"questions.{member.user}"
    try:
        cache.add(key, 0, timeout=60)
        asked = cache.incr(key)
    except (RedisError, OSError):
        log.warning("questions are not counted: the cache does not answer")
        return
    if asked > settings.QUESTIONS_PER_MINUTE:
        raise QuestionRefused(
            _("You have asked many questions in a short time. Wait a minute, then ask again."),
            code="rate_limited",
            retry_after=60.0,
        )


def _posted_before(member: Member, client_id: str) -> Posted | None:
    """What was committed under this client_id already."""
    key = Message.objects.filter(user=member.user, client_id=client_id).values_list("pk", flat=True).first()
    if key is None:
        return None
    row = Message.objects.select_related("conversation", "question").get(pk=key)
    if row.conversation.deleted_at:
        raise NotFound
    question = row if row.role == MessageRole.QUESTION else row.question
    answer = row if row.role == MessageRole.ANSWER else row.answers.order_by("id").first()
    assert question and answer  # they are committed together
    return Posted(
        member,
        row.conversation_id,
        row.conversation.title,
        question.id,
        question.text,
        answer.id,
        (),
        fresh=False,
        as_of=answer.as_of,
        incognito=row.conversation.incognito,
        versions=versions_of(question, answer.pk),
        asked_with=choice_item(answer, readable_collections(member)),
    )


def _conversation(
    member: Member,
    conversation: UUID | None,
    text: str,
    *,
    incognito: bool = False,
    key: UUID | None = None,
) -> Conversation:
    """`key` is the id of a new one to which files have been given already."""
    if conversation is None and incognito:
        return begin_incognito(member, key)
    if conversation is None:
        return Conversation.objects.create(pk=key or new_id(), user_id=member.user, title=title_from(text))
    row = Conversation.objects.owned_by(member).filter(pk=conversation).first()
    if row is None:
        raise NotFound
    Conversation.objects.filter(pk=row.pk).update(updated=timezone.now(), archived_at=None)
    return row


def _commit(*messages: Message) -> None:
    for message in messages:
        message.claim_tenant()
    Message.objects.bulk_create(messages)
    show_branch(messages[-1].conversation_id, messages[-1].pk)


def _new_answer(question: Message, client_id: str | None = None) -> Message:
    return Message(
        conversation_id=question.conversation_id,
        user_id=question.user_id,
        role=MessageRole.ANSWER,
        status=MessageStatus.STREAMING,
        question=question,
        client_id=client_id,
        as_of=question.as_of,
    )


def title_from(text: str) -> str:
    """The question's first words."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line
    return line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",.;:") + "…"


def history_of(path: Sequence[UUID], member: Member) -> tuple[Turn, ...]:
    """The last questions of a path with the answer that has text, oldest first.

    Without answers that rest on what the person may not read any more: the model would go on to tell it.
    """
    if not path:
        return ()
    rows = Message.objects.filter(pk__in=path, role=MessageRole.ANSWER).exclude(text="")
    place = {key: number for number, key in enumerate(path)}
    answers = sorted(rows.values_list("pk", flat=True), key=place.__getitem__)[-HISTORY_TURNS:]
    last = Message.objects.filter(pk__in=answers).select_related("question").prefetch_related(with_sources())
    reach = reach_of(member)
    return tuple(
        Turn(row.question.text, row.text)
        for row in sorted(last, key=lambda row: place[row.pk])
        if row.question and sees_sources(row, reach)
    )


def save_passages(answer: UUID, *, tenant: UUID, passages: Sequence[FoundPassage]) -> None:
    with tenant_scope(tenant):
        try:
            _create_passages(answer, tenant, passages)
        except (
            IntegrityError
        ):  # one was replaced or deleted since it was read: keep what the answer was given
            _create_passages(answer, tenant, passages, linked=False)


def _create_passages(
    answer: UUID, tenant: UUID, passages: Sequence[FoundPassage], *, linked: bool = True
) -> None:
    with transaction.atomic():
        AnswerPassage.objects.bulk_create(
            AnswerPassage(
                tenant_id=tenant, message_id=answer, number=p.number,
                passage_id=p.id if linked and not p.verified else None,
                version_id=p.version if linked and not p.verified else None,
                collection_id=p.collection if linked else None,
                title=p.title, page=p.page, heading=list(p.heading), start=p.start, end=p.end, score=p.score,
            )
            for p in passages
        )  # fmt: skip
        keep_verified(answer, passages, linked=linked)
        _record_sources(answer, passages)


def _record_sources(answer: UUID, passages: Sequence[FoundPassage]) -> None:
    """Which passages were shown to whom: their ids, and none of their words."""
    if not passages:
        return
    shown = Message.objects.filter(pk=answer).values("user", "conversation").first()
    if shown is None:
        return
    versions = DocumentVersion.objects.filter(pk__in={p.version for p in passages if not p.verified})
    verified = [p.id for p in passages if p.verified]
    record(
        "answer.sources",
        actor=shown["user"],
        subject=answer,
        conversation=shown["conversation"],
        passages=[p.id for p in passages if not p.verified],
        documents=sorted(set(versions.values_list("document", flat=True))),
        **({"verified_answers": verified} if verified else {}),
    )


def save_partials(texts: Mapping[UUID, str]) -> None:
    """What the answers of this process hold so far, in one transaction; also the sign that their runner lives."""
    with every_tenant(), transaction.atomic():
        for answer, text in texts.items():
            Message.objects.filter(pk=answer, status=MessageStatus.STREAMING).update(
                text=text, heartbeat=timezone.now()
            )


@dataclass(frozen=True)
class Ending:
    """How an answer ended."""

    status: str
    text: str
    citations: tuple[Cited, ...] = ()
    differs: tuple[SourcesDiffer, ...] = ()
    notice: str = ""
    model: str = ""
    usage: Usage | None = None
    error_code: str = ""
    error: str = ""


def save_ending(answer: UUID, *, tenant: UUID, ending: Ending) -> None:
    """Its conversation is unread until its person looks at it."""
    usage = {}
    if ending.usage:
        usage = {
            "input": ending.usage.input_tokens,
            "output": ending.usage.output_tokens,
            "cost": ending.usage.cost,
        }
    with tenant_scope(tenant), transaction.atomic():
        Message.objects.filter(pk=answer).update(
            status=ending.status,
            text=ending.text,
            notice=ending.notice,
            model_name=ending.model,
            usage=usage,
            error_code=ending.error_code,
            error=ending.error,
            finished_at=timezone.now(),
        )
        if conversation := Message.objects.filter(pk=answer).values_list("conversation", flat=True).first():
            note_answered(conversation, status=ending.status)
        SearchText.objects.filter(message=answer).update(text=folded(ending.text))
        if ending.differs:  # one that goes on keeps what it told before
            differs = [stored(differ) for differ in ending.differs]
            Message.objects.filter(pk=answer).update(differs=differs)
        for citation in ending.citations:
            AnswerPassage.objects.filter(message=answer, number=citation.number).update(
                quote=citation.quote, quote_start=citation.start, quote_end=citation.end
            )
        if not ending.citations:
            note_ending(answer)


def rename_conversation(conversation: Conversation, title: str) -> None:
    title = " ".join(title.split())[:200]
    if not title:
        raise QuestionRefused(_("A conversation needs a name."), code="empty_title")
    conversation.title = title
    conversation.save(update_fields=["title"])


def delete_conversation(conversation: Conversation) -> None:
    """Hidden at once; `restore_conversation` undoes it."""
    if conversation.incognito:
        forget(conversation)
        return
    with transaction.atomic():
        conversation.deleted_at = timezone.now()
        conversation.save(update_fields=["deleted_at"])
        record("conversation.deleted", actor=conversation.user_id, subject=conversation.pk)


def restore_conversation(conversation: UUID, member: Member) -> None:
    rows = Conversation.objects.filter(
        user=member.user, tenant=member.tenant, pk=conversation, incognito=False
    )
    with transaction.atomic():
        if not rows.update(deleted_at=None):
            raise NotFound
        record("conversation.restored", actor=member.user, subject=conversation)


def streaming_conversation(visitor: Visitor, answer: UUID) -> UUID | None:
    """The conversation of an answer of the visitor's own that is being written."""
    member = enter(visitor)
    with tenant_scope(member.tenant):
        rows = Message.objects.owned_by(member).filter(pk=answer, status=MessageStatus.STREAMING)
        return rows.values_list("conversation", flat=True).first()


def still_streaming(answers: Collection[UUID]) -> set[UUID]:
    """Which of these answers the database has as being written."""
    with every_tenant():
        rows = Message.objects.filter(pk__in=answers, status=MessageStatus.STREAMING)
        return set(rows.values_list("pk", flat=True))


def interrupt_orphans(*, silent_for: timedelta = SILENT_FOR) -> int:
    """Mark answers whose runner has died: the text that was saved stays, with a retry beside it."""
    with every_tenant():
        return Message.objects.filter(
            status=MessageStatus.STREAMING, heartbeat__lte=timezone.now() - silent_for
        ).update(status=MessageStatus.INTERRUPTED, finished_at=timezone.now())
