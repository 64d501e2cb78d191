"""A tenant's LanceDB table: its columns, its indexes, and each call of the engine that the store makes on it."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from ingestion.store import IndexEntry
from ingestion.store.words import TOKENIZER, storable, words

SEEN_WORDS = 4_000  # characters of a question that keyword search looks at
UNINDEXED_ROWS = 500  # and a fiftieth of the table: 20 ms of each keyword search
INDEX_PIECES = 4
PROBES, REFINE = 32, 4
VECTOR_INDEX_ROWS = 10_000  # below, comparing every vector is as fast and misses nothing
# Old states of a table: compaction leaves a whole copy, and a search needs one for milliseconds.
KEPT_FOR = timedelta(seconds=30)


def schema_of(model: str, dimension: int) -> pa.Schema:
    columns = [(name, pa.string()) for name in ("passage", "version", "collection", "words")]
    return pa.schema(
        [*columns, ("vector", pa.list_(pa.float32(), dimension))],
        metadata={"model": model, "dimension": str(dimension)},
    )


def rows_for(entries: Sequence[IndexEntry], schema: pa.Schema) -> pa.RecordBatch:
    """A row for each passage; of one given twice, the last."""
    unique = list({entry.passage: entry for entry in entries}.values())
    dimension = schema.field("vector").type.list_size
    vectors = np.asarray([entry.vector for entry in unique], np.float32)
    if vectors.shape != (len(unique), dimension) or not np.isfinite(vectors).all():
        raise ValueError(f"Every vector must hold {dimension} finite numbers.")
    columns = [
        pa.array([entry.passage.hex for entry in unique]),
        pa.array([entry.version.hex for entry in unique]),
        pa.array([entry.collection.hex for entry in unique]),
        pa.array([words(entry.title, entry.text) for entry in unique]),
        pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), dimension),
    ]
    return pa.record_batch(columns, schema=schema)


def direction(vector: Sequence[float], dimension: int) -> pa.Array | None:
    """The vector as the engine takes it; None when it points nowhere, so that nothing is near to it."""
    numbers = np.asarray(vector, np.float32)
    if numbers.shape != (dimension,):
        raise ValueError(f"The vector has shape {numbers.shape}, the index {dimension} dimensions.")
    return pa.array(numbers) if np.isfinite(numbers).all() and numbers.any() else None


async def keyword_scores(table: Any, text: str, *, where: str, depth: int) -> dict[str, float]:
    """BM25 scores. The text is matched word by word and never read as a query language."""
    if not text.strip():
        return {}
    query = table.query().nearest_to_text({"query": storable(text[:SEEN_WORDS]), "columns": ["words"]})
    query.select_columns(["passage", "_score"])
    query.where(where)
    query.limit(depth)
    return dict(await columns_of(query, "passage", "_score"))


async def vector_scores(table: Any, vector: pa.Array | None, *, where: str, depth: int) -> dict[str, float]:
    """Cosine similarities."""
    if vector is None:
        return {}
    query = table.query().nearest_to(vector)
    query.distance_type("cosine")
    query.nprobes(PROBES)
    query.refine_factor(REFINE)
    query.select_columns(["passage", "_distance"])
    query.where(where)
    query.limit(depth)
    return {passage: 1.0 - distance for passage, distance in await columns_of(query, "passage", "_distance")}


async def passages_where(table: Any, where: str) -> set[UUID]:
    query = table.query()
    query.select_columns(["passage"])
    query.where(where)
    return {UUID(passage) for (passage,) in await columns_of(query, "passage")}


async def vectors_where(table: Any, where: str) -> dict[UUID, Sequence[float]]:
    query = table.query()
    query.select_columns(["passage", "vector"])
    query.where(where)
    found: dict[UUID, Sequence[float]] = {}
    async for batch in await query.execute(None, None):
        column = batch.column("vector")
        numbers = column.flatten().to_numpy().reshape(len(column), -1)
        found |= zip(map(UUID, batch.column("passage").to_pylist()), numbers, strict=True)
    return found


async def columns_of(query: Any, *names: str) -> list[tuple[Any, ...]]:
    """The rows found, each as the values of these columns."""
    return [row async for row in _rows(query, names)]


async def all_rows(table: Any, *names: str) -> AsyncIterator[tuple[Any, ...]]:
    query = table.query()
    query.select_columns(list(names))
    async for row in _rows(query, names):
        yield row


async def _rows(query: Any, names: Sequence[str]) -> AsyncIterator[tuple[Any, ...]]:
    async for batch in await query.execute(None, None):
        for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            yield row


@dataclass
class Scannable:
    """A batch as the engine asks for it. Its package has the same class, and takes 4 s of CPU to import."""

    batch: pa.RecordBatch
    rescannable: bool = True

    @property
    def schema(self) -> pa.Schema:
        return self.batch.schema

    @property
    def num_rows(self) -> int:
        return int(self.batch.num_rows)

    def reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self.batch.schema, [self.batch])


async def append(table: Any, rows: pa.RecordBatch) -> None:
    await table.add(Scannable(rows), "append", progress=None, write_parallelism=1)


async def replace(table: Any, rows: pa.RecordBatch) -> None:
    from lancedb.table import AsyncTable

    merge = AsyncTable(table).merge_insert("passage").when_matched_update_all().when_not_matched_insert_all()
    await merge.execute(rows)


async def index_text_and_ids(table: Any) -> None:
    from lancedb.index import FTS, Bitmap, BTree

    indexes = {
        "words": FTS(**TOKENIZER),
        "collection": Bitmap(),
        "version": BTree(),
        "passage": BTree(),
    }
    for column, index in indexes.items():
        await table.create_index(column, index, True, None, name=None, train=True)


async def index_vectors(table: Any) -> None:
    """Once the table is large; again when upkeep has left the index in many pieces, each of which a search opens."""
    if await table.count_rows(None) < VECTOR_INDEX_ROWS:
        return
    if (await table.schema()).field("vector").type.list_size % 8:
        return  # cannot be built; vectors go on being compared one by one
    pieces = [index.num_segments or 1 for index in await table.list_indices() if index.columns == ["vector"]]
    if pieces and pieces[0] <= INDEX_PIECES:
        return
    from lancedb.index import IvfRq

    # One bit a dimension finds several times as many candidates as wanted, their whole vectors order them. At 100,000
    # passages: built in 1 s, 6 MB, and 5 ms a search with recall 0.99 against 70 ms without an index.
    await table.create_index("vector", IvfRq(distance_type="cosine"), True, None, name=None, train=True)


async def optimize(table: Any) -> None:
    await table.optimize(cleanup_since_ms=int(KEPT_FOR.total_seconds() * 1000), delete_unverified=False)


async def falls_behind(table: Any) -> bool:
    """So many rows wait for indexing that searching them one by one is felt."""
    waiting = max((index.num_unindexed_rows or 0 for index in await table.list_indices()), default=0)
    return waiting > UNINDEXED_ROWS and waiting * 50 > await table.count_rows(None)


def among(column: str, ids: Collection[UUID]) -> str:
    """A condition of nothing but hexadecimal digits: anything that is no UUID is refused here."""
    return f"{column} IN ({', '.join(sorted(quoted(each) for each in ids))})"


def quoted(value: UUID) -> str:
    if not isinstance(value, UUID):
        raise TypeError(f"{value!r} is not a UUID.")
    return f"'{value.hex}'"
