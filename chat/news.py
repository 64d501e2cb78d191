"""What all tabs and devices of a person hear, whichever conversation they follow, in every web process.

It is rare and nothing depends on it: who misses it sees the same when they load the page.
"""

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from chat import protocol
from chat.endings import sockets_of

log = logging.getLogger(__name__)


async def tell(
    user: UUID, tenant: UUID, frame: protocol.Frame, *, but_followers_of: UUID | None = None
) -> None:
    """`but_followers_of` a conversation, which have heard of it already."""
    layer: Any = get_channel_layer()
    if layer is None:
        return
    known = but_followers_of.hex if but_followers_of else ""
    event = {"type": "news", "tenant": tenant.hex, "text": protocol.encode(frame), "known": known}
    try:
        await layer.group_send(sockets_of(user), event)
    except (RedisError, OSError):
        log.warning("the channel layer does not answer: a person's other tabs were not told")


def tell_now(user: UUID, tenant: UUID, frame: protocol.Frame) -> None:
    async_to_sync(tell)(user, tenant, frame)
