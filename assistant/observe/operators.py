"""Who counts as the operator at an address without a sign-in: the holder of METRICS_TOKEN, or this very machine.

Without a token only loopback is let in, and only where no proxy can stand between: a proxy on the same machine would
make everybody look local. So a request that was passed on, one for another name than the machine's own (as a web page
could send by rebinding its name), and any at all once PUBLIC_URL is set, is a stranger's.
"""

from ipaddress import ip_address
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest

PASSED_ON = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_VIA")


def is_operator(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        return holds_token(request.META.get("HTTP_AUTHORIZATION", ""))
    if settings.PUBLIC_URL or any(name in request.META for name in PASSED_ON):
        return False
    return is_loopback(request.META.get("REMOTE_ADDR") or "") and is_loopback(_host(request))


def holds_token(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(
        token.strip().encode(), settings.METRICS_TOKEN.encode()
    )


def is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _host(request: HttpRequest) -> str:
    """The Host header without its port."""
    host = str(request.META.get("HTTP_HOST", ""))
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
