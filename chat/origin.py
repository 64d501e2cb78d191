"""Sockets are opened by our own pages alone: browsers send cookies along whichever page asks.

The rule is that of Django's check of forms, and stricter than "an allowed host": another port of this machine, or the
same name without TLS, is another site.
"""

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

SCHEMES = {"ws": "http", "wss": "https"}


class SameOrigin:
    """Asks for an Origin that is the address the socket was opened at, or PUBLIC_URL."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        inner = self.application if is_own(scope) else WebsocketDenier()
        return await inner(scope, receive, send)


def is_own(scope: dict[str, Any]) -> bool:
    origins, hosts = header(scope, b"origin"), header(scope, b"host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    [origin], [host] = origins, hosts
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    scheme = "https" if settings.HTTPS else SCHEMES[scope.get("scheme", "ws")]
    return origin == f"{scheme}://{host}" and validate_host(
        split_domain_port(host)[0], settings.ALLOWED_HOSTS
    )


def header(scope: dict[str, Any], name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
