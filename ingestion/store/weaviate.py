"""The store of production: a Weaviate collection an embedding model, in it a native tenant (a shard) an organisation.

Vectors are ours. An object's id is its passage's id, so that writing twice keeps one. Keyword search compares the
tokens that `tokens` makes. A tenant is made by the first write to it, and woken by the next call when it was at rest.

Hybrid search asks both ways at once and fuses here: Weaviate's own relative-score fusion gives the least of the
keyword matches nothing, and at 100,000 passages is no faster.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from django.conf import settings
from weaviate import WeaviateAsyncClient
from weaviate.classes.config import (
    Configure,
    ConsistencyLevel,
    DataType,
    Property,
    Tokenization,
    VectorDistances,
)
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter, MetadataQuery
from weaviate.classes.tenants import TenantActivityStatus
from weaviate.exceptions import UnexpectedStatusCodeError, WeaviateInsertManyAllFailedError

from ingestion.errors import IngestionError, StoreUnavailable
from ingestion.store import Evidence, Held, Hit, IndexEntry, Mode
from ingestion.store.fusion import best, fuse
from ingestion.store.table import SEEN_WORDS
from ingestion.store.tokens import tokens
from ingestion.store.weaviate_connection import call, is_absent

T = TypeVar("T")

DEPTH = 100  # candidates from each of keyword and vector search
SEARCH_SECONDS = 5.0
READ_SECONDS = 30.0
WRITE_SECONDS = 60.0
BATCH = 200
TRIES = 3
PAGE = 2_000
MOST_RESULTS = 10_000  # what a server gives or deletes in one call, unless it is configured to do more
PARTS = 256
AT_ONCE = 16
MISSING = "the collection does not exist"


class WeaviateStore:
    def __init__(self, *, model: str, dimension: int) -> None:
        self.model = model
        self.dimension = dimension
        self.collection = collection_name(model, dimension)
        self._made = False

    # --- reading

    async def search(
        self,
        tenant: UUID,
        *,
        collections: Collection[UUID],
        text: str,
        vector: Sequence[float] | None,
        limit: int,
        mode: Mode = "hybrid",
    ) -> list[Hit]:
        if vector is None:
            if mode == "vector":
                raise ValueError("Vector search needs a vector.")
            mode = "keyword"
        near = None if vector is None or mode == "keyword" else self._direction(vector)
        words = "" if mode == "vector" else " ".join(dict.fromkeys(tokens(text[:SEEN_WORDS])))
        if not collections or limit < 1:
            return []
        asked = {
            "filters": among("collection", collections),
            "limit": max(DEPTH, limit),
            "return_properties": [],
        }

        async def look(client: WeaviateAsyncClient) -> list[Hit]:
            query = self._of(client, tenant).query
            by_keyword, by_vector = await asyncio.gather(
                keyword_scores(query, words, asked), vector_scores(query, near, asked)
            )
            if mode == "hybrid":
                return fuse(by_keyword, by_vector, limit=limit)
            return best(by_keyword if mode == "keyword" else by_vector, limit=limit)

        nothing: list[Hit] = []
        return await call(look, otherwise=nothing, patience=SEARCH_SECONDS)

    async def passages_of(self, tenant: UUID, version: UUID) -> set[UUID]:
        where = among("version", [version])
        found = await self._matching(tenant, where)
        if len(found) < MOST_RESULTS:
            return found
        for part in range(PARTS):
            found |= await self._matching(tenant, where & Filter.by_property("part").equal(part))
        return found

    async def _matching(self, tenant: UUID, where: Any) -> set[UUID]:
        async def look(client: WeaviateAsyncClient) -> set[UUID]:
            found = await self._of(client, tenant).query.fetch_objects(
                filters=where, limit=MOST_RESULTS, return_properties=[]
            )
            return {UUID(int=item.uuid.int) for item in found.objects}

        nothing: set[UUID] = set()
        return await call(look, otherwise=nothing, patience=READ_SECONDS)

    async def evidence(self, tenant: UUID, versions: Collection[UUID]) -> Evidence:
        async def look(client: WeaviateAsyncClient) -> Evidence:
            if self.collection not in await client.collections.list_all(simple=True):
                raise StoreUnavailable(
                    "The search index does not exist, so nothing can be proved. Build it with `manage.py reindex`."
                )
            if tenant.hex not in await client.collections.use(self.collection).tenants.get():
                return Evidence(0, "The search index lists its organisations, and not this one.")
            found = await self._of(client, tenant).query.fetch_objects(
                filters=among("version", versions), limit=MOST_RESULTS, return_properties=[]
            )
            count = len(found.objects)
            return Evidence(
                count,
                f"The organisation is listed, and its shard answered: {count} entries of this document.",
            )

        if (answer := await call(look, otherwise=None, patience=READ_SECONDS)) is None:
            raise StoreUnavailable("The search index said “not found” where it should have counted.")
        return answer

    async def vectors_of(self, tenant: UUID, passages: Collection[UUID]) -> dict[UUID, Sequence[float]]:
        found: dict[UUID, Sequence[float]] = {}
        for some in batches(list(passages)):

            async def look(client: WeaviateAsyncClient, some: list[UUID] = some) -> Any:
                return await self._of(client, tenant).query.fetch_objects(
                    filters=Filter.by_id().contains_any(some),
                    limit=len(some),
                    include_vector=True,
                    return_properties=[],
                )

            page = await call(look, otherwise=None, patience=READ_SECONDS)
            found |= (
                {UUID(int=item.uuid.int): item.vector["default"] for item in page.objects} if page else {}
            )
        return found

    async def everything(self, tenant: UUID) -> AsyncIterator[Held]:
        last: UUID | None = None
        while page := await self._page(tenant, after=last):
            for held in page:
                yield held
            last = page[-1].passage

    async def _page(self, tenant: UUID, *, after: UUID | None) -> list[Held]:
        async def look(client: WeaviateAsyncClient) -> list[Held]:
            found = await self._of(client, tenant).query.fetch_objects(
                limit=PAGE, after=after, return_properties=["version", "collection"]
            )
            return [held_in(item) for item in found.objects]

        nothing: list[Held] = []
        return await call(look, otherwise=nothing, patience=READ_SECONDS)

    async def tenants(self) -> set[UUID]:
        return {UUID(name) for name in await self._tenants()}

    async def _tenants(self) -> dict[str, Any]:
        nothing: dict[str, Any] = {}
        return await call(
            lambda client: client.collections.use(self.collection).tenants.get(),
            otherwise=nothing,
            patience=READ_SECONDS,
        )

    # --- writing

    async def upsert(self, tenant: UUID, entries: Sequence[IndexEntry], *, fresh: bool = False) -> None:
        unique = list({entry.passage: entry for entry in entries}.values())
        if not unique:
            return
        vectors = np.asarray([entry.vector for entry in unique], np.float32)
        if vectors.shape != (len(unique), self.dimension) or not np.isfinite(vectors).all():
            raise ValueError(f"Every vector must hold {self.dimension} finite numbers.")
        objects = [object_for(entry, vector) for entry, vector in zip(unique, vectors.tolist(), strict=True)]
        await self._make()
        for batch in batches(objects):
            await self._insert(tenant, batch)

    async def _insert(self, tenant: UUID, objects: list[DataObject[Any, Any]]) -> None:
        """All of them, those that fail alone once more; an IngestionError names what is wrong with the rest."""
        for attempt in range(TRIES):
            errors = await self._inserted(tenant, objects)
            if not errors:
                return
            if MISSING in errors.values():  # somebody dropped it
                self._made = False
                await self._make()
            objects = [objects[number] for number in errors]
            await asyncio.sleep(0.1 * 4**attempt)
        reason = next(iter(errors.values()))
        raise IngestionError(
            "store_refused", f"The search index did not take {len(objects)} passages: {reason[:200]}"
        )

    async def _inserted(self, tenant: UUID, objects: list[DataObject[Any, Any]]) -> dict[int, str]:
        """What went wrong, by the number of the object."""

        async def write(client: WeaviateAsyncClient) -> dict[int, str]:
            try:
                result = await self._of(client, tenant).data.insert_many(objects)
            except WeaviateInsertManyAllFailedError as error:
                if is_absent(error):
                    raise
                return dict.fromkeys(range(len(objects)), str(error))
            return {number: error.message for number, error in result.errors.items()}

        return await call(
            write, otherwise=dict.fromkeys(range(len(objects)), MISSING), patience=WRITE_SECONDS
        )

    async def delete_version(self, tenant: UUID, version: UUID) -> None:
        await self._delete(tenant, among("version", [version]))

    async def delete_passages(self, tenant: UUID, passages: Collection[UUID]) -> None:
        for some in batches(list(passages)):
            await self._delete(tenant, Filter.by_id().contains_any(some))

    async def _delete(self, tenant: UUID, where: Any) -> None:
        async def delete(client: WeaviateAsyncClient) -> int:
            deleted = await self._of(client, tenant).data.delete_many(where)
            if deleted.failed:
                raise StoreUnavailable(f"The search index could not delete {deleted.failed} passages.")
            return int(deleted.matches)

        while await call(delete, otherwise=0, patience=WRITE_SECONDS) >= MOST_RESULTS:
            pass

    async def move_version(self, tenant: UUID, version: UUID, *, collection: UUID) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def move(client: WeaviateAsyncClient, passage: UUID) -> None:
            try:
                await self._of(client, tenant).data.update(passage, properties={"collection": collection})
            except UnexpectedStatusCodeError as error:
                if error.status_code != 404:  # deleted meanwhile
                    raise

        async def in_turn(passage: UUID) -> None:
            async with turns:
                await call(lambda client: move(client, passage), otherwise=None, patience=WRITE_SECONDS)

        await asyncio.gather(*(in_turn(passage) for passage in await self.passages_of(tenant, version)))

    # --- tenants

    async def drop_tenant(self, tenant: UUID) -> None:
        await call(
            lambda client: client.collections.use(self.collection).tenants.remove([tenant.hex]),
            otherwise=None,
            patience=WRITE_SECONDS,
        )

    async def drop(self) -> None:
        await call(
            lambda client: client.collections.delete(self.collection), otherwise=None, patience=WRITE_SECONDS
        )
        self._made = False

    async def maintain(self, tenant: UUID) -> None:
        """Weaviate tidies by itself."""

    async def rest(self, *, but: Collection[UUID]) -> None:
        busy = {tenant.hex for tenant in but}
        awake = TenantActivityStatus.ACTIVE
        idle = [
            name
            for name, t in (await self._tenants()).items()
            if t.activity_status == awake and name not in busy
        ]
        for some in batches(idle):
            await call(
                lambda client, some=some: client.collections.use(self.collection).tenants.deactivate(some),  # type: ignore[misc]
                otherwise=None,
                patience=WRITE_SECONDS,
            )

    # --- the collection

    async def _make(self) -> None:
        if not self._made:
            await call(self._create, otherwise=None, patience=WRITE_SECONDS)
            self._made = True

    async def _create(self, client: WeaviateAsyncClient) -> None:
        if await client.collections.exists(self.collection):
            return
        try:
            await client.collections.create(
                self.collection,
                description=json.dumps({"model": self.model, "dimension": self.dimension}),
                properties=[
                    Property(
                        name="words",
                        data_type=DataType.TEXT,
                        tokenization=Tokenization.WHITESPACE,
                        index_filterable=False,
                    ),
                    Property(name="collection", data_type=DataType.UUID),
                    Property(name="version", data_type=DataType.UUID),
                    Property(name="part", data_type=DataType.INT),
                ],
                vector_config=Configure.Vectors.self_provided(
                    vector_index_config=Configure.VectorIndex.hnsw(distance_metric=VectorDistances.COSINE)
                ),
                multi_tenancy_config=Configure.multi_tenancy(
                    auto_tenant_creation=True, auto_tenant_activation=True
                ),
                replication_config=Configure.replication(factor=settings.WEAVIATE_REPLICATION_FACTOR),
            )
        except UnexpectedStatusCodeError as error:
            if "already exists" not in str(error):  # made by another process at this moment
                raise

    def _of(self, client: WeaviateAsyncClient, tenant: UUID) -> Any:
        level = ConsistencyLevel[settings.WEAVIATE_CONSISTENCY_LEVEL]
        return client.collections.use(self.collection).with_tenant(tenant.hex).with_consistency_level(level)

    def _direction(self, vector: Sequence[float]) -> list[float] | None:
        """None when it points nowhere, so that nothing is near to it."""
        numbers = np.asarray(vector, np.float32)
        if numbers.shape != (self.dimension,):
            raise ValueError(f"The vector has shape {numbers.shape}, the index {self.dimension} dimensions.")
        return numbers.tolist() if np.isfinite(numbers).all() and numbers.any() else None


def collection_name(model: str, dimension: int) -> str:
    """A name that Weaviate takes, different for any two models."""
    readable = re.sub(r"\W+", "_", model, flags=re.ASCII)[:80]
    return f"Colloquy_{readable}_{dimension}_{hashlib.sha256(model.encode()).hexdigest()[:8]}"


def object_for(entry: IndexEntry, vector: list[float]) -> DataObject[Any, Any]:
    properties = {
        "words": " ".join(tokens(f"{entry.title}\n{entry.text}")),
        "collection": entry.collection,
        "version": entry.version,
        "part": entry.passage.bytes[-1],
    }
    return DataObject(uuid=entry.passage, properties=properties, vector=vector)


def held_in(item: Any) -> Held:
    version, collection = item.properties["version"], item.properties["collection"]
    return Held(UUID(int=item.uuid.int), UUID(int=version.int), UUID(int=collection.int))


async def keyword_scores(query: Any, words: str, asked: dict[str, Any]) -> dict[str, float]:
    """BM25 scores."""
    if not words:
        return {}
    score = MetadataQuery(score=True)
    found = await query.bm25(words, query_properties=["words"], return_metadata=score, **asked)
    return {item.uuid.hex: item.metadata.score for item in found.objects}


async def vector_scores(query: Any, vector: list[float] | None, asked: dict[str, Any]) -> dict[str, float]:
    """Cosine similarities."""
    if vector is None:
        return {}
    distance = MetadataQuery(distance=True)
    found = await query.near_vector(vector, return_metadata=distance, **asked)
    return {item.uuid.hex: 1.0 - item.metadata.distance for item in found.objects}


def among(name: str, ids: Collection[UUID]) -> Any:
    for each in ids:
        if not isinstance(each, UUID):
            raise TypeError(f"{each!r} is not a UUID.")
    return Filter.by_property(name).contains_any(list(ids))


def batches(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
