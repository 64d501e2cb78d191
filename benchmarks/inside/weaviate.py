"""Weaviate as Colloquy asks it, beside the raw client; and many organisations asked at random."""

import argparse
import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

import psutil
from weaviate import WeaviateAsyncClient
from weaviate.classes.query import Filter, HybridFusion, MetadataQuery

from benchmarks import corpus
from benchmarks.inside.passages import fill
from benchmarks.inside.places import benchmark_collection, benchmark_tenant, tender
from benchmarks.inside.search import LIMIT, QUESTIONS, WARMING, ours, timed
from benchmarks.upstream.embeddings import embed
from ingestion.index import active_store, run_async
from ingestion.store import IndexEntry
from ingestion.store.fusion import VECTOR_WEIGHT
from ingestion.store.tokens import tokens
from ingestion.store.weaviate import WeaviateStore
from ingestion.store.weaviate_connection import call
from tenants.scoping import tenant_scope

DIMENSION = 384
ASKS = 1_000
AT_ONCE = 8


def one_tenant(size: int) -> dict[str, list[float]]:
    """Seconds a question, by our store and by the client's own hybrid search, one after the other."""
    tenant = benchmark_tenant()
    member, collection = tender(tenant), benchmark_collection(tenant)
    fill(0, size, dimension=DIMENSION)
    numbers = [*range(QUESTIONS), *range(-WARMING, 0)]
    vectors = embed([corpus.question(number) for number in numbers], DIMENSION)
    store = active_store()
    assert isinstance(store, WeaviateStore)

    def raw(number: int) -> Awaitable[Any]:
        async def ask(client: WeaviateAsyncClient) -> Any:
            found = (
                await client.collections.use(store.collection)
                .with_tenant(tenant.id.hex)
                .query.hybrid(
                    " ".join(tokens(corpus.question(number))),
                    vector=vectors[number].tolist(),
                    alpha=VECTOR_WEIGHT,
                    fusion_type=HybridFusion.RELATIVE_SCORE,
                    limit=LIMIT,
                    filters=Filter.by_property("collection").contains_any([collection.pk]),
                    return_metadata=MetadataQuery(score=True),
                    return_properties=[],
                )
            )
            return found.objects

        return call(ask, otherwise=[], patience=30)

    with tenant_scope(tenant.id):
        figures = run_async(ours(store, member, collection.pk, vectors))
        figures["raw"] = run_async(timed(raw))
        # Once more, in the other order: what is asked second finds warmer caches.
        figures["raw"] += run_async(timed(raw))
        again = run_async(ours(store, member, collection.pk, vectors))
    return {name: taken + again.get(name, []) for name, taken in figures.items()}


def many_tenants(count: int, each: int) -> dict[str, Any]:
    """Organisations asked at random, several at a time. A hit of another organisation counts as a leak."""
    store = active_store()
    root = UUID(int=0)
    tenants = [uuid5(root, f"tenant {number}") for number in range(count)]

    def entries(number: int) -> list[IndexEntry]:
        texts = [corpus.passage(number * each + position) for position in range(each)]
        return [
            IndexEntry(
                uuid5(tenants[number], str(position)), tenants[number], tenants[number], "Title", text, vector
            )
            for position, (text, vector) in enumerate(zip(texts, embed(texts, DIMENSION), strict=True))
        ]

    own: list[set[UUID]] = []
    for number, tenant in enumerate(tenants):
        some = entries(number)
        own.append({entry.passage for entry in some})
        run_async(store.upsert(tenant, some))
    leaks = 0
    chance = random.Random(7)
    turns = [chance.randrange(count) for _ in range(ASKS + WARMING)]
    vectors = embed([corpus.question(number) for number in range(50)], DIMENSION)

    async def asked() -> list[float]:
        nonlocal leaks
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(number: int) -> None:
            nonlocal leaks
            who, what = turns[number + WARMING], number % 50
            async with gate:
                # Every collection there is: only the tenant keeps them apart.
                hits = await store.search(
                    tenants[who],
                    collections=tenants,
                    text=corpus.question(what),
                    vector=vectors[what],
                    limit=LIMIT,
                )
            leaks += sum(hit.passage not in own[who] for hit in hits)
            taken.append(asyncio.get_running_loop().time() - begun[number])

        taken: list[float] = []
        begun: dict[int, float] = {}

        async def begin(number: int) -> None:
            begun[number] = asyncio.get_running_loop().time()
            await ask(number)

        for first in range(-WARMING, ASKS, AT_ONCE):
            await asyncio.gather(*(begin(n) for n in range(first, min(ASKS, first + AT_ONCE))))
        return taken[WARMING:]

    taken = run_async(asked())
    return {
        "seconds": taken,
        "leaks": leaks,
        "server": psutil.Process(int(os.environ["WEAVIATE_PID"])).memory_info().rss / 2**20,
        "client": psutil.Process().memory_info().rss / 2**20,
    }


MEASURES: dict[str, Callable[..., Any]] = {"one": one_tenant, "many": many_tenants}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=MEASURES)
    parser.add_argument("numbers", type=int, nargs="+")
    arguments = parser.parse_args()
    print(json.dumps(MEASURES[arguments.what](*arguments.numbers)))


if __name__ == "__main__":
    main()
