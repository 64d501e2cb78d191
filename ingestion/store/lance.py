"""The embedded store: a LanceDB table a tenant, shared by the web and worker processes of one machine.

- A read opens the table anew (0.1 ms), so it sees what any process has committed, and takes no table that was dropped
  and made again for the old one. Readers wait for nobody.
- A write holds the tenant's lock, so that "these passages are new" stays true until they are added.
- Rows are found before they are indexed, by looking through them one by one: 20 microseconds each for keywords. So a
  writer that leaves many of them behind indexes them there and then; the rest is done by `maintain`.
"""

import asyncio
import logging
import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import pyarrow as pa

from ingestion.errors import StoreUnavailable
from ingestion.store import Evidence, Held, Hit, IndexEntry, Mode, StoreMismatch
from ingestion.store.engine import connect, refuse_forked
from ingestion.store.fusion import best, fuse
from ingestion.store.locks import locked
from ingestion.store.table import (
    all_rows,
    among,
    append,
    direction,
    falls_behind,
    index_text_and_ids,
    index_vectors,
    keyword_scores,
    optimize,
    passages_where,
    quoted,
    replace,
    rows_for,
    schema_of,
    vector_scores,
    vectors_where,
)
from tenants.observe.metrics import store_failed

log = logging.getLogger(__name__)

T = TypeVar("T")

DEPTH = 100  # candidates from each of keyword and vector search
WRITE_PATIENCE = 60.0
MAINTAIN_PATIENCE = 600.0
COMMIT_TRIES = 8
SEARCHES_AT_ONCE = max(4, os.cpu_count() or 1)  # more of them finish no sooner and hold more memory


