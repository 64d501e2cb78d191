"""Who follows which conversation in this process: frames go straight from the runner to their sockets.

The channel layer would copy every frame for every socket, which costs more than the model's token does
(about 136 µs against 4). It carries what is rare: the end of a session.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID

MOST_WAITING = 2000  # frames; a socket that falls behind further is closed, and continues by `follow`


class Outbox:
    """Frames on their way to one socket, in order. A slow socket never holds up the answer."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], too_slow: Callable[[], Awaitable[None]]
    ) -> None:
        self._send = send
        self._too_slow = too_slow
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._overflown = False
        self._task = asyncio.create_task(self._work(), name="outbox")

    def put(self, text: str) -> None:
        if self._frames.qsize() >= MOST_WAITING:
            self._overflown = True
        else:
            self._frames.put_nowait(text)

    def close(self) -> None:
        self._task.cancel()

    async def _work(self) -> None:
        while not self._overflown:
            await self._send(await self._frames.get())
        await self._too_slow()


class Followers:
    def __init__(self) -> None:
        self._outboxes: dict[UUID, set[Outbox]] = defaultdict(set)

    def add(self, conversation: UUID, outbox: Outbox) -> None:
        self._outboxes[conversation].add(outbox)

    def discard(self, conversation: UUID, outbox: Outbox) -> None:
        rest = self._outboxes[conversation]
        rest.discard(outbox)
        if not rest:
            del self._outboxes[conversation]

    def publish(self, conversation: UUID, text: str) -> None:
        for outbox in self._outboxes.get(conversation, ()):
            outbox.put(text)


followers = Followers()
