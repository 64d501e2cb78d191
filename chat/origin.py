"""Sockets are opened by our own pages alone: browsers send cookies along whichever page asks.

The rule is that of Django's check of forms, and stricter than "an allowed host": another port of this machine, or the
same name without TLS, is another site.
"""

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from tenants.audit.origin import coming_from, of_socket
from tenants.audit.refusals import FOREIGN_PAGE, tell_refusal
from tenants.db import in_database
from tenants.middleware import chosen_membership
from tenants.scoping import tenant_scope

SCHEMES = {"ws": "http", "wss": "https"}


class SameOrigin:
    """Asks for an Origin that is the address the socket was opened at, or PUBLIC_URL.

    It stands behind the sign-in, so that the person whose session another page has used can be named in the log.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if is_own(scope):
            return await self.application(scope, receive, send)
        await in_database(tell_of_foreign_page, scope)
        return await WebsocketDenier()(scope, receive, send)


def tell_of_foreign_page(scope: dict[str, Any]) -> None:
    user, session = scope["user"], scope["session"]
    member = chosen_membership(user, session) if user.is_authenticated else None
    if member:
        with tenant_scope(member.tenant), coming_from(of_socket(scope, session.session_key)):
            tell_refusal(member.user, address=scope["path"], method="open", reason=FOREIGN_PAGE, subject=None)


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
