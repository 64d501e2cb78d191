"""A WebSocket client as lean as can be: raw frames on an asyncio protocol.

A hundred clients share the machine with the server they measure, so what they cost must be small; and the
bytes on the wire are counted here, which a library hides. Text frames only, no extensions unless `deflate` is
set, which offers compression as browsers do.
"""

import asyncio
import base64
import os
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

FIN, RSV1, TEXT, CLOSE, PING, PONG = 0x80, 0x40, 0x1, 0x8, 0x9, 0xA


class Refused(Exception):
    """The server did not switch to WebSocket."""


class WebSocket(asyncio.Protocol):
    """`on_text` gets each message; `on_closed` the close code, 1006 when the connection just ended."""

    def __init__(self, on_text: Callable[[bytes], None], on_closed: Callable[[int], None]) -> None:
        self.on_text, self.on_closed = on_text, on_closed
        self.transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = bytearray()
        self.parts = bytearray()  # of a message in several frames
        self.compressed = False
        self.inflater = zlib.decompressobj(-15)
        self.bytes_received = 0  # after the handshake
        self.frames_received = 0
        self.handshaking = True
        self.close_code = 1006

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if not self.opened.done():
            self.opened.set_exception(Refused("The connection ended during the handshake."))
        self.on_closed(self.close_code)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.handshaking:
            self._finish_handshake()
        else:
            self.bytes_received += len(data)
        while not self.handshaking and self._take_frame():
            pass

    def _finish_handshake(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        status = bytes(self.received[: self.received.find(b"\r\n")])
        del self.received[: end + 4]
        self.bytes_received += len(self.received)
        if b" 101 " not in status + b" ":
            self.opened.set_exception(Refused(status.decode("latin-1")))
            self.close()
            return
        self.handshaking = False
        self.opened.set_result(None)

    def _take_frame(self) -> bool:
        """Deal with one whole frame. Frames of a server are never masked."""
        buffer = self.received
        if len(buffer) < 2:
            return False
        size, start = buffer[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size or len(buffer) < start:
            return False
        first, payload = buffer[0], bytes(buffer[start : start + size])
        del buffer[: start + size]
        self.frames_received += 1
        self._frame(first, payload)
        return True

    def _frame(self, first: int, payload: bytes) -> None:
        code = first & 0x0F
        if code == PING:
            self._send_frame(PONG, payload)
        elif code == CLOSE:
            self.close_code = int.from_bytes(payload[:2]) if payload else 1005
            self.close()
        elif code in (0, TEXT):
            self.compressed = bool(first & RSV1) if code == TEXT else self.compressed
            self.parts += payload
            if first & FIN:
                message, self.parts = bytes(self.parts), bytearray()
                if self.compressed:
                    message = self.inflater.decompress(message + b"\x00\x00\xff\xff")
                self.on_text(message)

    def send_text(self, text: str) -> None:
        self._send_frame(TEXT, text.encode())

    def _send_frame(self, code: int, payload: bytes) -> None:
        """Masked, as a client must; the mask is zero, which is valid and costs nothing."""
        if self.transport is None:
            return
        size = len(payload)
        if size < 126:
            head = bytes((FIN | code, 0x80 | size))
        elif size < 65_536:
            head = bytes((FIN | code, 0x80 | 126)) + size.to_bytes(2)
        else:
            head = bytes((FIN | code, 0x80 | 127)) + size.to_bytes(8)
        self.transport.write(head + b"\x00\x00\x00\x00" + payload)

    def close(self) -> None:
        if self.transport is not None:
            self._send_frame(CLOSE, (1000).to_bytes(2))
            self.transport.close()


async def connect(
    url: str,
    *,
    on_text: Callable[[bytes], None],
    on_closed: Callable[[int], None] = lambda code: None,
    cookie: str = "",
    deflate: bool = False,
    timeout: float = 30,
) -> WebSocket:
    """An open socket to ws://host:port/path, with the origin that the server expects of its own pages."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout):
        _, socket = await loop.create_connection(
            lambda: WebSocket(on_text, on_closed), parts.hostname or "", parts.port or 80
        )
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {parts.path or '/'} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Origin: http://{parts.netloc}",
        ]
        if deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        if cookie:
            lines.append(f"Cookie: {cookie}")
        assert socket.transport is not None
        socket.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await socket.opened
    return socket
