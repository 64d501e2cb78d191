"""Who tried what they may not: an event in their organisation's log, so few that nobody can flood it."""

import logging
from collections.abc import Callable
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
REASONS = {HTTPStatus.FORBIDDEN: "not allowed", HTTPStatus.NOT_FOUND: "not found or not theirs"}


class RefusalMiddleware:
    """Innermost, within the scope of the organisation that the person is in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.member and is_attempt(request, response):
            try:
                news = is_news(request, response)
            except (RedisError, OSError):  # uncounted, they could flood the log
                news = False
            if news:
                tell(request, response)
        return response


def is_attempt(request: HttpRequest, response: HttpResponse) -> bool:
    """Something forbidden, or an object by its id that is not there for them. A mistyped address is none."""
    match = request.resolver_match
    if match is None:
        return False
    return response.status_code == HTTPStatus.FORBIDDEN or (
        response.status_code == HTTPStatus.NOT_FOUND and object_of(request) is not None
    )


def is_news(request: TenantRequest, response: HttpResponse) -> bool:
    person, match = request.user.pk, request.resolver_match
    assert match  # an attempt has one
    if not cache.add(f"refused:{person}:{match.route}:{response.status_code}", 1, AN_HOUR):
        return False
    cache.add(f"refused:{person}", 0, AN_HOUR)
    try:
        count = cache.incr(f"refused:{person}")
    except ValueError:  # the hour ended between the two
        return True
    if count == AT_MOST + 1:
        log.warning("a person is refused so often that further refusals are not recorded for an hour")
    return count <= AT_MOST


def tell(request: TenantRequest, response: HttpResponse) -> None:
    assert request.resolver_match
    record(
        "access.refused",
        actor=request.user.pk,
        subject=object_of(request),
        address=f"/{request.resolver_match.route}",
        method=request.method,
        reason=REASONS[HTTPStatus(response.status_code)],
    )


def object_of(request: HttpRequest) -> UUID | None:
    """The id in the address, whatever the route calls it."""
    assert request.resolver_match
    for value in request.resolver_match.kwargs.values():
        try:
            return value if isinstance(value, UUID) else UUID(str(value))
        except ValueError:
            continue
    return None
