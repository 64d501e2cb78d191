"""Where sources may connect to: public addresses, and the private networks that the operator names.

The check and the connection are one step. A host is resolved once, every address it resolves to must pass, and the
socket is connected to an address that did: a name that answers differently the second time is never asked twice.
"""

import re
import socket
import ssl
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from django.conf import settings

from ingestion.sources.errors import AddressRefused, Unreachable
from tenants.addresses import is_inside, is_public

CONNECT_SECONDS = 10.0

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")

ODD_HOST = "This address is spelt in a way that hides where it leads. Enter its usual name."


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Inside a network that SOURCES_ALLOWED_NETWORKS names."""
    return is_inside(address, settings.SOURCES_ALLOWED_NETWORKS)


def plain_host(host: str) -> str:
    """The host in the one spelling that is resolved, compared and sent; raises AddressRefused for odd ones."""
    host = host.strip().lower()
    if ":" in host:
        return _plain_ipv6(host)
    try:
        host = host.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise AddressRefused(ODD_HOST) from error
    labels = host.split(".")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(ODD_HOST)
    if NUMERIC.fullmatch(labels[-1]):  # a number to whoever connects: only the usual four parts are taken
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise AddressRefused(ODD_HOST) from error
    return host


def _plain_ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except ValueError as error:
        raise AddressRefused(ODD_HOST) from error
    if address.scope_id:
        raise AddressRefused(ODD_HOST)
    return str(address)


def resolve(host: str, port: int) -> list[tuple[int, Any]]:
    """(family, socket address) of each address the host has, all of them allowed. Asked anew for each connection."""
    host = plain_host(host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {host} is not known. Check its spelling.") from error
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        if not is_public(address) and not is_allowed(address):
            raise AddressRefused(
                f"{host} leads into a private network, which sources must not reach. "
                "The operator can allow it with SOURCES_ALLOWED_NETWORKS."
            )
    return [(int(family), place) for family, _, _, _, place in found]


def connect(host: str, port: int, *, seconds: float = CONNECT_SECONDS) -> socket.socket:
    """A connection to one of the host's addresses, each of which was checked. Uses no proxy."""
    until = time.monotonic() + seconds
    for family, place in resolve(host, port):
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(max(0.01, until - time.monotonic()))
            line.connect(place)
        except OSError:
            line.close()
            continue
        return line
    raise Unreachable(f"{host} does not answer at port {port}.")


def secure(line: socket.socket, host: str, *, seconds: float = CONNECT_SECONDS) -> ssl.SSLSocket:
    """TLS over a connection, with a certificate that is valid for the host's name."""
    host = plain_host(host)
    line.settimeout(seconds)
    try:
        return tls().wrap_socket(line, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        line.close()
        raise Unreachable(f"The certificate of {host} cannot be trusted: {error.verify_message}.") from error
    except (OSError, ValueError) as error:
        line.close()
        raise Unreachable(f"No secure connection to {host} came about.") from error


def tls() -> ssl.SSLContext:
    """The system's authorities, and those of SOURCES_CA_FILE."""
    context = ssl.create_default_context()
    if settings.SOURCES_CA_FILE:
        context.load_verify_locations(Path(settings.SOURCES_CA_FILE))
    return context
