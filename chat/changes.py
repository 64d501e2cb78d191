"""Old answers whose sources have changed since: what they cite is no longer in the document that answers today.

Asked for when a conversation is open, apart from its messages: comparing with the text of today takes longer. A newer
version that still says the same is no change. An answer as of an earlier day stays what it was.
"""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chat.models import AnswerPassage, Conversation
from chat.sources import may_read
from ingestion.access import reach_of
from ingestion.models import ExtractedText
from tenants.access import Member

Item = dict[str, Any]

MOST = 500  # cited passages that are looked at, the newest first


def changes(conversation: Conversation, member: Member) -> list[Item]:
    """An item for each answer that rests on such a source, with those of its sources that the member may read."""
    rows = (
        AnswerPassage.objects.filter(message__conversation=conversation, message__as_of=None)
        .exclude(quote="")
        .exclude(verified__isnull=False)  # a verified answer says itself what has become of it
        .select_related("message__question", "version__document__current_version")
        .order_by("-message_id", "number")[:MOST]
    )
    reach = reach_of(member)
    readable = [row for row in rows if may_read(row, reach)]
    gone = _gone(readable)
    items: dict[UUID, Item] = {}
    for row in readable:
        code = "deleted" if _is_deleted(row) else "changed" if row.pk in gone else ""
        if code and row.message.question:
            item = items.setdefault(
                row.message_id,
                {"message": str(row.message_id), "question": row.message.question.text, "sources": []},
            )
            item["sources"].append(
                {"number": row.number, "title": row.title, "code": code, "since": _since(row)}
            )
    return list(items.values())


def _is_deleted(row: AnswerPassage) -> bool:
    return row.version is None or row.version.document.deleted_at is not None


def _since(row: AnswerPassage) -> str | None:
    if row.version is None:
        return None
    document = row.version.document
    newer = document.current_version
    moment = document.deleted_at or (newer and (newer.effective_from or newer.created))
    return moment.isoformat() if moment else None


def _gone(rows: Iterable[AnswerPassage]) -> set[UUID]:
    """Those whose quote is not in the version that answers today."""
    replaced: dict[UUID, list[AnswerPassage]] = {}
    for row in rows:
        current = None if _is_deleted(row) or row.version is None else row.version.document.current_version_id
        if current and row.version_id != current:
            replaced.setdefault(current, []).append(row)
    gone: set[UUID] = set()
    for text in ExtractedText.objects.filter(version__in=replaced):
        words = _words(text.text)
        gone |= {row.pk for row in replaced[text.version_id] if _words(row.quote) not in words}
    return gone


def _words(text: str) -> str:
    """Letters and digits alone: that a paragraph is broken elsewhere is no change."""
    return "".join(re.findall(r"[^\W_]+", text.casefold()))
