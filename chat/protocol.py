"""The wire format, version 1: JSON frames over one WebSocket a tab. Its twin is static/js/protocol.js.

Offsets count Unicode code points of the answer's text. A `delta` carries only new text; what a browser lacks it
gets from the `snapshot` that answers `follow`. `docs/protocol.md` describes every frame.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from assistant.events import FoundPassage
from assistant.setup import ANYWHERE, Within
from chat.errors import MalformedFrame
from chat.tree import Versions
from ingestion.validity import Standing

VERSION = 1
LONGEST_FRAME = 200_000  # characters
MOST_ATTACHMENTS = 100
MOST_COLLECTIONS = 100
SIGNED_OUT = 4401  # close code: sign in again
RECONNECT = 4408  # close code: frames were lost or too many; reconnect and follow

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Frame = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    client_id: str
    conversation: UUID | None
    text: str
    as_of: date | None = None
    incognito: bool = False
    attachments: tuple[UUID, ...] = ()
    assistant: UUID | None = None
    within: Within = ANYWHERE


@dataclass(frozen=True)
class Retry:
    client_id: str
    message: UUID


@dataclass(frozen=True)
class Continue:
    client_id: str
    message: UUID


@dataclass(frozen=True)
class Edit:
    """`message` is the question whose place the text takes."""

    client_id: str
    message: UUID
    text: str


@dataclass(frozen=True)
class Stop:
    message: UUID


@dataclass(frozen=True)
class Follow:
    """`message` and `offset` tell what the browser holds already."""

    conversation: UUID
    message: UUID | None
    offset: int


@dataclass(frozen=True)
class Seen:
    conversation: UUID


@dataclass(frozen=True)
class Ping:
    pass


Request = Ask | Retry | Continue | Edit | Stop | Follow | Seen | Ping


def decode(text: str | None) -> Request:
    """A client's frame as a value. Raises MalformedFrame."""
    if text is None or len(text) > LONGEST_FRAME:
        raise MalformedFrame
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedFrame from error
    if not isinstance(frame, dict):
        raise MalformedFrame
    match frame.get("type"):
        case "ask":
            return Ask(
                _client_id(frame),
                _uuid(frame.get("conversation")),
                _text(frame.get("text")),
                _day(frame.get("as_of")),
                _flag(frame.get("incognito")),
                _uuids(frame.get("attachments")),
                _uuid(frame.get("assistant")),
                _within(frame.get("within")),
            )
        case "retry":
            return Retry(_client_id(frame), _required_uuid(frame.get("message")))
        case "continue":
            return Continue(_client_id(frame), _required_uuid(frame.get("message")))
        case "edit":
            return Edit(_client_id(frame), _required_uuid(frame.get("message")), _text(frame.get("text")))
        case "stop":
            return Stop(_required_uuid(frame.get("message")))
        case "follow":
            return _follow(frame)
        case "seen":
            return Seen(_required_uuid(frame.get("conversation")))
        case "ping":
            return Ping()
    raise MalformedFrame(
        _("This page speaks a newer protocol than the server. Reload it."), code="unknown_type"
    )


