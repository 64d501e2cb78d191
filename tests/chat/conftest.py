"""A real web server on a real socket, a scripted model behind it, and documents through the real pipeline."""

import io
import json
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn
import websockets
from django.test import Client

from benchmarks.upstream import Upstream, serving
from ingestion import embed, index, pipeline
from ingestion.actions import accept_upload
from ingestion.models import Collection, Document
from tenants.access import require_member
from tenants.models import User
from tenants.scoping import tenant_scope

POLICY = (
    "# Parental leave\n\nEvery parent gets 16 weeks of parental leave at full pay.\n\n"
    "# Travel\n\nHotels in Oslo may cost up to 180 euros a night.\n"
)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as running:
        yield running


@pytest.fixture
def installation(transactional_db, settings, tmp_path, upstream) -> Upstream:
    """Files, index and models of this test alone."""
    settings.VAR_DIR = tmp_path
    settings.EMBEDDING_URL = settings.CHAT_URL = upstream.url
    settings.EMBEDDING_MODEL, settings.EMBEDDING_DIMENSION = "instant", 384
    settings.CHAT_MODEL, settings.CHAT_KEY = "cite", "key"
    index._open.cache_clear()
    embed._queries.clear()
    return upstream


@pytest.fixture
def local_model(installation, settings) -> Iterator[None]:
    """The real embedding model in place of the scripted one."""
    settings.EMBEDDING_URL = ""
    yield
    state = settings.VAR_DIR / "run" / "local-models.json"
    if state.exists():
        os.kill(json.loads(state.read_text())["pid"], signal.SIGTERM)


@pytest.fixture
def upload() -> Callable[..., Document]:
    """A document through the real pipeline."""

    def add(user: User, collection: Collection, text: str = POLICY, name: str = "policy.md") -> Document:
        with tenant_scope(collection.tenant_id):
            member = require_member(user.id, tenant=collection.tenant_id)
            file = io.BytesIO(text.encode())
            accepted = accept_upload(file, name=name, collection=collection, member=member, send=False)
            pipeline.ingest(accepted.version.pk)
            accepted.document.refresh_from_db()
        return accepted.document

    return add


@pytest.fixture(scope="session")
def web(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The address of a running uvicorn, as host:port."""
    with django_db_blocker.unblock():
        from assistant.config.asgi import application

    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, log_level="warning", ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True, name="web")
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Tab:
    """One socket, as a browser's tab holds it."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def frame(self) -> dict[str, Any]:
        return json.loads(await self.socket.recv())

    async def opened(self) -> None:
        """Return once the server has looked at who this is: it accepts a socket before that."""
        await self.send(type="ping")
        await self.until("pong")

    async def until(self, *types: str) -> list[dict[str, Any]]:
        """Frames up to and with the first of one of these types."""
        frames = [await self.frame()]
        while frames[-1]["type"] not in types:
            frames.append(await self.frame())
        return frames

    async def ask(
        self, text: str, conversation: str | None = None, client_id: str = "c1"
    ) -> list[dict[str, Any]]:
        await self.send(type="ask", client_id=client_id, conversation=conversation, text=text)
        return await self.until("finished", "failed")


@pytest.fixture
def tab(web: str) -> Callable[..., Any]:
    """`async with tab(bob) as t:` opens a socket with the person's session; None opens one without."""
    return partial(open_tab, web)


@asynccontextmanager
async def open_tab(
    web: str, user: User | None, client: Client | None = None, origin: str = ""
) -> AsyncIterator[Tab]:
    headers = {"Origin": origin or f"http://{web}"}
    if user:
        headers["Cookie"] = f"sessionid={await _session(user, client)}"
    address = f"ws://{web}/ws/chat/"
    async with websockets.connect(address, additional_headers=headers, max_queue=None) as socket:
        yield Tab(socket)


async def _session(user: User, client: Client | None) -> str:
    from asgiref.sync import sync_to_async

    def sign_in() -> str:
        browser = client or Client()
        if "sessionid" not in browser.cookies:
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser.cookies["sessionid"].value

    return await sync_to_async(sign_in)()


def text_of(frames: list[dict[str, Any]]) -> str:
    """The answer's text as a browser puts it together; fails on a gap."""
    text = ""
    for frame in frames:
        if frame["type"] in ("delta", "snapshot"):
            assert frame["offset"] <= len(text), "a gap"
            text = text[: frame["offset"]] + frame["text"]
    return text
