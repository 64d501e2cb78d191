"""The messages for the model, from question, passages and history. Pure; the words are in prompts/.

Retrieved text enters here alone: numbered, between lines that carry a boundary which the text cannot know.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from openai.types.chat import ChatCompletionMessageParam

from assistant.events import FoundPassage
from ingestion.days import in_words

CHARACTERS_PER_TOKEN = 3.2  # on the safe side for European languages
HISTORY_SHARE = 0.3
HISTORY_TURNS = 6
SMALLEST_PASSAGE = 200  # characters: less of a passage is not worth its place


@dataclass(frozen=True)
class Turn:
    """An earlier question of the conversation and its answer."""

    question: str
    answer: str


@cache
def words(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.txt").read_text()


def answer_messages(
    question: str,
    *,
    tenant: str,
    passages: Sequence[FoundPassage],
    history: Sequence[Turn],
    budget: int,
    as_of: date | None = None,
    files: UUID | None = None,
    instructions: str = "",
) -> list[ChatCompletionMessageParam]:
    """System words with the passages, the last turns, the question: at most about `budget` tokens."""
    boundary = f"<<{secrets.token_hex(6)}>>"
    system = words("answer").format(tenant=tenant, boundary=boundary)
    if as_of:
        system += words("as_of").format(day=in_words(as_of))
    if files and any(passage.collection == files for passage in passages):
        system += words("files")
    if instructions:
        system += words("instructions").format(tenant=tenant, instructions=instructions)
    left = int(budget * CHARACTERS_PER_TOKEN) - len(system) - len(question)
    turns = recent(history, characters=int(left * HISTORY_SHARE))
    left -= sum(len(t.question) + len(t.answer) for t in turns)
    messages: list[ChatCompletionMessageParam] = [
        {
            "role": "system",
            "content": f"{system}\n{boundary}\n{passage_block(passages, characters=left, files=files)}\n{boundary}",
        }
    ]
    for turn in turns:
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.answer})
    messages.append({"role": "user", "content": question})
    return messages


def passage_block(passages: Sequence[FoundPassage], *, characters: int, files: UUID | None = None) -> str:
    """The passages with number, title, page and heading; the last ones cut or left out when they do not fit."""
    blocks: list[str] = []
    for passage in passages:
        head = f"[{passage.number}] {_one_line(passage.title)}"
        if files and passage.collection == files:
            head += " (a file that the person put into this conversation)"
        if passage.page:
            head += f", page {passage.page}"
        if passage.heading:
            head += f", {_one_line(' > '.join(passage.heading))}"
        if passage.standing and passage.standing.expired_on:
            head += f"\n(outdated: this document held until {in_words(passage.standing.expired_on)})"
        if passage.table_header:
            head += f"\n{passage.table_header}"
        room = characters - len(head) - 2
        if room < SMALLEST_PASSAGE and blocks:
            break
        blocks.append(f"{head}\n{passage.text[: max(room, SMALLEST_PASSAGE)]}")
        characters -= len(blocks[-1]) + 2
    return "\n\n".join(blocks) or "(no passage was found)"


def condense_messages(question: str, history: Sequence[Turn]) -> list[ChatCompletionMessageParam]:
    turns = recent(history, characters=4000)
    talk = "\n".join(f"Question: {t.question}\nAnswer: {t.answer}" for t in turns)
    return [
        {"role": "system", "content": words("condense")},
        {"role": "user", "content": f"{talk}\nLast question: {question}"},
    ]


def recent(history: Sequence[Turn], *, characters: int) -> list[Turn]:
    """The last turns that fit, oldest first."""
    kept: list[Turn] = []
    for turn in reversed(history[-HISTORY_TURNS:]):
        characters -= len(turn.question) + len(turn.answer)
        if characters < 0:
            break
        kept.append(turn)
    return kept[::-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())