class LanceStore:
    def __init__(self, folder: Path, *, model: str, dimension: int) -> None:
        self.folder = folder
        self.model = model
        self.dimension = dimension
        self._connection: Any = None
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

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
        nearest = None if vector is None or mode == "keyword" else direction(vector, self.dimension)
        if not collections or limit < 1:
            return []
        where, depth = among("collection", collections), max(DEPTH, limit)

        async def look(table: Any) -> list[Hit]:
            by_keyword, by_vector = await asyncio.gather(
                keyword_scores(table, "" if mode == "vector" else text, where=where, depth=depth),
                vector_scores(table, nearest, where=where, depth=depth),
            )
            if mode == "hybrid":
                return fuse(by_keyword, by_vector, limit=limit)
            return best(by_keyword if mode == "keyword" else by_vector, limit=limit)

        nothing: list[Hit] = []
        async with self._turn():
            return await self._read(tenant, look, otherwise=nothing)

    def _turn(self) -> asyncio.Semaphore:
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(SEARCHES_AT_ONCE))

    async def passages_of(self, tenant: UUID, version: UUID) -> set[UUID]:
        where = among("version", [version])
        return await self._read(tenant, lambda table: passages_where(table, where), otherwise=set())

    async def evidence(self, tenant: UUID, versions: Collection[UUID]) -> Evidence:
        if not self.folder.is_dir():
            raise StoreUnavailable(
                "The search index's folder is missing, so nothing can be proved. Check that its disk is mounted, or "
                "build the index anew with `manage.py reindex`."
            )
        with unavailable("counted"):
            if self._path(tenant) not in list(self.folder.iterdir()):
                return Evidence(0, "The search index lists its tables, and none of this organisation.")
            table = await self._open(tenant)
            if table is None:
                raise RuntimeError("a table that was listed cannot be opened")
            rows, entries = await table.count_rows(None), await table.count_rows(among("version", versions))
        return Evidence(
            entries,
            f"The organisation's table was opened: {entries} of its {rows} entries are of this document.",
        )

    async def vectors_of(self, tenant: UUID, passages: Collection[UUID]) -> dict[UUID, Sequence[float]]:
        nothing: dict[UUID, Sequence[float]] = {}
        if not passages:
            return nothing
        where = among("passage", passages)
        return await self._read(tenant, lambda table: vectors_where(table, where), otherwise=nothing)

    async def everything(self, tenant: UUID) -> AsyncIterator[Held]:
        with unavailable("read"):
            table = await self._open(tenant)
            if table is not None:
                async for ids in all_rows(table, "passage", "version", "collection"):
                    yield Held(*map(UUID, ids))

    async def tenants(self) -> set[UUID]:
        return {UUID(path.stem) for path in self.folder.glob("*.lance") if "-" not in path.stem}

    async def _read(self, tenant: UUID, work: Callable[[Any], Awaitable[T]], *, otherwise: T) -> T:
        """`work` on the table as it is now; again, should its files vanish beneath it (dropped or pruned)."""
        with unavailable("read"):
            for _ in range(2):
                table = await self._open(tenant)
                if table is None:
                    return otherwise
                try:
                    return await work(table)
                except RuntimeError as error:
                    if "not found" not in str(error).lower():
                        raise
                    vanished = error
            raise vanished

    async def _open(self, tenant: UUID) -> Any:
        if not self._path(tenant).is_dir():
            return None
        connection = await self._connect()
        try:
            table = await connection.open_table(tenant.hex)
        except ValueError:
            if self._path(tenant).is_dir():
                raise
            return None  # dropped this very moment
        self._check(await table.schema())
        return table

    async def _connect(self) -> Any:
        refuse_forked()
        if self._connection is None:
            self._connection = await connect(self.folder)
        return self._connection

    def _check(self, schema: pa.Schema) -> None:
        recorded = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        model, dimension = recorded.get("model", "an unknown model"), recorded.get("dimension", "?")
        if (model, dimension) != (self.model, str(self.dimension)):
            raise StoreMismatch(
                "index_mismatch",
                f"The search index was built with {model} ({dimension} dimensions), but {self.model} "
                f"({self.dimension}) is set. Run `manage.py reindex` to rebuild it.",
            )

    # --- writing

    async def upsert(self, tenant: UUID, entries: Sequence[IndexEntry], *, fresh: bool = False) -> None:
        if not entries:
            return
        rows = rows_for(entries, schema_of(self.model, self.dimension))
        behind = False

        async def write(table: Any) -> None:
            nonlocal behind
            # Looking reads a file for every write since the last upkeep: 25 ms where a thousand small ones came in.
            if not fresh and await table.count_rows(among("passage", {entry.passage for entry in entries})):
                await replace(table, rows)
            else:
                await append(table, rows)
            behind = await falls_behind(table)

        await self._write(tenant, write, create=True)
        if behind:
            await self._catch_up(tenant)

    async def delete_version(self, tenant: UUID, version: UUID) -> None:
        where = among("version", [version])
        await self._write(tenant, lambda table: table.delete(where))

    async def delete_passages(self, tenant: UUID, passages: Collection[UUID]) -> None:
        if passages:
            where = among("passage", passages)
            await self._write(tenant, lambda table: table.delete(where))

    async def move_version(self, tenant: UUID, version: UUID, *, collection: UUID) -> None:
        where = among("version", [version])
        await self._write(tenant, lambda table: table.update({"collection": quoted(collection)}, where))

    async def drop_tenant(self, tenant: UUID) -> None:
        if not self.folder.is_dir():
            return
        with unavailable("removed"):
            async with self._lock(tenant, "maintain"), self._lock(tenant, "write"):
                # Renamed first: what is left should this be interrupted is no table, and goes with the next try.
                if self._path(tenant).exists():
                    self._path(tenant).rename(self._spare_path(tenant))
                self._remove_spares(tenant)

    async def drop(self) -> None:
        for tenant in await self.tenants():
            await self.drop_tenant(tenant)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _write(
        self, tenant: UUID, work: Callable[[Any], Awaitable[object]], *, create: bool = False
    ) -> None:
        """`work` on the tenant's table under its lock; again when maintenance of the same rows came first."""
        if not create and not self._path(tenant).is_dir():
            return
        with unavailable("written"):
            async with self._lock(tenant, "write"):
                await self._committed(tenant, work, create=create)

    async def _committed(
        self, tenant: UUID, work: Callable[[Any], Awaitable[object]], *, create: bool = False
    ) -> None:
        for attempt in range(COMMIT_TRIES):
            table = await self._open(tenant)
            if table is None and create:
                table = await self._create(tenant)
            if table is None:
                return
            try:
                await work(table)
                return
            except RuntimeError as error:
                if "conflict" not in str(error).lower() or attempt == COMMIT_TRIES - 1:
                    raise
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311

    async def _create(self, tenant: UUID) -> Any:
        """Made beside its place and moved there whole: no reader meets a table without its indexes."""
        self._remove_spares(tenant)
        spare = self._spare_path(tenant)
        connection = await self._connect()
        table = await connection.create_empty_table(
            spare.stem, "create", schema_of(self.model, self.dimension)
        )
        await index_text_and_ids(table)
        spare.rename(self._path(tenant))
        return await self._open(tenant)

    # --- maintenance

    async def rest(self, *, but: Collection[UUID]) -> None:
        """Nothing is held of a tenant between two calls."""

    async def maintain(self, tenant: UUID) -> None:
        await self._maintain(tenant, patience=MAINTAIN_PATIENCE)

    async def _catch_up(self, tenant: UUID) -> None:
        """Index rows that were added when there are many; another process that is at it already will do."""
        try:
            await self._maintain(tenant, patience=0.0)
        except StoreUnavailable:
            log.info("the index of %s is being maintained already", tenant)

    async def _maintain(self, tenant: UUID, *, patience: float) -> None:
        # Beside writers and not against them: only writes to the very rows that are being compacted conflict.
        if not self._path(tenant).is_dir():
            return
        with unavailable("maintained"):
            async with self._lock(tenant, "maintain", patience=patience):
                await self._committed(tenant, optimize)
                await self._committed(tenant, index_vectors)

    # --- places

    def _path(self, tenant: UUID) -> Path:
        return self.folder / f"{tenant.hex}.lance"

    def _spare_path(self, tenant: UUID) -> Path:
        """A name that no process has seen before: the engine remembers files by their path."""
        return self.folder / f"{tenant.hex}-{uuid4().hex}.lance"

    def _remove_spares(self, tenant: UUID) -> None:
        for path in self.folder.glob(f"{tenant.hex}-*.lance"):
            shutil.rmtree(path)

    def _lock(self, tenant: UUID, purpose: str, *, patience: float = WRITE_PATIENCE) -> Any:
        # A few locks for all tenants: one each could never be removed safely and would outlive its tenant.
        return locked(self.folder / "locks" / f"{purpose}-{tenant.hex[-1]}", patience=patience)


@contextmanager
def unavailable(doing: str) -> Iterator[None]:
    """The engine's errors, and the disk's, as one that says to try again."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        log.exception("the search index could not be %s", doing)
        store_failed(doing)
        raise StoreUnavailable(
            f"The search index could not be {doing}. It will be tried again; if this lasts, check that the data "
            "folder has space left and may be written."
        ) from error
