"""A conversation as a file for its owner. It holds what its page would show now: quotes of readable sources alone."""

import re
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from chat.models import Conversation
from chat.presentation import Item, message_list
from tenants.access import Member
from tenants.actions import record

FORMAT = "colloquy.conversation/1"
STATES = {
    "streaming": "This answer was still being written.",
    "stopped": "This answer was stopped.",
    "interrupted": "This answer was interrupted.",
    "failed": "This answer failed.",
}
MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def as_json(conversation: Conversation, member: Member) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "title": conversation.title,
        "created": conversation.created.isoformat(),
        "exported": timezone.now().isoformat(),
        "messages": [_message(item) for item in message_list(conversation, member)],
    }


def note_exported(conversation: Conversation, member: Member, *, kind: str) -> None:
    record("conversation.exported", actor=member.user, subject=conversation.pk, format=kind)


def _message(item: Item) -> dict[str, Any]:
    kept: dict[str, Any] = {name: item[name] for name in ("id", "role", "text", "created", "as_of")}
    if item["role"] == "question" and item["attachments"]:
        kept["files"] = [file["name"] for file in item["attachments"]]
    if item["role"] == "answer":
        kept |= {"question": item["question"], "status": item["status"], "sources": list(_sources(item))}
        kept["asked_with"] = item["asked_with"]
    return kept


def _sources(item: Item) -> Iterator[dict[str, Any]]:
    """Those that are cited, by the numbers that stand in the text. Of one that cannot be read, that there was one."""
    for source in item["citations"]:
        if not source["available"]:
            yield {"number": source["marker"], "available": False}
            continue
        names = ("title", "page", "heading", "quote", "version", "updated")
        yield {"number": source["marker"], "available": True, **{name: source[name] for name in names}}


def as_markdown(conversation: Conversation, member: Member) -> str:
    """Questions as headings, answers as they were written, each with its sources under it."""
    parts = [f"# {plain(conversation.title)}"]
    for item in as_json(conversation, member)["messages"]:
        parts += _question(item) if item["role"] == "question" else _answer(item)
    return "\n\n".join(parts) + "\n"


def _question(item: dict[str, Any]) -> list[str]:
    lines = item["text"].splitlines() or [""]
    rest = ["\n".join(f"> {plain(line)}" for line in lines)] if len(lines) > 1 else []
    day = [f"*As of {item['as_of']}*"] if item["as_of"] else []
    names = ", ".join(map(plain, item.get("files", [])))
    files = [f"*Files: {names}*"] if names else []
    return [f"## {plain(lines[0])}", *rest, *day, *files]


def _answer(item: dict[str, Any]) -> list[str]:
    parts = [item["text"].strip()] if item["text"].strip() else []
    if item["status"] in STATES:
        parts.append(f"*{STATES[item['status']]}*")
    if item["sources"]:
        parts.append("**Sources**")
        parts.append("\n\n".join(_source(source) for source in item["sources"]))
    return parts


def _source(source: dict[str, Any]) -> str:
    """The number is no list's: it must be the one in the text."""
    number = f"\\[{source['number']}\\]"
    if not source["available"]:
        return f"{number} *A source that you can no longer read.*"
    place = [plain(source["title"])]
    if source["page"]:
        place.append(f"page {source['page']}")
    if source["heading"]:
        place.append(" › ".join(map(plain, source["heading"])))
    quote = [f"> {plain(line)}".rstrip() for line in source["quote"].strip().splitlines()]
    return "\n".join([f"{number} {', '.join(place)}", *([""] if quote else []), *quote])


def plain(text: str) -> str:
    """On one line and without meaning in Markdown: titles and quotes are other people's words."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))


def file_name(title: str, ending: str) -> str:
    """Letters, digits, spaces and hyphens of the title."""
    words = re.sub(r"[^\w\- ]", "", title).strip()[:80]
    return f"{words or 'Conversation'}.{ending}"