def client_id_of(text: str | None) -> str | None:
    """The client_id of a frame that could not be decoded, so that its sender can be told."""
    try:
        value = json.loads(text or "").get("client_id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return value if isinstance(value, str) and len(value) <= 64 else None


def _follow(frame: Frame) -> Follow:
    have = frame.get("have") or {}
    if not isinstance(have, dict):
        raise MalformedFrame
    offset = have.get("offset", 0)
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        raise MalformedFrame
    return Follow(_required_uuid(frame.get("conversation")), _uuid(have.get("message")), offset)


def _client_id(frame: Frame) -> str:
    value = frame.get("client_id")
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or not value.isprintable():
        raise MalformedFrame
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedFrame
    return value.encode("utf-8", "replace").decode().replace("\x00", "")


def _day(value: Any) -> date | None:
    """`2026-03-01`; none when it is missing or null."""
    if value is None:
        return None
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise MalformedFrame
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise MalformedFrame from error


def _within(value: Any) -> Within:
    if value is None:
        return ANYWHERE
    if not isinstance(value, dict):
        raise MalformedFrame
    collections = value.get("collections") or []
    if not isinstance(collections, list) or len(collections) > MOST_COLLECTIONS:
        raise MalformedFrame
    ids = frozenset(_required_uuid(each) for each in collections)
    return Within(ids, _day(value.get("dated_from")), _day(value.get("dated_until")))


def _flag(value: Any) -> bool:
    """False when it is missing."""
    if value not in (None, True, False):
        raise MalformedFrame
    return value is True


def _uuids(value: Any) -> tuple[UUID, ...]:
    """None when it is missing or null."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_ATTACHMENTS:
        raise MalformedFrame
    return tuple(_required_uuid(one) for one in value)


def _uuid(value: Any) -> UUID | None:
    return None if value is None else _required_uuid(value)


def _required_uuid(value: Any) -> UUID:
    if not isinstance(value, str):
        raise MalformedFrame
    try:
        return UUID(value)
    except ValueError as error:
        raise MalformedFrame from error


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def accepted(
    *,
    client_id: str,
    conversation: UUID,
    title: str,
    question: tuple[UUID, str] | None,
    message: UUID,
    as_of: date | None = None,
    incognito: bool = False,
    attachments: Sequence[Frame] = (),
    versions: Versions | None = None,
    offset: int | None = None,
    asked_with: Frame | None = None,
) -> Frame:
    """`versions` where the question or the answer stands beside others, so that what followed those is not shown.

    `offset` of an answer that is gone on with: from there its text is written anew.
    """
    asked: Frame | None = {"id": str(question[0]), "text": question[1]} if question else None
    if asked and attachments:
        asked["attachments"] = list(attachments)
    return {
        "type": "accepted",
        "client_id": client_id,
        "conversation": str(conversation),
        "title": title,
        "question": asked,
        "message": str(message),
        "as_of": day(as_of),
        "incognito": incognito,
        "asked_with": asked_with,
        "versions": versions_item(versions) if versions else None,
        "offset": offset,
    }


def versions_item(versions: Versions) -> Frame:
    return {
        "question": [str(key) for key in versions.question],
        "answer": [str(key) for key in versions.answer],
    }


def path(conversation: UUID, leaf: UUID) -> Frame:
    return {"type": "path", "conversation": str(conversation), "leaf": str(leaf)}


def unread(conversation: UUID, *, unread: bool, title: str | None = None, status: str | None = None) -> Frame:
    """`title` and `status` when an answer has ended; without them its conversation was looked at."""
    return {
        "type": "unread",
        "conversation": str(conversation),
        "unread": unread,
        "title": title,
        "status": status,
    }


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def searching(message: UUID) -> Frame:
    return {"type": "searching", "message": str(message)}


def passages(message: UUID, found: tuple[FoundPassage, ...]) -> Frame:
    return {"type": "passages", "message": str(message), "items": [passage_item(p) for p in found]}


def passage_item(passage: FoundPassage) -> Frame:
    return {
        "number": passage.number,
        "title": passage.title,
        "page": passage.page,
        "heading": list(passage.heading),
        "collection": passage.collection_name,
        "quote_preview": " ".join(passage.text[:200].split()),
        "verified": passage.verified is not None,
    }


def delta(message: UUID, *, offset: int, text: str) -> Frame:
    return {"type": "delta", "message": str(message), "offset": offset, "text": text}


def cited(message: UUID, citation: Frame) -> Frame:
    return {"type": "cited", "message": str(message), **citation}


def citation_item(
    *,
    marker: int,
    quote: str,
    title: str,
    page: int | None,
    heading: list[str],
    available: bool = True,
    standing: Standing | None = None,
    verified: bool = False,
) -> Frame:
    return {
        "marker": marker,
        "quote": quote,
        "title": title,
        "page": page,
        "heading": heading,
        "available": available,
        "verified": verified,
        **standing_item(standing),
    }


def standing_item(standing: Standing | None) -> Frame:
    """What is known of a source's age; of one that is gone, nothing."""
    return {
        "version": standing.version if standing else None,
        "updated": standing.updated.isoformat() if standing else None,
        "owner": standing.owner if standing else "",
        "marks": [asdict(mark) for mark in standing.marks] if standing else [],
    }


def differs(message: UUID, item: Frame) -> Frame:
    return {"type": "differs", "message": str(message), **item}


def notice(message: UUID, item: Frame) -> Frame:
    return {"type": "notice", "message": str(message), **item}


def finished(message: UUID, *, status: str, usage: Frame) -> Frame:
    return {"type": "finished", "message": str(message), "status": status, "usage": usage}


def failed(
    *,
    code: str,
    text: str,
    message: UUID | None = None,
    client_id: str | None = None,
    retry_after: float | None = None,
    retryable: bool = False,
) -> Frame:
    return {
        "type": "failed",
        "message": str(message) if message else None,
        "client_id": client_id,
        "code": code,
        "text": text,
        "retry_after": retry_after,
        "retryable": retryable,
    }


def snapshot(
    message: UUID,
    *,
    conversation: UUID,
    question: Frame,
    status: str,
    offset: int,
    text: str,
    passages: list[Frame],
    citations: list[Frame],
    notice: Frame | None,
    error: Frame | None,
    as_of: str | None = None,
    differs: list[Frame] | None = None,
    asked_with: Frame | None = None,
) -> Frame:
    return {
        "type": "snapshot",
        "message": str(message),
        "conversation": str(conversation),
        "question": question,
        "status": status,
        "offset": offset,
        "text": text,
        "passages": passages,
        "citations": citations,
        "notice": notice,
        "error": error,
        "as_of": as_of,
        "differs": differs or [],
        "asked_with": asked_with,
    }


def title(conversation: UUID, words: str) -> Frame:
    return {"type": "title", "conversation": str(conversation), "title": words}


def listed(item: Frame) -> Frame:
    """A conversation is new in the list, or something of it has changed: `item` has its id and what is told of it."""
    return {"type": "listed", "item": item}


def gone(conversation: UUID) -> Frame:
    return {"type": "gone", "conversation": str(conversation)}


def tags(items: list[dict[str, str]]) -> Frame:
    return {"type": "tags", "items": items}


def prompts_changed() -> Frame:
    """Saved prompts may be long, and few tabs show them: each asks for them when it does."""
    return {"type": "prompts"}


def pong() -> Frame:
    return {"type": "pong", "version": VERSION}
