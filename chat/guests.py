"""The end of a guest's time closes what this process holds open for them, at that moment.

Each request compares it with the clock in any case. A task a guest sleeps until then, asks again (an admin may have
given them longer, or less), and tells sockets and answers like any other end of access.
"""

import asyncio
from uuid import UUID

from django.utils import timezone

from chat.endings import tell
from tenants.access import Member, member_of
from tenants.db import in_database

LONGEST = 3600.0  # seconds asleep: clocks are set, and machines sleep too
_watched: dict[tuple[UUID, UUID], asyncio.Task[None]] = {}


def watch(member: Member) -> None:
    """To be called on the event loop, for whoever has opened something here."""
    key = (member.user, member.tenant)
    if member.expires is not None and key not in _watched:
        task = asyncio.create_task(_until_over(member), name=f"guest-{member.user}")
        _watched[key] = task
        task.add_done_callback(lambda done: _watched.pop(key, None))


async def _until_over(member: Member) -> None:
    now: Member | None = member
    while now is not None:
        if now.expires is None:
            return
        left = (now.expires - timezone.now()).total_seconds()
        await asyncio.sleep(min(max(left, 0.01), LONGEST))
        now = await in_database(member_of, member.user, tenant=member.tenant)
    await tell(member.user, member.tenant)
