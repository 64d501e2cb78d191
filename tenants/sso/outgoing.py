"""The only way from here to an identity provider, whose address an organisation's admin has typed.

A host is resolved once and connected to only if every address it has is public or in SSO_ALLOWED_NETWORKS. Nothing is
redirected, no proxy or netrc is taken from the environment, and an answer is bounded in bytes and in seconds, in all.
"""

import socket
import ssl
import threading
import time
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from tenants.addresses import is_inside, is_public

SILENCE_SECONDS = 5.0
SECONDS = 10.0
LONGEST_ANSWER = 1024 * 1024
LOOPBACK = ["127.0.0.0/8", "::1/128"]


class Refused(requests.RequestException):
    """The message is a sentence for the admin who typed the address."""


class Barred(Exception):
    """The same from inside a connection: what is an OSError, urllib3 takes for a fault of the network."""


def check_url(url: Any) -> None:
    """Only https, and http to this machine itself where the operator allows that."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        plain = parts.scheme == "http" and is_own_machine(parts.hostname or "")
    except ValueError:
        raise Refused("The address is misspelt.") from None
    if not parts.hostname or (parts.scheme != "https" and not plain):
        raise Refused("Only addresses that begin with https:// are used.")
    if parts.username is not None or parts.password is not None:
        raise Refused("Leave user name and password out of the address.")


def is_own_machine(host: str) -> bool:
    """A loopback address, spelt as a number, that SSO_ALLOWED_NETWORKS holds."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return is_inside(address, LOOPBACK) and is_inside(address, settings.SSO_ALLOWED_NETWORKS)


def checked_place(host: str, port: int) -> Any:
    """A socket address of the host. Barred when one of its addresses is in a private network."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Barred(f"The name {host} is not known. Check its spelling.") from error
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        if not is_public(address) and not is_inside(address, settings.SSO_ALLOWED_NETWORKS):
            raise Barred(
                f"{host} leads into a private network. The operator can allow it with SSO_ALLOWED_NETWORKS."
            )
    return found[0][4]


class CheckedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        place = checked_place(self.host, self.port or self.default_port)
        try:
            line = socket.create_connection(place[:2], SILENCE_SECONDS)
        except OSError as error:
            raise NewConnectionError(self, "no answer") from error
        end_after(line, SECONDS)
        return line


class CheckedHTTPSConnection(CheckedHTTPConnection, HTTPSConnection):
    pass


class CheckedHTTPPool(HTTPConnectionPool):
    ConnectionCls = CheckedHTTPConnection


class CheckedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = CheckedHTTPSConnection


def end_after(line: socket.socket, seconds: float) -> None:
    """Cut the connection then, however slowly the other side drips. A copy: TLS takes the socket itself away."""
    copy = line.dup()

    def cut() -> None:
        with copy:
            try:
                copy.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended by itself

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()


@lru_cache(maxsize=1)
def trusting(authority: str) -> ssl.SSLContext:
    """The system's authorities, and those of a file. Read once: it takes longer than a request."""
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(Path(authority))
    return context


class CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=trusting(settings.SSO_CA_FILE), **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": CheckedHTTPPool, "https": CheckedHTTPSPool}


class CheckedSession(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", CheckedAdapter())
        self.mount("http://", CheckedAdapter())

    def request(self, method: Any, url: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        check_url(url)
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": SILENCE_SECONDS}
        try:
            response = super().request(method, url, **kwargs)
        except Barred as error:
            raise Refused(str(error)) from error
        with response:
            read_bounded(response)
        if response.is_redirect:
            raise Refused("The address redirects elsewhere. Enter the address where the redirect ends.")
        return response


def read_bounded(response: requests.Response) -> None:
    until, body = time.monotonic() + SECONDS, b""
    for block in response.iter_content(16 * 1024):
        body += block
        if len(body) > LONGEST_ANSWER or time.monotonic() > until:
            raise Refused("The address sends more than such an answer can be, or too slowly.")
    response._content = body
