"""Search latency as passages grow, beside the plainest ways to search the same texts and vectors."""

import argparse
import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import numpy as np

from assistant.retrieve import retrieve
from benchmarks import corpus
from benchmarks.inside.passages import fill
from benchmarks.inside.places import benchmark_collection, benchmark_tenant, tender
from benchmarks.upstream.embeddings import Vectors, embed
from ingestion.index import active_store, run_async
from ingestion.store import VectorStore
from tenants.access import Member
from tenants.scoping import tenant_scope

LIMIT = 24  # what retrieval asks of the store for eight passages
QUESTIONS = 60
WARMING = 5


async def timed(ask: Callable[[int], Awaitable[Any]]) -> list[float]:
    """Seconds each question took, after a few to warm up."""
    taken = []
    for number in range(-WARMING, QUESTIONS):
        began = time.perf_counter()
        found = await ask(number)
        if number >= 0:
            taken.append(time.perf_counter() - began)
            if not len(found):
                raise RuntimeError("A search that finds nothing measures nothing.")
    return taken


async def ours(
    store: VectorStore, member: Member, collection: UUID, vectors: Vectors
) -> dict[str, list[float]]:
    def search(mode: Any) -> Callable[[int], Awaitable[Any]]:
        return lambda number: store.search(
            member.tenant,
            collections=[collection],
            text=corpus.question(number),
            vector=None if mode == "keyword" else vectors[number],
            limit=LIMIT,
            mode=mode,
        )

    figures = {mode: await timed(search(mode)) for mode in ("keyword", "vector", "hybrid")}
    figures["retrieve"] = await timed(lambda n: retrieve(corpus.question(n), member=member, limit=8))
    return figures


async def baselines(size: int, vectors: Vectors) -> dict[str, list[float]]:
    """SQLite's own full-text index, and every vector compared with numpy."""
    texts = [corpus.passage(number) for number in range(size)]
    everything = embed(texts, vectors.shape[1])
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE passages USING fts5(text)")
    table.executemany("INSERT INTO passages VALUES (?)", [(text,) for text in texts])

    async def full_text(number: int) -> Any:
        words = " OR ".join(corpus.question(number).strip("?").split())
        query = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages) LIMIT ?"
        return table.execute(query, (words, LIMIT)).fetchall()

    async def compared(number: int) -> Any:
        return np.argpartition(everything @ vectors[number], -LIMIT)[-LIMIT:]

    return {"fts5": await timed(full_text), "numpy": await timed(compared)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--dimension", type=int, default=384)
    arguments = parser.parse_args()
    tenant = benchmark_tenant()
    member, collection = tender(tenant), benchmark_collection(tenant)
    numbers = [*range(QUESTIONS), *range(-WARMING, 0)]  # so that vectors[-1] is the vector of question -1
    vectors = embed([corpus.question(number) for number in numbers], arguments.dimension)
    figures: dict[int, Any] = {}
    held = 50
    fill(0, held, dimension=arguments.dimension)  # warm: the first write loads the engine and makes the table
    for size in arguments.sizes:
        indexing = fill(held, size, dimension=arguments.dimension)
        with tenant_scope(tenant.id):
            taken = run_async(ours(active_store(), member, collection.pk, vectors))
        figures[size] = {
            **taken,
            **asyncio.run(baselines(size, vectors)),
            "indexing": indexing / (size - held),
        }
        held = size
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
