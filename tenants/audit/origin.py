"""From where something is done: kept beside the work at hand, so that nobody has to hand it on to `record`."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

# The first that is named in a header is meant: browsers also name those that they are like.
BROWSERS = [
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"), ("Chrome", "Chrome"), ("Version", "Safari"),
]  # fmt: skip
SYSTEMS = ["Windows", "Android", "iPhone", "iPad", "CrOS", "Mac OS X", "Linux"]


@dataclass(frozen=True)
class Origin:
    address: str = ""
    agent: str = ""
    session_key: Callable[[], str | None] = lambda: None

    @property
    def session(self) -> str:
        """Tells sessions apart, and opens none. Read late: a sign-in changes the key."""
        key = self.session_key()
        return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


NOWHERE = Origin()  # our own tasks and commands
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=NOWHERE)


def current_origin() -> Origin:
    return _origin.get()


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


class OriginMiddleware:
    """The address is the one that the web server gives, which knows whose forwarding headers it believes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(
            address=str(request.META.get("REMOTE_ADDR") or "")[:45],
            agent=short_agent(request.headers.get("User-Agent", "")),
            session_key=lambda: request.session.session_key,
        )
        with coming_from(origin):
            return self.get_response(request)


def of_socket(scope: dict[str, Any], session: str | None) -> Origin:
    headers = dict(scope.get("headers") or ())
    return Origin(
        address=str((scope.get("client") or [""])[0])[:45],
        agent=short_agent(headers.get(b"user-agent", b"").decode("latin-1")),
        session_key=lambda: session,
    )


def short_agent(header: str) -> str:
    """Such as "Firefox 128, Linux"; of a program its name and version."""
    system = next((name for name in SYSTEMS if name in header), "").replace("Mac OS X", "macOS")
    for token, name in BROWSERS:
        if found := re.search(rf"\b{token}[A-Za-z]*/(\d+)", header):
            return ", ".join(filter(None, (f"{name} {found[1]}", system)))
    first = header.split(" ", 1)[0]
    return "".join(c for c in first if c.isprintable() and c.isascii())[:80]
