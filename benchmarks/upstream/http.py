"""Just enough HTTP/1.1 for the upstream, straight on an asyncio protocol.

A framework would cost more processor time than the application being measured beside it.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Connection(asyncio.Protocol):
    """One keep-alive connection: hands each request to `handle` and waits for its reply before the next."""

    def __init__(self, handle: Callable[[Request, "Connection"], None]) -> None:
        self.handle = handle
        self.on_closed: Callable[[], None] | None = None
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.on_closed is not None:
            self.on_closed()

    @property
    def client(self) -> int:
        """The port at the other end."""
        return int(self.transport.get_extra_info("peername")[1]) if self.transport else 0

    def data_received(self, data: bytes) -> None:
        self.received += data
        self._take_request()

    def _take_request(self) -> None:
        head_end = self.received.find(b"\r\n\r\n")
        if self.busy or head_end < 0:
            return
        first, *lines = self.received[:head_end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        end = head_end + 4 + int(headers.get("content-length", 0))
        if len(self.received) < end:
            return
        method, path, _ = first.split(" ", 2)
        body = bytes(self.received[head_end + 4 : end])
        del self.received[:end]
        self.busy = True
        self.handle(Request(method, path, headers, body), self)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def reply(
        self, body: bytes, *, status: int = 200, kind: str = "application/json", head: str = ""
    ) -> None:
        """Send a whole response. `head` is extra header lines, each ending in CRLF."""
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {kind}\r\n"
        self.write(f"{line}{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self._done()

    def reply_json(self, value: Any, *, status: int = 200, head: str = "") -> None:
        self.reply(json.dumps(value).encode(), status=status, head=head)

    def end_stream(self) -> None:
        self.write(b"0\r\n\r\n")
        self._done()

    def _done(self) -> None:
        self.busy = False
        self.on_closed = None
        if self.received:
            self._take_request()

    def reset(self) -> None:
        """Break off as a dying server does: a TCP reset instead of an orderly end."""
        if self.transport is None:
            return
        if sock := self.transport.get_extra_info("socket"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


def chunk(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(payload), payload)
