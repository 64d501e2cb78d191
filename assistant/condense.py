"""A follow-up and its history -> a question that stands alone, for search."""

import logging
from collections.abc import Sequence

from assistant.endpoints import Endpoint
from assistant.errors import AnswerError
from assistant.prompt import Turn, condense_messages
from assistant.sentences import stems
from assistant.stream import complete_text
from tenants.observe.steps import observed

log = logging.getLogger(__name__)

FOLLOW_UP_WORDS = 4  # a question with fewer words of meaning leans on the one before it
MAX_TOKENS = 120
MAX_CHARACTERS = 1000


async def condense(question: str, *, history: Sequence[Turn], endpoint: Endpoint | None) -> str:
    """The question to search for. Never fails: without a model a short follow-up takes the last question along."""
    if not history:
        return question
    if endpoint:
        try:
            with observed("answer.condense"):
                alone = (
                    await complete_text(endpoint, condense_messages(question, history), max_tokens=MAX_TOKENS)
                ).strip()
        except AnswerError as error:
            log.warning("condensing a follow-up failed: %s", error.code)
        else:
            if alone and len(alone) <= MAX_CHARACTERS:
                return alone
    if len(stems(question)) < FOLLOW_UP_WORDS:
        return f"{history[-1].question} {question}"
    return question
