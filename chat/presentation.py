"""Conversations as the browser gets them, with only the quotes that this member may read now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat import protocol
from chat.attachments.shown import items_by_question
from chat.choices.shown import choice_item, head_item
from chat.differing import stored_items
from chat.errors import NotFound
from chat.gaps.citing import standing_of_cited
from chat.gaps.shown import RATED, own_extras
from chat.models import AnswerPassage, Conversation, Message, MessageRole, MessageStatus
from chat.notices import notice_item
from chat.pictures import pictures_beside
from chat.relay import Live
from chat.runner import INTERRUPTED, runner
from chat.sources import may_read, with_sources
from chat.tree import Tree, tree_of
from chat.unread import is_unread
from ingestion.access import Reach, reach_of
from ingestion.days import today
from ingestion.models import Document
from ingestion.validity import Standing, standing_of
from tenants.access import Member

Item = dict[str, Any]

LIST_LENGTH = 50
GONE = gettext_noop("You can no longer read this source.")


def conversation_list(
    member: Member, *, before: str = "", archived: bool = False, tag: UUID | None = None
) -> tuple[list[Item], bool]:
    """The newest conversations, and whether there are more. `before` is the `updated` of the last one shown.

    Pinned ones come with the first page, before all others.
    """
    rows = Conversation.objects.remembered_of(member).filter(archived_at__isnull=not archived)
    rows = rows.select_related("choice").prefetch_related("tags").order_by("-updated")
    if tag:
        rows = rows.filter(tags=tag)
    pinned = [] if before else list(rows.exclude(pinned_at=None))
    rows = rows.filter(pinned_at=None)
    if before:
        rows = rows.filter(updated__lt=before)
    found = list(rows[: LIST_LENGTH + 1])
    items = [conversation_item(row) for row in [*pinned, *found[:LIST_LENGTH]]]
    return items, len(found) > LIST_LENGTH


def conversation_item(row: Conversation) -> Item:
    return {
        "id": str(row.id),
        "title": row.title,
        "updated": row.updated.isoformat(),
        "incognito": row.incognito,
        "pinned": row.pinned_at is not None,
        "archived": row.archived_at is not None,
        "tags": [str(tag.pk) for tag in row.tags.all()],
        "unread": is_unread(row),
        "assistant": head_item(row),
    }


def owned_conversation(conversation: UUID, member: Member) -> Conversation:
    row = Conversation.objects.owned_by(member).filter(pk=conversation).first()
    if row is None:
        raise NotFound
    return row


def message_list(conversation: Conversation, member: Member) -> list[Item]:
    """The path that is shown: questions, each with one of its answers, oldest first."""
    tree = tree_of(conversation.pk)
    path = tree.path()
    shown = conversation.messages.filter(pk__in=path)
    questions = shown.filter(role=MessageRole.QUESTION).select_related("gap_question")
    rows = {row.pk: row for row in questions}
    answers = shown.filter(role=MessageRole.ANSWER).select_related(*RATED)
    for row in answers.prefetch_related(with_sources()):
        if row.question_id in rows:
            row.question = rows[row.question_id]
        rows[row.pk] = row
    reach = reach_of(member)
    files = items_by_question(conversation)
    return [
        message_item(rows[key], member, reach, files) | versions_item(tree, key)
        for key in path
        if key in rows
    ]


def message_item(row: Message, member: Member, reach: Reach, files: dict[UUID, list[Item]]) -> Item:
    if row.role == MessageRole.QUESTION:
        return question_item(row) | {"attachments": files.get(row.pk, [])}
    return answer_item(row, member, reach) | own_extras(row, reach)


def versions_item(tree: Tree, message: UUID) -> Item:
    """The ids of all that stand in the message's place, if it is not the only one."""
    versions = tree.versions(message)
    return {"versions": [str(key) for key in versions]} if len(versions) > 1 else {}


def question_item(row: Message) -> Item:
    return {
        "id": str(row.id),
        "role": "question",
        "text": row.text,
        "created": row.created.isoformat(),
        "as_of": protocol.day(row.as_of),
    }


def answer_item(row: Message, member: Member, reach: Reach) -> Item:
    live = runner.find(row.pk)
    return {
        "id": str(row.id),
        "role": "answer",
        "question": str(row.question_id),
        "text": live.text if live else row.text,
        "status": row.status,
        "error": error_item(row),
        "notice": notice_item(row.notice, administers=member.administers),
        "created": row.created.isoformat(),
        "as_of": protocol.day(row.as_of),
        "asked_with": choice_item(row, reach.collections),
        "passages": live.passages if live else _passages(row, reach),
        "citations": live.citations if live else _citations(row, member, reach),
        "differs": live.differs if live else stored_items(row, member, reach),
    }


