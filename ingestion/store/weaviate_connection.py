"""The line to Weaviate: one client an event loop, a bound on every call, and what its errors mean."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import weaviate
from django.conf import settings
from weaviate import WeaviateAsyncClient
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.config import GrpcConfig
from weaviate.exceptions import WeaviateBaseError

from ingestion.errors import StoreUnavailable
from ingestion.store.breaker import Breaker
from tenants.observe import metrics

log = logging.getLogger(__name__)

T = TypeVar("T")

DOUBT_SECONDS = 0.4  # an answer later than this, and we look whether anybody is there at all
CONNECT_SECONDS = 2.0
GRPC_PORT = 50051
# Without a bound gRPC would wait up to two minutes before it tries a server again that is back for long.
GRPC_OPTIONS = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)]

DOWN = "The search index cannot be reached. It will be tried again."
REFUSED = "The search index refused the key. Check WEAVIATE_API_KEY."
SLOW = "The search index took too long to answer. It will be tried again."
ABSENT = ("tenant not found", "could not find class", "class not found", "not present in schema")
BROKEN = "The search index could not do this. It will be tried again; its log says more."

_breaker = Breaker()  # there is one Weaviate for all stores of a process
Connecting = asyncio.Future[WeaviateAsyncClient]
Address = tuple[str, int, bool]
Place = tuple[asyncio.AbstractEventLoop, tuple[Address, Address], str]
_clients: dict[Place, tuple[Connecting, AsyncGenerator[WeaviateAsyncClient]]] = {}


async def call(work: Callable[[WeaviateAsyncClient], Awaitable[T]], *, otherwise: T, patience: float) -> T:
    """What `work` gives within `patience` seconds; `otherwise` when collection or tenant do not exist.

    Raises StoreUnavailable, and at once while the breaker is open.
    """
    if not _breaker.admits():
        raise StoreUnavailable(DOWN)
    try:
        result = await _bounded(work, patience)
    except WeaviateBaseError as error:
        if is_absent(error):
            result = otherwise
        else:
            log.warning("Weaviate: %s", type(error).__name__, exc_info=error)
            _note_failure("refused" if is_refusal(error) else "failed")
            raise StoreUnavailable(REFUSED if is_refusal(error) else BROKEN) from error
    except TimeoutError as error:
        _note_failure("timed out")
        raise StoreUnavailable(str(error) or SLOW) from error
    _note_success()
    return result


def _note_failure(kind: str) -> None:
    metrics.store_failed(kind)
    if kind != "refused":
        _breaker.failed()
        metrics.store_breaker(is_open=_breaker.open)


def _note_success() -> None:
    if _breaker.open:
        metrics.store_breaker(is_open=False)
    _breaker.succeeded()


async def _bounded(work: Callable[[WeaviateAsyncClient], Awaitable[T]], patience: float) -> T:
    """The client alone would try for a minute to reach a server that is not there."""
    task = asyncio.ensure_future(work(await _client()))
    try:
        done, _ = await asyncio.wait({task}, timeout=min(DOUBT_SECONDS, patience))
        if not done and not await is_there():
            raise TimeoutError(DOWN)
        async with asyncio.timeout(patience):
            return await task
    finally:
        task.cancel()


async def is_there() -> bool:
    """Whether somebody listens at both of Weaviate's addresses."""
    http, grpc = addresses()
    for host, port, _ in (http, grpc):
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
    return True


def is_absent(error: Exception) -> bool:
    words = str(error)
    return any(said in words for said in ABSENT)


def is_refusal(error: Exception) -> bool:
    words = str(error).lower()
    return any(said in words for said in ("401", "unauthorized", "unauthenticated", "forbidden"))


def addresses() -> tuple[Address, Address]:
    """(host, port, secure) of its HTTP and gRPC interfaces, as the settings name them."""
    http = urlsplit(settings.WEAVIATE_URL)
    secure = http.scheme == "https"
    host = http.hostname or "localhost"
    grpc_host, _, grpc_port = settings.WEAVIATE_GRPC_URL.rpartition(":")
    return (
        (host, http.port or (443 if secure else 8080), secure),
        (grpc_host or host, int(grpc_port or GRPC_PORT), secure),
    )


async def _client() -> WeaviateAsyncClient:
    """Connected; those who ask at the same time wait for the same one."""
    place = (asyncio.get_running_loop(), addresses(), settings.WEAVIATE_API_KEY)
    if place not in _clients:
        held = _held_client(place)
        _clients[place] = (asyncio.ensure_future(anext(held)), held)
    connecting, _ = _clients[place]
    try:
        return await asyncio.shield(connecting)
    except WeaviateBaseError:
        _clients.pop(place, None)
        raise


async def _held_client(place: Place) -> AsyncGenerator[WeaviateAsyncClient]:
    """A client that lives as long as its event loop: a loop that ends closes the generators begun on it."""
    _, (http, grpc), key = place
    client = weaviate.use_async_with_custom(
        *http,
        *grpc,
        auth_credentials=Auth.api_key(key) if key else None,
        additional_config=AdditionalConfig(
            timeout=Timeout(init=2, query=30, insert=60),
            grpc_config=GrpcConfig(channel_options=GRPC_OPTIONS),
        ),
        skip_init_checks=True,  # each call says for itself whether the server is there
    )
    await client.connect()
    try:
        yield client
    finally:
        _clients.pop(place, None)
        await client.close()


def forget_parents_clients() -> None:
    """A child process has none of the threads that serve its parent's connections."""
    _clients.clear()


os.register_at_fork(after_in_child=forget_parents_clients)
