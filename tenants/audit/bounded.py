"""Events that others can cause as often as they like: so few are told that nobody can flood the log."""

import logging
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from tenants.actions import record

log = logging.getLogger("tenants.security")

AN_HOUR = 3600
AT_MOST = 30  # events within the hour by one person, token or invitation, and one of the same kind


def tell(
    action: str, *, whose: UUID, what: str, actor: UUID | None, subject: UUID | None, **detail: Any
) -> None:
    """In the open scope, unless `what` has been told of `whose` within the hour, or too much has."""
    try:
        news = is_news(whose, f"{action}:{what}")
    except (RedisError, OSError):  # uncounted, they could flood the log
        news = False
    if news:
        record(action, actor=actor, subject=subject, **detail)


def is_news(whose: UUID, what: str) -> bool:
    digest = sha256(what.encode()).hexdigest()  # a key may hold no spaces
    if not cache.add(f"refused:{whose}:{digest}", 1, AN_HOUR):
        return False
    cache.add(f"refused:{whose}", 0, AN_HOUR)
    try:
        count = cache.incr(f"refused:{whose}")
    except ValueError:  # the hour ended between the two
        return True
    if count == AT_MOST + 1:
        log.warning("somebody is refused so often that further refusals are not recorded for an hour")
    return count <= AT_MOST
