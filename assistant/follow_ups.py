"""Questions to go on with, from the passages that an answer was given, and from nothing else."""

import asyncio
import logging
import re
import secrets
from collections.abc import Sequence

from openai.types.chat import ChatCompletionMessageParam

from assistant.endpoints import Endpoint
from assistant.errors import AnswerError
from assistant.prompt import words
from assistant.stream import complete_text
from tenants.observe.steps import observed

log = logging.getLogger(__name__)

MOST = 3
LONGEST = 120
MAX_TOKENS = 160
SECONDS = 15.0  # whoever waits longer has asked something else by then
PASSAGE_CHARACTERS = 1500
ANSWER_CHARACTERS = 3000

_LEAD = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])?\s*[\"“„«]?")
_ENDS = ("?", "？", "؟")


async def follow_ups(
    question: str, answer: str, passages: Sequence[tuple[str, str]], endpoint: Endpoint
) -> list[str]:
    """At most MOST questions; none when the model does not answer in time, or answers something else.

    `passages` are titles and texts that the asker may read at this moment.
    """
    try:
        with observed("answer.follow_ups"):
            async with asyncio.timeout(SECONDS):
                written = await complete_text(
                    endpoint, messages(question, answer, passages), max_tokens=MAX_TOKENS
                )
    except (AnswerError, TimeoutError) as error:
        log.warning("no follow-up questions: %s", type(error).__name__)
        return []
    return questions_in(written, asked=question)


def messages(
    question: str, answer: str, passages: Sequence[tuple[str, str]]
) -> list[ChatCompletionMessageParam]:
    boundary = f"<<{secrets.token_hex(6)}>>"
    told = "\n\n".join(f"{' '.join(title.split())}\n{text[:PASSAGE_CHARACTERS]}" for title, text in passages)
    system = f"{words('follow_ups').format(boundary=boundary)}\n{boundary}\n{told}\n{boundary}"
    said = f"Question: {question}\nAnswer: {answer[:ANSWER_CHARACTERS]}"
    return [{"role": "system", "content": system}, {"role": "user", "content": said}]


def questions_in(written: str, *, asked: str) -> list[str]:
    """The lines that are questions, without what lists put before them."""
    found: dict[str, str] = {}
    for line in written.splitlines():
        text = " ".join(_LEAD.sub("", line).rstrip('"”“» ').split())
        if text.endswith(_ENDS) and len(text) <= LONGEST and text.casefold() != asked.strip().casefold():
            found.setdefault(text.casefold(), text)
    return list(found.values())[:MOST]
