"""The upstream asked directly over a kept-open connection: the baseline for every time to first token."""

import asyncio
import json
import time
from urllib.parse import urlsplit

from benchmarks.upstream.answers import STAMP

PROMPT = "Passages of a typical size. " * 300  # about what the application sends with eight passages


class Direct(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.asked = 0.0
        self.first: float | None = None
        self.delays: list[float] = []
        self.done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        for _, sent in STAMP.findall(data.decode()):
            if self.first is None:
                self.first = now - self.asked
            self.delays.append(now - int(sent) / 1e6)
        if data.endswith(b"0\r\n\r\n") and self.done is not None:
            self.done.set_result(None)

    async def ask(self, question: str, *, model: str) -> float:
        """Seconds to the first token; `delays` then holds those of all tokens."""
        assert self.transport is not None
        messages = [{"role": "system", "content": PROMPT}, {"role": "user", "content": question}]
        body = json.dumps({"model": model, "stream": True, "messages": messages}).encode()
        self.asked, self.first, self.delays = time.monotonic(), None, []
        self.done = asyncio.get_running_loop().create_future()
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: upstream\r\nContent-Type: application/json\r\n"
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        async with asyncio.timeout(60):
            await self.done
        assert self.first is not None
        return self.first

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def connect_directly(url: str) -> Direct:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, direct = await loop.create_connection(Direct, parts.hostname or "", parts.port or 80)
    return direct
