"""From passages to entries of the index: vectors that an earlier version has are taken over, the rest is embedded.

Two requests are on their way at a time, so that the embedder has the next batch before it is done with this one and
never waits for the store; and never more, so that a slow one is not flooded.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from ingestion.chunk import text_to_embed
from ingestion.earlier import place_of
from ingestion.embed import Vectors, embed_passages
from ingestion.index import run_async, start_async
from ingestion.models import Document, DocumentVersion, Passage
from ingestion.store import IndexEntry, VectorStore
from tenants.observe.steps import observed

T = TypeVar("T")
Done = Callable[[int], None]  # told how many more passages are in the index

EMBED_BATCH = 64  # passages between two signs of progress
IN_FLIGHT = 2
COPY_BATCH = 500


def passages_by_hash(version: DocumentVersion) -> dict[str, UUID]:
    """Passages of this document, of an earlier reading or version, whose vectors the index may hold.

    Never those of another document: what two organisations, or two collections, have in common stays unknown to both.
    """
    if version.document.current_version_id is None and not version.ready_at and version.attempts == 1:
        return {}  # the first of all
    versions = [version.pk, version.document.current_version_id]
    return dict(Passage.objects.filter(version__in=versions).values_list("content_hash", "id"))


def take_over(
    passages: Sequence[Passage], document: Document, store: VectorStore, *, known: dict[str, UUID], done: Done
) -> list[Passage]:
    """Give passages whose text has not changed the vector that it has already; returns the others.

    A store holds vectors of one model only, so nothing is ever taken over from another model.
    """
    if not known:
        return list(passages)
    others: list[Passage] = []
    for batch in batches(passages, COPY_BATCH):
        wanted = {known[p.content_hash] for p in batch if p.content_hash in known}
        vectors = run_async(store.vectors_of(document.tenant_id, wanted)) if wanted else {}
        found = [p for p in batch if known.get(p.content_hash) in vectors]
        others += [p for p in batch if known.get(p.content_hash) not in vectors]
        entries = [index_entry(p, vectors[known[p.content_hash]]) for p in found]
        run_async(store.upsert(document.tenant_id, entries))
        done(len(found))
    return others


def embed_and_store(
    passages: Sequence[Passage], store: VectorStore, *, done: Done, fresh: bool = False
) -> None:
    """Of one organisation, be it of several documents. `fresh`: as far as the caller knows, none is in the store."""
    waiting: deque[tuple[Sequence[Passage], asyncio.Task[Vectors]]] = deque()
    try:
        for batch in batches(passages, EMBED_BATCH):
            texts = [embedding_text(p) for p in batch]
            waiting.append((batch, start_async(embed_passages(texts))))
            if len(waiting) == IN_FLIGHT:
                _finish(*waiting.popleft(), store, done, fresh)
        while waiting:
            _finish(*waiting.popleft(), store, done, fresh)
    finally:
        for _, task in waiting:
            task.cancel()
        run_async(_settled([task for _, task in waiting]))


def _finish(
    batch: Sequence[Passage],
    embedding: asyncio.Task[Vectors],
    store: VectorStore,
    done: Done,
    fresh: bool,
) -> None:
    with observed("ingestion.vectors"):
        vectors = run_async(_result(embedding))
    entries = [index_entry(p, v) for p, v in zip(batch, vectors, strict=True)]
    with observed("ingestion.store"):
        run_async(store.upsert(batch[0].tenant_id, entries, fresh=fresh))
    done(len(batch))


async def _result(task: asyncio.Task[T]) -> T:
    return await task


async def _settled(tasks: Sequence[asyncio.Task[Vectors]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def embedding_text(passage: Passage) -> str:
    title = passage.version.document.title
    return text_to_embed(
        passage.text, title=title, heading=passage.heading, table_header=passage.table_header
    )


def index_entry(passage: Passage, vector: Sequence[float]) -> IndexEntry:
    document = passage.version.document
    return IndexEntry(
        passage=passage.id,
        version=passage.version_id,
        collection=place_of(passage.version, document),
        title=" > ".join([document.title, *passage.heading]),
        text=passage.body,
        vector=vector,
    )


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
