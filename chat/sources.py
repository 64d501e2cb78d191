"""Which of an answer's sources its reader may see now."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from chat.models import AnswerPassage, Message


def with_sources() -> "Prefetch[Any]":
    """Of all answers at once, with what tells how old each source is."""
    rows = AnswerPassage.objects.select_related(
        "version__document__owner", "version__document__current_version"
    )
    return Prefetch("passages", rows)


def may_read(row: AnswerPassage, readable: set[UUID]) -> bool:
    """By the document's collection today where the document still is, else by the last it was in."""
    collection = row.version.document.collection_id if row.version else row.collection_id
    return collection in readable


def sees_sources(answer: Message, readable: set[UUID]) -> bool:
    """Whether everything that the answer was given may be read now."""
    return all(may_read(row, readable) for row in answer.passages.all())
