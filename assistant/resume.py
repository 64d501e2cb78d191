"""Goes on with an answer that broke off, from the same passages: what comes is joined to what there is without a seam.

Few endpoints continue a last message of the assistant's own, and none says whether it does. So each is shown what the
answer says so far and asked to go on; what it repeats of that before it does is dropped.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from openai.types.chat import ChatCompletionMessageParam

from assistant.answer import Question, ended
from assistant.cite import Citations, Resolved
from assistant.endpoints import Endpoint
from assistant.errors import ModelRubbish, ModelUnreachable
from assistant.events import Event, FoundPassage, TextDelta
from assistant.prompt import CHARACTERS_PER_TOKEN, answer_messages, words
from assistant.setup import endpoint_for
from assistant.stream import Completion, complete
from tenants.db import in_database
from tenants.observe.steps import observed

SHORTEST_REPEAT = 6  # characters, and more than a word: less can be chance
MARKER = re.compile(r"(\[\d+\])+")


@dataclass(frozen=True)
class Begun:
    """What an answer says so far, and the passages it was given, in the order of their numbers."""

    text: str
    passages: tuple[FoundPassage, ...]


async def continue_answer(question: Question, begun: Begun) -> AsyncGenerator[Event, None]:
    """The rest of the answer, with its citations from the beginning on. Raises an AnswerError."""
    endpoint = await in_database(endpoint_for, question.setup)
    if endpoint is None:
        raise ModelUnreachable
    citations, shown = Citations(begun.passages), 0
    for event in citations.feed(begun.text):
        if isinstance(event, TextDelta):
            shown += len(event.text)
        else:
            yield event
    completion, seam, fresh = Completion(), Seam(begun.text), Fresh(len(begun.text) - shown)
    messages = continue_messages(question, endpoint, begun)
    with observed("answer.model", yields=True):
        async for text in complete(endpoint, messages, completion):
            for event in fresh.of(citations.feed(seam.feed(text))):
                yield event
    for event in fresh.of(chain(citations.feed(seam.flush()), citations.flush())):
        yield event
    if not completion.text_length:
        raise ModelRubbish("an empty answer")
    for last in ended(completion, endpoint):
        yield last


class Fresh:
    """Leaves out the first `known` characters: they were held back when the answer broke off, and are shown already."""

    def __init__(self, known: int) -> None:
        self._known = known

    def of(self, events: Iterable[Resolved]) -> Iterator[Resolved]:
        for event in events:
            if not isinstance(event, TextDelta):
                yield event
                continue
            rest, self._known = event.text[self._known :], max(0, self._known - len(event.text))
            if rest:
                yield TextDelta(rest)


def continue_messages(
    question: Question, endpoint: Endpoint, begun: Begun
) -> list[ChatCompletionMessageParam]:
    spent = int(len(begun.text) / CHARACTERS_PER_TOKEN)
    messages = answer_messages(
        question.text,
        tenant=question.member.tenant_name,
        passages=begun.passages,
        history=question.history,
        as_of=question.as_of,
        instructions=question.setup.instructions,
        budget=endpoint.context_window - endpoint.max_answer_tokens - spent,
    )
    messages.append({"role": "assistant", "content": begun.text})
    messages.append({"role": "user", "content": words("continue")})
    return messages


def up_to_a_word(text: str) -> str:
    """Without a last word that may be half written."""
    if not text or not text[-1].isalnum():
        return text
    return text[: max(map(text.rfind, " \n\t")) + 1]


class Seam:
    """Drops from what is fed what repeats the end, or all, of the text before it."""

    def __init__(self, before: str) -> None:
        self._spaced = not before or before[-1].isspace()
        self._before = before.rstrip()
        self._held = ""
        self._joined = not self._before

    def feed(self, text: str) -> str:
        """What can be shown; as long as it may all be repetition, nothing."""
        if self._joined:
            return text
        self._held += text
        return "" if self._held.strip() in self._before else self._join()

    def flush(self) -> str:
        return "" if self._joined else self._join()

    def _join(self) -> str:
        self._joined = True
        new = self._held.lstrip()
        repeated = self._repeated(new)
        if repeated:
            return new[repeated:].lstrip(" ") if self._spaced else new[repeated:]
        if self._spaced:
            return self._held.lstrip(" ")
        return f" {self._held}" if self._held[:1].isalnum() else self._held

    def _repeated(self, new: str) -> int:
        """How much of the beginning of `new` is the end of what there is, whole words."""
        if new.startswith(self._before):
            return len(self._before)
        for length in range(min(len(new), len(self._before)), 0, -1):
            start, piece = len(self._before) - length, new[:length]
            whole = start == 0 or not self._before[start - 1].isalnum()
            telling = (len(piece) >= SHORTEST_REPEAT and " " in piece) or MARKER.fullmatch(piece)
            if whole and telling and self._before.endswith(piece):
                return length
        return 0
