"""One person in a chat: asks over the socket that the page uses, and times what comes back."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from benchmarks.upstream.answers import STAMP
from benchmarks.websocket import WebSocket, connect

PATIENCE = 60.0  # seconds for a whole answer


@dataclass(slots=True)
class Answer:
    """What one question brought. Times in seconds from asking, delays in seconds per token."""

    asked: float
    first: float | None = None
    finished: float | None = None
    delays: list[float] = field(default_factory=list)
    text_bytes: int = 0
    wire_bytes: int = 0
    frames: int = 0
    failure: str = ""


class Chat:
    """A socket with one conversation, whose answers are stamped tokens, each of which must arrive once."""

    def __init__(self, *, tokens: int) -> None:
        self.tokens = tokens
        self.socket: WebSocket | None = None
        self.conversation: str | None = None
        self.answer: Answer | None = None
        self.done: asyncio.Future[None] | None = None
        self.tail = ""  # the end of a token that has not come whole

    async def open(self, url: str, *, cookie: str, deflate: bool = False) -> None:
        self.socket = await connect(
            url, on_text=self._frame, on_closed=self._closed, cookie=cookie, deflate=deflate
        )

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()

    async def ask(self, text: str, *, anew: bool = False) -> Answer:
        """Ask and wait for the end, good or bad. `anew` starts a conversation, so it is no follow-up."""
        assert self.socket is not None
        answer = self.answer = Answer(asked=time.monotonic())
        self.tail = ""
        self.done = asyncio.get_running_loop().create_future()
        wire, frames = self.socket.bytes_received, self.socket.frames_received
        frame = {
            "type": "ask",
            "client_id": str(uuid4()),
            "conversation": None if anew else self.conversation,
            "text": text,
        }
        self.socket.send_text(json.dumps(frame))
        try:
            async with asyncio.timeout(PATIENCE):
                await self.done
        except TimeoutError:
            answer.failure = "unfinished"
        answer.finished = time.monotonic() - answer.asked
        answer.wire_bytes = self.socket.bytes_received - wire
        answer.frames = self.socket.frames_received - frames
        if not answer.failure and len(answer.delays) != self.tokens:
            answer.failure = f"{len(answer.delays)} of {self.tokens} tokens"
        self.answer = None
        return answer

    def _frame(self, message: bytes) -> None:
        now = time.monotonic()
        frame: dict[str, Any] = json.loads(message)
        if frame["type"] == "accepted":
            self.conversation = frame["conversation"]
        answer = self.answer
        if answer is None:
            return
        match frame["type"]:
            case "delta":
                self._delta(answer, frame["text"], now)
            case "finished":
                self._end(answer, "" if frame["status"] == "complete" else frame["status"])
            case "failed":
                self._end(answer, frame["code"])

    def _delta(self, answer: Answer, text: str, now: float) -> None:
        if answer.first is None:
            answer.first = now - answer.asked
        answer.text_bytes += len(text.encode())
        *whole, self.tail = (self.tail + text).split(" ")
        for token in whole:
            if found := STAMP.match(token):
                if int(found[1]) != len(answer.delays) and not answer.failure:
                    answer.failure = f"token {found[1]} out of order"
                answer.delays.append(now - int(found[2]) / 1e6)

    def _closed(self, code: int) -> None:
        if self.answer is not None:
            self._end(self.answer, f"closed {code}")

    def _end(self, answer: Answer, failure: str) -> None:
        answer.failure = answer.failure or failure
        if self.done is not None and not self.done.done():
            self.done.set_result(None)
