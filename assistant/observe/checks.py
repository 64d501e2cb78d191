"""What a web process depends on, each asked whether it answers. A check returns a remark or raises Failing.

None asks for an answer that costs money, and none shows a key: remarks and reasons are for operators.
"""

import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache as shared_cache
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ingestion import local_model

CONNECT_SECONDS = 1.5  # shorter than a probe waits, so that a check ends with a reason of its own
LEAST_FREE_BYTES = 100 * 1024 * 1024
REMOTE_STORAGE_SECONDS = 60.0  # between two writes: a service may charge for each


class Failing(Exception):
    """The message says in plain words what is wrong."""


@dataclass(frozen=True)
class Check:
    """`vital`: a web process is of no use without it. Without `matters` a failure is told but changes no status."""

    name: str
    look: Callable[[], str]
    vital: bool = False
    matters: bool = True
    seconds: float = 1.0  # that an answer is kept


def checks() -> Iterator[Check]:
    """Those that the settings make this process depend on."""
    yield Check("database", database, vital=True)
    if settings.REDIS_URL:
        yield Check("broker", broker)
    if settings.CHANNEL_LAYER_URL:
        yield Check("channel_layer", channel_layer)
    if not settings.CACHES["default"]["BACKEND"].endswith(("LocMemCache", "DummyCache")):
        yield Check("cache", shared, vital="cache" in settings.SESSION_ENGINE)
    yield Check("vector_store", vector_store)
    remote = not isinstance(storages["default"], FileSystemStorage)
    yield Check("storage", storage, seconds=REMOTE_STORAGE_SECONDS if remote else 1.0)
    yield Check("embedding_model", embedding_model)
    if settings.CHAT_URL:
        yield Check("language_model", language_model, matters=False)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if waiting := migrations_waiting():
            migrations_waiting.cache_clear()
            raise Failing(f"{waiting} migrations are not applied. Run `manage.py migrate`.")
    finally:
        connection.close()
    return ""


@cache
def migrations_waiting() -> int:
    """Asked until there are none: only another version of the code brings new ones, in another process."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def broker() -> str:
    from celery import current_app

    with current_app.connection_for_read() as line:
        line.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS)
    return ""


def channel_layer() -> str:
    import redis

    with redis.Redis.from_url(
        settings.CHANNEL_LAYER_URL, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS
    ) as line:
        line.ping()
    return ""


def shared() -> str:
    mark = uuid4().hex
    shared_cache.set(f"ready.{mark}", mark, timeout=5)
    if shared_cache.get(f"ready.{mark}") != mark:
        raise Failing("What was written to the cache could not be read again.")
    return ""


def vector_store() -> str:
    if settings.WEAVIATE_URL:
        from ingestion.store.weaviate_connection import addresses

        _answers(f"{settings.WEAVIATE_URL.rstrip('/')}/v1/.well-known/ready")
        _, (host, port, _) = addresses()
        _connects(f"grpc://{host}:{port}")
    else:
        _writable(settings.VAR_DIR / "index")
    return ""


def storage() -> str:
    place = storages["default"]
    if isinstance(place, FileSystemStorage):
        _writable(Path(place.location))
    else:
        place.delete(place.save(f"ready/{uuid4().hex}", ContentFile(b"ready")))
    return ""


def embedding_model() -> str:
    if settings.EMBEDDING_URL:
        _connects(settings.EMBEDDING_URL)
        return ""
    running = local_model.running_server()
    if running is None:
        return "The local model starts when it is needed."
    _connects(running[0])
    return ""


def language_model() -> str:
    _connects(settings.CHAT_URL)
    return ""


def _writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=".ready-"):
        pass
    if (free := shutil.disk_usage(folder).free) < LEAST_FREE_BYTES:
        raise Failing(f"Only {free // 1024**2} MB are free on its disk.")


def _connects(url: str) -> None:
    """Somebody takes calls at the address. Nothing is asked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    socket.create_connection((parts.hostname or "", port), timeout=CONNECT_SECONDS).close()


def _answers(url: str) -> None:
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS):  # noqa: S310  from the operator's settings
            return
    except urllib.error.HTTPError as error:
        with suppress(OSError):
            error.close()
        raise Failing(f"It answers with HTTP {error.code}.") from error
    except urllib.error.URLError as error:
        raise (error.reason if isinstance(error.reason, OSError) else error) from error
