"""Who follows which conversation in this process: frames go straight from the runner to their sockets.

The channel layer would copy every frame for every socket, which costs more than the model's token does
(about 136 µs against 4). It carries what is rare: the end of a session. `relay` brings what other processes write.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID

MOST_WAITING = 2000  # frames; a socket that falls behind further is closed, and continues by `follow`


class Outbox:
    """Frames on their way to one socket, in order. A slow socket never holds up the answer.

    `lost` closes a socket that lacks frames: its browser reconnects and continues exactly.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], lost: Callable[[], Awaitable[None]]) -> None:
        self._send = send
        self._lost = lost
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._withheld: set[UUID] = set()
        self._task = asyncio.create_task(self._work(), name="outbox")

    def put(self, text: str, *, about: UUID | None = None) -> None:
        """Send a frame, unless it is about an answer that is withheld."""
        if about in self._withheld:
            return
        if self._frames.qsize() >= MOST_WAITING:
            self.reconnect()
        else:
            self._frames.put_nowait(text)

    def withhold(self, answer: UUID) -> None:
        """Drop frames of the answer: a snapshot that holds what they say is on its way."""
        self._withheld.add(answer)

    def release(self, answer: UUID) -> None:
        self._withheld.discard(answer)

    def reconnect(self) -> None:
        self._frames.put_nowait(None)

    def close(self) -> None:
        self._task.cancel()

    async def _work(self) -> None:
        while (text := await self._frames.get()) is not None:
            await self._send(text)
        await self._lost()


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

    def any(self, conversation: UUID) -> bool:
        return conversation in self._outboxes

    def publish(self, conversation: UUID, text: str, *, about: UUID) -> None:
        for outbox in self._outboxes.get(conversation, ()):
            outbox.put(text, about=about)

    def reconnect(self, conversation: UUID) -> None:
        """Frames were lost: every socket of the conversation starts anew."""
        for outbox in self._outboxes.get(conversation, ()):
            outbox.reconnect()


followers = Followers()
