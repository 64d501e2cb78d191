"""Which of an answer's sources its reader may see now."""

from typing import Any

from django.db.models import Prefetch

from chat.models import AnswerPassage, Message
from ingestion.access import Reach


def with_sources() -> "Prefetch[Any]":
    """Of all answers at once, with what tells how old each source is."""
    rows = AnswerPassage.objects.select_related(
        "version__document__owner", "version__document__current_version", "verified__answer"
    )
    return Prefetch("passages", rows.prefetch_related("version__pictures"))


def may_read(row: AnswerPassage, reach: Reach) -> bool:
    """By the document's readers today where the document still is, else by the last it had."""
    if row.version is None and (verified := getattr(row, "verified", None)) and verified.answer:
        return reach.covers(verified.answer.collection_id, None)
    last = row.version.document if row.version else row
    return reach.covers(last.collection_id, last.narrowing_id)


def sees_sources(answer: Message, reach: Reach) -> bool:
    """Whether everything that the answer was given may be read now."""
    return all(may_read(row, reach) for row in answer.passages.all())
