"""The words of an answer, and its pieces as server-sent events."""

import json
import re
import time
from typing import Any

from benchmarks.upstream.script import Script

PIECE = re.compile(r"\s*\S{1,6}")
PASSAGE_NUMBER = re.compile(r"\[(\d{1,3})\]|<passage[^>]*?\b(?:n|number|id)=\"?(\d{1,3})")
STAMP = re.compile(r"t(\d{4,})@(\d+)")  # what a client reads back out of an answer: sequence, send time in µs


def stamped(sequence: int) -> str:
    """A token that says when it was sent. Monotonic clocks agree between the processes of one machine."""
    return f"t{sequence:04d}@{time.monotonic_ns() // 1000} "


def content_of(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def last_user_message(messages: list[dict[str, Any]]) -> str:
    return next((content_of(message) for message in reversed(messages) if message.get("role") == "user"), "")


def pieces_of(script: Script, messages: list[dict[str, Any]]) -> tuple[str, ...] | None:
    """The answer's pieces; None for stamped tokens, which are made as they are sent."""
    if script.pieces:
        return script.pieces
    text = script.text
    if not text and script.answer == "cite":
        text = cited(messages)
    if not text and script.answer == "echo":
        text = "\n\n".join(f"{message.get('role')}: {content_of(message)}" for message in messages)
    if not text:
        return None
    # Markers must not arrive whole: real models split them anywhere.
    return tuple(
        piece for word in PIECE.findall(text) for piece in re.split(r"(?<=\[)|(?=\])", word) if piece
    )


def restated(prompt: str) -> str:
    """What a model says when asked to rewrite a follow-up: the last line, without its label."""
    last = prompt.strip().rpartition("\n")[2]
    return last.partition(": ")[2] or last


def cited(messages: list[dict[str, Any]]) -> str:
    """Claims that cite the first two passages of the prompt, and one that is not there."""
    prompt = "\n".join(content_of(message) for message in messages)
    numbers = sorted({int(a or b) for a, b in PASSAGE_NUMBER.findall(prompt)} - {0})[:2] or [1, 2]
    claims = " ".join(f"The documents say so in passage {number} [{number}]." for number in numbers)
    return f"{claims} Nobody gave this passage [999]."


class Events:
    """Builds the events of one answer: everything but the piece itself is encoded once."""

    def __init__(self, *, identifier: str, model: str) -> None:
        self.head = (
            f'{{"id":"{identifier}","object":"chat.completion.chunk","created":{int(time.time())},'
            f'"model":{json.dumps(model)},"system_fingerprint":null,"choices":['
        )
        self.before = f'data: {self.head}{{"index":0,"delta":{{"content":'
        self.behind = '},"logprobs":null,"finish_reason":null}]}\n\n'

    def role(self) -> bytes:
        delta = '{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}'
        return f"data: {self.head}{delta}]}}\n\n".encode()

    def piece(self, text: str) -> bytes:
        return f"{self.before}{json.dumps(text, ensure_ascii=False)}{self.behind}".encode()

    def finish(self, reason: str) -> bytes:
        return f'data: {self.head}{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}]}}\n\n'.encode()

    def usage(self, counts: dict[str, int]) -> bytes:
        return f'data: {self.head}],"usage":{json.dumps(counts)}}}\n\n'.encode()
