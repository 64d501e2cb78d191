"""What the command palette jumps to by name: one's own conversations, and documents that one may read now."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from chat.models import Conversation
from chat.search.fold import fold, terms
from ingestion.models import Document
from tenants.access import Member

MOST = 12
MOST_DOCUMENTS = 8
WORD = re.compile(r"(?<!\w)\w")
FARTHEST = 4  # times as long as what was typed; static/js/palette/fuzzy.js says the same
LOOKED_THROUGH = 5_000  # conversations, the newest first


def jump_targets(query: str, member: Member) -> dict[str, list[dict[str, Any]]]:
    return {"conversations": _conversations(query, member), "documents": _documents(query, member)}


def _conversations(query: str, member: Member) -> list[dict[str, Any]]:
    """Those whose titles have the words before those that have only the letters, in order."""
    rows = Conversation.objects.remembered_of(member).order_by("-updated")
    titles = rows.values_list("pk", "title", "archived_at")[:LOOKED_THROUGH]
    wanted = terms(query)
    letters = "".join(wanted)
    close, loose = [], []
    for row in titles:
        title = fold(row[1])
        if all(word in title for word in wanted):
            close.append(row)
        elif follows(letters, title):
            loose.append(row)
        if len(close) == MOST:
            break
    return [
        {"id": str(pk), "title": title, "archived": archived is not None}
        for pk, title, archived in [*close, *loose][:MOST]
    ]


def follows(letters: str, text: str) -> bool:
    """Whether the letters stand in the text in this order, from the beginning of a word, not too far apart."""
    if len(letters) < 2:
        return False
    starts = (match.start() for match in WORD.finditer(text) if match[0] == letters[0])
    return any(_stand(letters, text[start : start + FARTHEST * len(letters)]) for start in starts)


def _stand(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _documents(query: str, member: Member) -> list[dict[str, Any]]:
    wanted = terms(query)
    if not wanted:
        return []
    rows = Document.objects.readable_by(member).exclude(current_version=None)
    for word in _unfolded(query):
        rows = rows.filter(Q(title__icontains=word) | Q(name__icontains=word))
    found = rows.select_related("collection", "current_version").order_by("title")[:MOST_DOCUMENTS]
    return [
        {
            "title": row.title,
            "name": row.name,
            "collection": row.collection.name,
            "url": _address(row.current_version.pk, shown=row.current_version.is_pdf),
        }
        for row in found
        if row.current_version
    ]


def _unfolded(query: str) -> Iterable[str]:
    """With their accents, as titles are spelt: the database folds only case."""
    return query.replace("\x00", "").replace('"', " ").split()[:8]


def _address(version: UUID, *, shown: bool) -> str:
    """A PDF opens in the browser's viewer; what else there is comes as a file."""
    return reverse("document-file", args=[version]) + ("?open=1" if shown else "")
