"""Who tried what they may not: an event in their organisation's log, so few that nobody can flood it."""

import logging
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from tenants.actions import record
from tenants.middleware import TenantRequest

log = logging.getLogger("tenants.security")

AN_HOUR = 3600
AT_MOST = 30  # events about one person within the hour, and one about the same address and answer
NOT_THEIRS = "not found or not theirs"
REASONS = {HTTPStatus.FORBIDDEN: "not allowed", HTTPStatus.NOT_FOUND: NOT_THEIRS}


class RefusalMiddleware:
    """Innermost, within the scope of the organisation that the person is in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.member and request.resolver_match and is_attempt(request, response):
            tell_refusal(
                request.user.pk,
                address=f"/{request.resolver_match.route}",
                method=request.method or "",
                reason=REASONS[HTTPStatus(response.status_code)],
                subject=object_of(request),
            )
        return response


def is_attempt(request: HttpRequest, response: HttpResponse) -> bool:
    """Something forbidden, or an object by its id that is not there for them. A mistyped address is none."""
    return response.status_code == HTTPStatus.FORBIDDEN or (
        response.status_code == HTTPStatus.NOT_FOUND and object_of(request) is not None
    )


def object_of(request: HttpRequest) -> UUID | None:
    """The id in the address, whatever the route calls it."""
    assert request.resolver_match  # without one there is no attempt
    for value in request.resolver_match.kwargs.values():
        try:
            return value if isinstance(value, UUID) else UUID(str(value))
        except ValueError:
            continue
    return None


def tell_refusal(person: UUID, *, address: str, method: str, reason: str, subject: UUID | None) -> None:
    """In the open scope, unless it has been told within the hour or too much has."""
    try:
        news = is_news(person, f"{address}:{reason}")
    except (RedisError, OSError):  # uncounted, they could flood the log
        news = False
    if news:
        record("access.refused", actor=person, subject=subject, address=address, method=method, reason=reason)


def is_news(person: UUID, what: str) -> bool:
    digest = sha256(what.encode()).hexdigest()  # a key may hold no spaces
    if not cache.add(f"refused:{person}:{digest}", 1, AN_HOUR):
        return False
    cache.add(f"refused:{person}", 0, AN_HOUR)
    try:
        count = cache.incr(f"refused:{person}")
    except ValueError:  # the hour ended between the two
        return True
    if count == AT_MOST + 1:
        log.warning("a person is refused so often that further refusals are not recorded for an hour")
    return count <= AT_MOST
