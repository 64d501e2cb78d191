"""Fills the collection with ready passages, past the pipeline: this measures searching and not indexing."""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator

from django.db import transaction

from benchmarks import corpus
from benchmarks.inside.places import benchmark_collection, benchmark_tenant
from benchmarks.upstream.embeddings import embed
from ingestion.index import active_store, run_async
from ingestion.models import Collection, Document, DocumentVersion, Passage, Status
from ingestion.store import IndexEntry
from tenants.scoping import tenant_scope

PER_DOCUMENT = 50
PER_BATCH = 2_000


def fill(start: int, stop: int, *, dimension: int) -> float:
    """Passages number `start` to `stop`; seconds that the store took for them."""
    tenant = benchmark_tenant()
    collection = benchmark_collection(tenant)
    store, taken = active_store(), 0.0
    with tenant_scope(tenant.id):
        for first in range(start, stop, PER_BATCH):
            with transaction.atomic():
                rows = list(saved(range(first, min(stop, first + PER_BATCH)), collection))
            vectors = embed([row.text for row in rows], dimension)
            entries = [entry(row, collection, vector) for row, vector in zip(rows, vectors, strict=True)]
            began = time.perf_counter()
            run_async(store.upsert(tenant.id, entries))
            taken += time.perf_counter() - began
        began = time.perf_counter()
        run_async(store.maintain(tenant.id))
    return taken + time.perf_counter() - began


def saved(numbers: range, collection: Collection) -> Iterator[Passage]:
    for first in range(numbers.start, numbers.stop, PER_DOCUMENT):
        version = ready_version(f"Filler {first}", collection)
        rows = [
            passage(version, position, corpus.passage(number))
            for position, number in enumerate(range(first, min(numbers.stop, first + PER_DOCUMENT)))
        ]
        yield from Passage.objects.bulk_create(rows)


def ready_version(name: str, collection: Collection) -> DocumentVersion:
    document = Document.objects.create(collection=collection, title=name, name=f"{name}.md")
    version = DocumentVersion.objects.create(
        document=document,
        number=1,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        size=1,
        status=Status.READY,
    )
    Document.objects.filter(pk=document.pk).update(current_version=version)
    return version


def passage(version: DocumentVersion, position: int, text: str) -> Passage:
    return Passage(
        tenant_id=version.tenant_id,
        version=version,
        position=position,
        text=text,
        start=position * 2_000,
        end=position * 2_000 + len(text),
        tokens=len(text) // 5,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def entry(row: Passage, collection: Collection, vector: list[float]) -> IndexEntry:
    return IndexEntry(
        passage=row.id,
        version=row.version_id,
        collection=collection.pk,
        title=f"Filler {row.position}",
        text=row.text,
        vector=vector,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--dimension", type=int, default=384)
    arguments = parser.parse_args()
    print(json.dumps(fill(0, arguments.count, dimension=arguments.dimension)))


if __name__ == "__main__":
    main()
