"""The only way from a source onto the web: one request, one connection, to an address that was checked.

Each hop of a redirect is a request of its own and checked again. Nothing is taken from the environment (no proxy), no
cookie is kept, and what the other side sends is limited in bytes, after decompression, and in seconds, in all.
"""

import http.client
import io
import re
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any, BinaryIO
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

from ingestion.sources import addresses
from ingestion.sources.errors import AddressRefused, SourceError, TooMuch, Unreachable

USER_AGENT = "Colloquy/1.0 (document sync)"
PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
BLOCK = 64 * 1024
UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Limits:
    """Of one request with its redirects."""

    bytes: int
    seconds: float = 60.0
    silence: float = 20.0
    redirects: int = 5


@dataclass(frozen=True)
class Place:
    """A checked address, taken apart."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.target


def place_of(url: str) -> Place:
    """Where an address leads, in one spelling. Raises AddressRefused when sources must not go there."""
    parts = _parts(url)
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise AddressRefused("The address names a port that does not exist.") from error
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave user name and password out of the address.")
    if port not in (80, 443, *settings.SOURCES_ALLOWED_PORTS):
        raise AddressRefused(
            f"Port {port} is not allowed, only 80 and 443. The operator can add it to SOURCES_ALLOWED_PORTS."
        )
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?") if parts.query else ""
    return Place(parts.scheme, addresses.plain_host(parts.hostname or ""), port, path + query)


def _parts(url: str) -> SplitResult:
    if UNSAFE.search(url):
        raise AddressRefused(addresses.ODD_HOST)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise AddressRefused(addresses.ODD_HOST) from error
    if parts.scheme not in PORTS:
        raise AddressRefused("Only addresses that begin with http:// or https:// are read.")
    if not parts.hostname:
        raise AddressRefused("The address names no server.")
    if "[" in parts.netloc and ":" not in parts.hostname:  # an address family of the future
        raise AddressRefused(addresses.ODD_HOST)
    return parts


class Response:
    """Status and headers, and the body as it comes: decompressed, counted, in time. Close it."""

    def __init__(
        self, place: Place, answer: http.client.HTTPResponse, line: socket.socket, limits: Limits
    ) -> None:
        self.place = place
        self.url = place.url
        self.status = answer.status
        self.headers: Message = answer.headers
        self._answer, self._line, self._limits = answer, line, limits

    def blocks(self) -> Iterator[bytes]:
        count = 0
        for block in _decoded(self._raw(), self.headers.get("Content-Encoding", "")):
            count += len(block)
            if count > self._limits.bytes:
                raise TooMuch(f"It is larger than {_megabytes(self._limits.bytes)} MB.")
            yield block

    def _raw(self) -> Iterator[bytes]:
        while True:
            with plain_faults(self.place.host):
                block = self._answer.read1(BLOCK)
            if not block:
                # read1 ends quietly where a promised length is cut short: what is missing must not pass for all.
                if self._answer.length:
                    raise Unreachable(f"{self.place.host} ended its answer before all of it had come.")
                return
            yield block

    def read(self) -> bytes:
        return b"".join(self.blocks())

    def save(self, file: BinaryIO) -> None:
        for block in self.blocks():
            file.write(block)
        file.seek(0)

    def close(self) -> None:
        self._answer.close()
        self._line.close()


@contextmanager
def fetch(
    url: str,
    *,
    limits: Limits,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Iterator[Response]:
    """Follow redirects by hand: each hop is checked like the first, and another server is told no secrets."""
    place, until, headers = place_of(url), time.monotonic() + limits.seconds, dict(headers or {})
    for _ in range(limits.redirects + 1):
        left = replace(limits, seconds=until - time.monotonic())
        with request(place, limits=left, method=method, headers=headers, body=body) as response:
            target = response.headers.get("Location", "") if response.status in REDIRECTS else ""
            if not target:
                yield response
                return
            following = place_of(joined(place.url, target))
        if following.origin != place.origin:
            headers.pop("Authorization", None)
        place = following
    raise Unreachable("The address redirects again and again.")


@contextmanager
def request(
    place: Place, *, limits: Limits, method: str = "GET", headers: Mapping[str, str], body: bytes = b""
) -> Iterator[Response]:
    """One request on a connection of its own, redirects not followed."""
    line = _open(place, limits)
    try:
        with plain_faults(place.host):
            answer = _ask(place, _TimedLine(line, limits), method, headers, body)
        response = Response(place, answer, line, limits)
    except BaseException:
        line.close()
        raise
    try:
        yield response
    finally:
        response.close()


def _open(place: Place, limits: Limits) -> socket.socket:
    seconds = max(0.01, min(addresses.CONNECT_SECONDS, limits.seconds))
    line = addresses.connect(place.host, place.port, seconds=seconds)
    return addresses.secure(line, place.host, seconds=seconds) if place.scheme == "https" else line


def _ask(
    place: Place, line: "_TimedLine", method: str, headers: Mapping[str, str], body: bytes
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(place.host, place.port)
    connection.sock = line
    connection.putrequest(method, place.target, skip_host=True, skip_accept_encoding=True)
    ours = {"Host": place.authority, "User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
    for name, value in (ours | dict(headers) | {"Connection": "close"}).items():
        connection.putheader(name, value)
    if body or method in ("POST", "PUT"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    return connection.getresponse()


class _TimedLine:
    """A socket as http.client uses it, on which everything together ends in time."""

    def __init__(self, line: socket.socket, limits: Limits) -> None:
        self._line = line
        self._until = time.monotonic() + limits.seconds
        self._silence = limits.silence

    def wait_at_most(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(min(left, self._silence))

    def sendall(self, data: bytes) -> None:
        self.wait_at_most()
        self._line.sendall(data)

    def makefile(self, mode: str, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self, self._line), BLOCK)

    def close(self) -> None:
        """Left to Response: http.client lets go of its socket while the body is still to be read."""


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: _TimedLine, line: socket.socket) -> None:
        self._timed, self._line = timed, line

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self._timed.wait_at_most()
        return self._line.recv_into(into)


@contextmanager
def plain_faults(host: str) -> Iterator[None]:
    """In words, and without what the server said."""
    try:
        yield
    except TimeoutError as error:
        raise Unreachable(f"{host} took too long to answer.") from error
    except (OSError, http.client.HTTPException, ssl.SSLError, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise Unreachable(f"{host} broke off, or does not answer as a web server.") from error


def _decoded(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """A compressed body in small pieces, so that a bomb is noticed before it has gone off."""
    match encoding.strip().lower():
        case "" | "identity":
            yield from blocks
        case "gzip" | "x-gzip":
            yield from inflated(blocks, wbits=31)
        case "deflate":
            yield from inflated(blocks, wbits=15)
        case _:
            raise Unreachable("The server compressed its answer in a way that was not asked for.")


def inflated(blocks: Iterator[bytes], *, wbits: int = 31) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits)
    block = b""
    for block in blocks:
        waiting = block
        while waiting or inflate.unconsumed_tail:
            try:
                piece = inflate.decompress(waiting or inflate.unconsumed_tail, BLOCK)
            except zlib.error as error:
                raise Unreachable("The compressed answer is broken.") from error
            waiting = b""
            if piece:
                yield piece
            if inflate.eof:
                if not (rest := inflate.unused_data):
                    break
                inflate, waiting = zlib.decompressobj(wbits), rest
            elif not piece and not inflate.unconsumed_tail:
                break
    if block and not inflate.eof:
        raise Unreachable("The compressed answer ended before all of it had come.")


def joined(url: str, target: str) -> str:
    """Where a Location leads. Its bytes come as Latin-1 and are UTF-8 in truth."""
    try:
        target = target.strip().encode("latin-1").decode()
    except UnicodeError:
        target = target.strip()
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise AddressRefused(addresses.ODD_HOST) from error


def _megabytes(count: int) -> int:
    return max(1, count // (1024 * 1024))
