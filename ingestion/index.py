"""The vector store in use, and the record of which embedding model it was built with."""

import asyncio
import os
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, TypeVar

from ingestion.embed import EmbeddingModel, current_model
from ingestion.errors import ServiceDown
from ingestion.models import SearchIndex
from ingestion.store import VectorStore, open_store

T = TypeVar("T")
_runners: dict[int, asyncio.Runner] = {}


class IndexMismatch(ServiceDown):
    """The settings name another embedding model than the index was built with: documents wait until they agree."""


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run store and embedding calls from a worker, on one event loop a process so that connections are kept.

    Past `Runner.run`: its handler for Ctrl-C costs two `signal.signal`, which in Python 3.11 spell out the task that
    they hold with all its vectors: a seventh of the processor time of a small document.
    """
    return _runner().get_loop().run_until_complete(coroutine)


def start_async(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin with it during the next `run_async`; what it has sent by then is answered meanwhile, whatever we do."""
    return _runner().get_loop().create_task(coroutine)


def _runner() -> asyncio.Runner:
    runner = _runners.get(os.getpid())
    if runner is None:
        runner = _runners[os.getpid()] = asyncio.Runner()
    return runner


def active_store() -> VectorStore:
    """The store of the active index; records the model when this is the first use."""
    model = current_model()
    return _open(model.name, model.dimension)


@lru_cache
def _open(name: str, dimension: int) -> VectorStore:
    row, _ = SearchIndex.objects.get_or_create(active=True, defaults={"model": name, "dimension": dimension})
    if (row.model, row.dimension) != (name, dimension):
        raise IndexMismatch("index_mismatch", mismatch_sentence(row, name, dimension))
    return open_store(name, dimension)


def mismatch() -> str:
    """What differs between settings and index, as a sentence; "" when nothing does or no index exists yet."""
    model: EmbeddingModel = current_model()
    row = SearchIndex.objects.filter(active=True).first()
    if row is None or (row.model, row.dimension) == (model.name, model.dimension):
        return ""
    return mismatch_sentence(row, model.name, model.dimension)


def mismatch_sentence(row: SearchIndex, name: str, dimension: int) -> str:
    return (
        f"The search index was built with {row.model} ({row.dimension} dimensions), but the settings name "
        f"{name} ({dimension}). Run `manage.py reindex` to rebuild it, or set EMBEDDING_MODEL back."
    )
