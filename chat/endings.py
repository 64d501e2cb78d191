"""When someone's access ends, what is open for them closes at once, in every web process.

Their sockets are in a channel group of their own. Answers belong to no socket, so each process that writes some
listens itself.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

WRITERS = "writers"
ENDED = "access.ended"
PATIENCE = 2.0


def sockets_of(user: UUID) -> str:
    return f"person.{user.hex}"


def announce(user: UUID, tenant: UUID | None) -> None:
    async_to_sync(tell)(user, tenant)


async def tell(user: UUID, tenant: UUID | None) -> None:
    """Every process; `tenant` None means every organisation."""
    layer: Any = get_channel_layer()
    if layer is None:
        return
    event = {"type": ENDED, "user": user.hex, "tenant": tenant.hex if tenant else ""}
    for group in (WRITERS, sockets_of(user)):
        await layer.group_send(group, event)


def concerns(event: dict[str, Any], tenant: UUID) -> bool:
    return event["tenant"] in ("", tenant.hex)


class EndOfAccess:
    """Calls `heard` with each event that reaches this process."""

    def __init__(self, heard: Callable[[dict[str, Any]], None]) -> None:
        self._heard = heard
        self._task: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Return once events arrive here; without its channel layer a process goes on unheard."""
        if self._task is not None and not self._task.done():
            return
        listening = asyncio.Event()
        self._task = asyncio.create_task(self._work(listening), name="end-of-access")
        with suppress(TimeoutError):
            await asyncio.wait_for(listening.wait(), PATIENCE)

    async def _work(self, listening: asyncio.Event) -> None:
        layer: Any = get_channel_layer()
        while layer is not None:
            try:
                channel = await layer.new_channel()
                await layer.group_add(WRITERS, channel)
                listening.set()
                while True:
                    self._heard(await layer.receive(channel))
            except (RedisError, OSError):
                log.warning("the channel layer does not answer: the end of someone's access is not heard")
                await asyncio.sleep(PATIENCE)
