"""Sends one answer piece by piece at its rate, and breaks where its script says."""

import asyncio
from collections.abc import Callable

from benchmarks.upstream.answers import Events, stamped
from benchmarks.upstream.http import STREAM_HEAD, Connection, chunk
from benchmarks.upstream.script import Script

ERROR_EVENT = b'data: {"error": {"message": "The engine stopped.", "type": "server_error"}}\n\n'
BREAKS = {"reset", "stall", "broken_json", "error_event"}


class AnswerStream:
    """`finished(outcome)` is called once: with finished, the fault's name, or closed when the client left."""

    def __init__(
        self,
        connection: Connection,
        script: Script,
        *,
        events: Events,
        pieces: tuple[str, ...] | None,
        usage: dict[str, int] | None,
        finished: Callable[[str, int], None],
    ) -> None:
        self.connection, self.script, self.events = connection, script, events
        self.pieces, self.usage, self.finished = pieces, usage, finished
        self.total = script.tokens if pieces is None else len(pieces)
        self.sent = 0
        self.loop = asyncio.get_running_loop()
        self.timer: asyncio.Handle | None = None
        self.started = 0.0
        connection.on_closed = self._closed

    def start(self) -> None:
        self.connection.write(STREAM_HEAD + chunk(self.events.role()))
        if self.script.first:
            self.timer = self.loop.call_later(self.script.first, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        self.started = self.loop.time()
        if self.script.rate:
            self._tick()
            return
        # An instant model: no timer between tokens, and one system call for all of them.
        held: list[bytes] = []
        while self.sent < self.total and not self._breaks_here():
            held.append(self._next_piece())
        self._write(b"".join(held))
        self._end()

    def _tick(self) -> None:
        if self.sent >= self.total or self._breaks_here():
            self._end()
            return
        self._write(self._next_piece())
        # From the start and not from now, so that a late tick does not slow the whole stream.
        self.timer = self.loop.call_at(self.started + self.sent / self.script.rate, self._tick)

    def _next_piece(self) -> bytes:
        text = stamped(self.sent) if self.pieces is None else self.pieces[self.sent]
        self.sent += 1
        return chunk(self.events.piece(text))

    def _breaks_here(self) -> bool:
        return self.script.fault in BREAKS and self.sent >= self.script.after

    def _write(self, data: bytes) -> None:
        if self.script.fault == "split":
            self._write_split(data)
        else:
            self.connection.write(data)

    def _write_split(self, data: bytes) -> None:
        """Each byte beyond ASCII in a segment of its own, so that characters arrive in parts."""
        start = 0
        for position, byte in enumerate(data):
            if byte >= 0x80:
                self.connection.write(data[start:position])
                self.connection.write(data[position : position + 1])
                start = position + 1
        self.connection.write(data[start:])

    def _end(self) -> None:
        fault = self.script.fault
        if fault == "stall":
            self.finished("stall", self.sent)  # and silence: the connection stays open
            return
        self.connection.on_closed = None
        if fault == "reset":
            # Not in the same breath as the last token: a reset may overtake what is still buffered.
            self.timer = self.loop.call_later(0.02, self.connection.reset)
        elif fault == "broken_json":
            self.connection.write(chunk(b'data: {"id": "x", "choices": [{"delta": {"cont\n\n'))
            self.connection.end_stream()
        elif fault == "error_event":
            self.connection.write(chunk(ERROR_EVENT))
            self.connection.end_stream()
        else:
            tail = self.events.finish(self.script.finish)
            tail += self.events.usage(self.usage | {"completion_tokens": self.sent}) if self.usage else b""
            self.connection.write(chunk(tail + b"data: [DONE]\n\n"))
            if fault == "late_end":  # as behind a proxy: the response ends in a segment of its own
                self.timer = self.loop.call_later(0.02, self.connection.end_stream)
            else:
                self.connection.end_stream()
        self.finished(fault if fault in BREAKS else "finished", self.sent)

    def _closed(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.finished("closed", self.sent)
