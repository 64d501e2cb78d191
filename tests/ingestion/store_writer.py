"""Run as a process of its own: writes documents into a store, a line of output for each, until it is done or killed."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID, uuid5

from ingestion.store import IndexEntry, VectorStore, open_store

DIMENSION = 8
PASSAGES = 5


def entries_of(version: UUID, collection: UUID) -> list[IndexEntry]:
    vector = [1.0] + [0.5] * (DIMENSION - 1)
    return [
        IndexEntry(uuid5(version, str(n)), version, collection, "Log", f"entry {n} of the common log", vector)
        for n in range(PASSAGES)
    ]


async def write(store: VectorStore, tenant: UUID, collection: UUID, versions: list[UUID]) -> None:
    """Each version in two halves, the first of them twice; every third version is deleted again."""
    for number, version in enumerate(versions):
        entries = entries_of(version, collection)
        for part in (entries[:3], entries[:3], entries[3:]):
            await store.upsert(tenant, part)
        if number % 3 == 2:
            await store.delete_version(tenant, version)
        if number % 7 == 6:
            await store.maintain(tenant)
        print(version.hex, flush=True)


if __name__ == "__main__":
    root, tenant, collection, *versions = sys.argv[1:]
    store = open_store("test-model", DIMENSION, root=Path(root))
    asyncio.run(write(store, UUID(tenant), UUID(collection), [UUID(v) for v in versions]))
