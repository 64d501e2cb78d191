"""What an answer's own reader is shown besides the answer: their rating, and whether their question was sent."""

from typing import Any

from chat.models import Message
from chat.sources import sees_sources
from ingestion.access import Reach

Item = dict[str, Any]
RATED = ("choice", "feedback", "follow_ups")  # to be selected with the answers
RELATED = (*RATED, "question__gap_question")  # and with what was asked


def own_extras(answer: Message, reach: Reach | None = None) -> Item:
    """Never for the reader of a shared conversation. Follow-up questions come where the reach is known."""
    rating = getattr(answer, "feedback", None)
    question = getattr(answer.question, "gap_question", None)
    return {
        "feedback": rating
        and {"helpful": rating.helpful, "reasons": rating.reasons, "comment": rating.comment},
        "question_sent": bool(question and question.sent),
    } | ({"follow_ups": shown_follow_ups(answer, reach)} if reach else {})


def shown_follow_ups(answer: Message, reach: Reach) -> list[str]:
    """They may tell what the sources say: who has lost one of these is shown none of them."""
    kept = getattr(answer, "follow_ups", None)
    return kept.items if kept and kept.items and sees_sources(answer, reach) else []
