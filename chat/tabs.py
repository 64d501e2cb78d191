"""What a person changes in one tab is told to all their tabs, in every web process. Nobody else hears of it."""

import logging
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from chat.endings import sockets_of
from chat.protocol import Frame
from tenants.access import Member

log = logging.getLogger(__name__)


def tell_tabs(member: Member, frame: Frame) -> None:
    """Once what it tells of is committed."""
    transaction.on_commit(partial(async_to_sync(tell_tabs_now), member, frame))


async def tell_tabs_now(member: Member, frame: Frame, *, but: str = "") -> None:
    """All but the tab of the channel `but`. A tab that is not reached shows it when it is loaded again."""
    layer: Any = get_channel_layer()
    if layer is None:
        return
    event = {"type": "tab.frame", "tenant": member.tenant.hex, "frame": frame, "but": but}
    try:
        await layer.group_send(sockets_of(member.user), event)
    except (RedisError, OSError):
        log.warning("the channel layer does not answer: other tabs do not hear of a change")
