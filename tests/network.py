"""A network between browser and server that fails as real ones do: it drops, refuses, stalls and closes one half.

A fault strikes when so many bytes have gone to the browsers, and ends after so many bytes or refused connections:
nothing here looks at a clock.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 65536


@dataclass(frozen=True)
class Fault:
    """`kind` is drop | refuse | stall | half_close | deaf; it strikes once `after` more bytes have passed downwards.

    `lasts` is how many connections are refused, or after how many piled-up bytes what stalls is dropped. It strikes
    every connection, or the one that received last.
    """

    kind: str
    after: int = 0
    lasts: int = 0
    everywhere: bool = True


@dataclass(eq=False)
class Link:
    """One connection of a browser and its counterpart at the server."""

    browser: asyncio.StreamWriter
    server: asyncio.StreamWriter
    stalled: bool = False
    ended: bool = False  # what the server says is not passed on any more
    deaf: bool = False  # what the browser says is taken and lost
    piled: bytearray = field(default_factory=bytearray)
    patience: int = 0

    def cut(self) -> None:
        for writer in (self.browser, self.server):
            writer.transport.abort()


class Network:
    """To be used from any thread."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._links: set[Link] = set()
        self._plan: deque[Fault] = deque()
        self._passed = 0
        self._refusing = 0
        self._held = False  # what the server says piles up, on new connections too
        self.struck: list[str] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def plan(self, *faults: Fault) -> None:
        """What happens from now on, one after the other."""

        def begin() -> None:
            self._plan, self._passed = deque(faults), 0
            self._strike_those_due()

        self._do(begin)

    def calm(self) -> None:
        """No more faults. What stalls, or is half closed, is cut: its bytes are lost."""

        def end() -> None:
            self._plan.clear()
            self._refusing, self._held = 0, False
            for link in list(self._links):
                if link.stalled or link.deaf or link.ended:
                    link.cut()

        self._do(end)

    def hold(self) -> None:
        """From now on nothing that the server says arrives, while all that browsers say does."""

        def begin() -> None:
            self._held = True
            for link in self._links:
                self._stall(link, patience=1 << 60)

        self._do(begin)

    def cut(self) -> None:
        self._do(lambda: [link.cut() for link in list(self._links)])

    def down(self) -> None:
        """Until it is calm nobody gets a connection."""

        def begin() -> None:
            self._refusing = 1 << 60
            for link in list(self._links):
                link.cut()

        self._do(begin)

    def close(self) -> None:
        self._do(lambda: [link.cut() for link in list(self._links)])
        self._do(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, action) -> None:
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            self._refusing -= 1
            writer.transport.abort()
            return
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:  # it is being restarted
            writer.transport.abort()
            return
        link = Link(writer, server)
        if self._held:
            self._stall(link, patience=1 << 60)
        self._links.add(link)
        try:
            await asyncio.gather(self._up(reader, link), self._down(from_server, link))
        finally:
            self._links.discard(link)
            link.cut()

    async def _up(self, reader: asyncio.StreamReader, link: Link) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if not link.deaf:
                    link.server.write(data)
            link.server.write_eof()

    async def _down(self, reader: asyncio.StreamReader, link: Link) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                self._passed += len(data)
                if link.stalled:
                    link.piled += data
                    if len(link.piled) >= link.patience:
                        link.cut()
                elif not (link.ended or link.browser.is_closing()):
                    link.browser.write(data)
                self._strike_those_due(link)
            if not (link.stalled or link.ended):
                link.browser.write_eof()

    def _strike_those_due(self, receiving: Link | None = None) -> None:
        while self._plan and self._plan[0].after <= self._passed:
            fault = self._plan.popleft()
            self._passed = 0
            self.struck.append(fault.kind)
            for link in list(self._links):
                if fault.everywhere or link is receiving:
                    self._strike(fault, link)
            if fault.kind == "refuse":
                self._refusing = fault.lasts

    def _strike(self, fault: Fault, link: Link) -> None:
        match fault.kind:
            case "drop" | "refuse":
                link.cut()
            case "stall":
                self._stall(link, patience=fault.lasts)
            case "half_close":
                link.ended = True
                with suppress(OSError):
                    link.browser.write_eof()
            case "deaf":
                link.deaf = True

    @staticmethod
    def _stall(link: Link, *, patience: int) -> None:
        link.stalled, link.patience = True, patience


@contextmanager
def network_before(target: int) -> Iterator[Network]:
    network = Network(target)
    try:
        yield network
    finally:
        network.close()