def error_item(row: Message) -> Item | None:
    if row.status == MessageStatus.FAILED:
        return {"code": row.error_code, "text": row.error, "retryable": True}
    if row.status == MessageStatus.INTERRUPTED:
        return {"code": "interrupted", "text": _(INTERRUPTED), "retryable": True}
    return None


def _passages(row: Message, reach: Reach) -> list[Item]:
    return [_stored_passage(p) for p in row.passages.all() if may_read(p, reach)]


def _stored_passage(row: AnswerPassage) -> Item:
    return {
        "number": row.number,
        "title": row.title,
        "page": row.page,
        "heading": row.heading,
        "collection": "",
        "quote_preview": row.quote,
        "verified": row.version_id is None and hasattr(row, "verified"),
    }


def _citations(row: Message, member: Member, reach: Reach) -> list[Item]:
    return [_stored_citation(p, member, may_read(p, reach), row.as_of) for p in row.passages.all() if p.quote]


def _stored_citation(row: AnswerPassage, member: Member, available: bool, as_of: date | None) -> Item:
    if not available:
        return protocol.citation_item(
            marker=row.number, quote="", title=_(GONE), page=None, heading=[], available=False
        )
    item = protocol.citation_item(
        marker=row.number,
        quote=row.quote,
        title=row.title,
        page=row.page,
        heading=row.heading,
        standing=_standing(row, member, as_of),
        verified=row.version_id is None and hasattr(row, "verified"),
    )
    return item | {"pictures": pictures_beside(row)}


def _standing(row: AnswerPassage, member: Member, as_of: date | None) -> Standing | None:
    """As it is now: the answer may be old. None of a document that has been deleted."""
    if row.version is None:
        return standing_of_cited(row, member)
    if row.version.document.deleted_at:
        return None
    return standing_of(row.version, member, as_of=as_of)


@dataclass(frozen=True)
class Snapshot:
    """An answer as the database had it, and from which offset the browser wants it."""

    message: UUID
    conversation: UUID
    question: Item
    item: Item
    offset: int

    @property
    def elsewhere(self) -> bool:
        """Being written, and not by this process: another one writes it, or it has ended since it was loaded."""
        return self.item["status"] == MessageStatus.STREAMING and runner.find(self.message) is None

    def frame(self, live: Live | None = None) -> protocol.Frame:
        """With what the answer's runner holds at this very moment: `live` where it is another process's.

        To be called on the event loop, where the runner appends.
        """
        text, passages, citations = self.item["text"], self.item["passages"], self.item["citations"]
        differs = self.item["differs"]
        if live := live or runner.find(self.message):
            text, passages, citations, differs = live.text, live.passages, live.citations, live.differs
        # A browser can hold more than a killed process had saved; it then starts again from the saved text.
        start = self.offset if self.offset <= len(text) else 0
        return protocol.snapshot(
            self.message,
            conversation=self.conversation,
            question=self.question,
            status=self.item["status"],
            offset=start,
            text=text[start:],
            passages=passages,
            citations=citations,
            notice=self.item["notice"],
            error=self.item["error"],
            as_of=self.item["as_of"],
            differs=differs,
            asked_with=self.item["asked_with"],
        )


def snapshots(
    conversation: Conversation, member: Member, *, message: UUID | None, offset: int
) -> list[Snapshot]:
    """What a browser lacks: the rest of the answer it holds part of, and the last one shown when that is another."""
    answers = (
        conversation.messages.filter(role=MessageRole.ANSWER)
        .select_related("choice")
        .prefetch_related(with_sources())
    )
    tree = tree_of(conversation.pk)
    last = tree.last_answer(tree.path())
    newest = answers.filter(pk=last).first() if last else None
    held = answers.filter(pk=message).first() if message else None
    reach = reach_of(member)
    rows: Sequence[Message] = [held] if held else []
    if newest and newest != held:
        rows = [*rows, newest]
    return [
        Snapshot(
            message=row.pk,
            conversation=conversation.pk,
            question=question_item(row.question),
            item=answer_item(row, member, reach),
            offset=offset if row == held else 0,
        )
        for row in rows
        if row.question
    ]


def suggested_questions(member: Member, *, limit: int = 4) -> list[str]:
    """Openers made of headings in documents that this member may read, one a document."""
    readable = Document.objects.readable_by(member).exclude(current_version=None)
    documents = readable.exclude(valid_from__gt=today()).order_by("-created")[:12]
    questions: list[str] = []
    for document in documents:
        assert document.current_version  # excluded above
        headings = document.current_version.passages.exclude(heading=[]).values_list("heading", flat=True)[
            :40
        ]
        topics = [
            h[-1] for h in headings if 1 < len(h[-1].split()) <= 6 and h[-1].lower() != document.title.lower()
        ]
        if topics:
            topic = topics[document.id.int % len(topics)].strip().rstrip(":.?")
            questions.append(
                _("What does the {title} say about “{topic}”?").format(title=document.title, topic=topic)
            )
        if len(questions) == limit:
            break
    return questions
