"""The index of passages: what every vector store must do, and how to open the one in use.

The relational database is the truth and a store only its index. It answers with ids; whoever asks reads each id again
through a permission check before using a word of it, and any store can be rebuilt from the database at any time.
"""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID

from ingestion.errors import IngestionError

Mode = Literal["hybrid", "keyword", "vector"]


class StoreMismatch(IngestionError):
    """A stored index was built with another embedding model than the one it is opened for."""


@dataclass(frozen=True)
class IndexEntry:
    passage: UUID
    version: UUID
    collection: UUID
    title: str
    text: str
    vector: Sequence[float]


@dataclass(frozen=True)
class Hit:
    """`score` orders the hits of one search, higher first."""

    passage: UUID
    score: float


@dataclass(frozen=True)
class Held:
    """What a store holds of a passage, but for its words and its vector."""

    passage: UUID
    version: UUID
    collection: UUID


@dataclass(frozen=True)
class Evidence:
    """How many entries of some versions a store holds, and in what way it could tell."""

    entries: int
    said: str


class VectorStore(Protocol):
    """Every method names the tenant and touches nothing of another; a tenant never written to is simply empty.

    What is written is found by the next search in any process. Raises StoreUnavailable when the store cannot be read
    or written just now, and StoreMismatch when it holds vectors of another model.
    """

    async def upsert(self, tenant: UUID, entries: Sequence[IndexEntry], *, fresh: bool = False) -> None:
        """Add passages; one that is there already is replaced.

        `fresh`: the caller knows of none that is there, and spares the store looking. One that is there after all may
        be held twice from then on; it is found once, and goes with its version.
        """

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
        """The best passages of these collections, best first; ties in the order of their ids.

        Any text may be asked. Hybrid search without a vector is keyword search.
        """

    async def passages_of(self, tenant: UUID, version: UUID) -> set[UUID]:
        """Exactly what is stored of a document's version: to resume its indexing, to prove its deletion."""

    async def evidence(self, tenant: UUID, versions: Collection[UUID]) -> Evidence:
        """How many entries there are of these versions, from a store that answers for sure: to prove a deletion.

        Raises StoreUnavailable also where the store only says "not found": an index that is not there, or cannot be
        listed, proves nothing about what is in it.
        """

    async def vectors_of(self, tenant: UUID, passages: Collection[UUID]) -> dict[UUID, Sequence[float]]:
        """The vectors of these passages; those that are not stored are left out."""

    def everything(self, tenant: UUID) -> AsyncIterator[Held]:
        """All that is stored of the tenant, a page at a time and in no order. For comparing it with the truth."""

    async def tenants(self) -> set[UUID]:
        """Those of whom something is, or was, stored."""

    async def delete_version(self, tenant: UUID, version: UUID) -> None: ...

    async def delete_passages(self, tenant: UUID, passages: Collection[UUID]) -> None: ...

    async def move_version(self, tenant: UUID, version: UUID, *, collection: UUID) -> None: ...

    async def drop_tenant(self, tenant: UUID) -> None:
        """Remove everything of the tenant, files included."""

    async def drop(self) -> None:
        """Remove the whole index of this model."""

    async def rest(self, *, but: Collection[UUID]) -> None:
        """Let go of the memory that tenants hold, all but these; the next call for one wakes it."""

    async def maintain(self, tenant: UUID) -> None:
        """Tidy: index new rows, compact, discard what no reader needs. Slow; other calls go on meanwhile."""


def open_store(model_name: str, dimension: int, *, root: Path | None = None) -> VectorStore:
    """The store for vectors of this model: Weaviate where WEAVIATE_URL names one, else a folder below `root`.

    `root` is VAR_DIR/index unless it is given.
    """
    # Imported here and not above: each loads a native library, which processes that never search do without.
    from django.conf import settings

    if settings.WEAVIATE_URL:
        from ingestion.store.weaviate import WeaviateStore

        return WeaviateStore(model=model_name, dimension=dimension)

    from ingestion.store.lance import LanceStore

    root = root or Path(settings.VAR_DIR) / "index"
    return LanceStore(root / folder_name(model_name), model=model_name, dimension=dimension)


def folder_name(model_name: str) -> str:
    """`BAAI/bge-m3` -> `baai-bge-m3`. Should two names share a folder, the store tells them apart."""
    return re.sub(r"[^a-z0-9.]+", "-", model_name.lower()).strip("-.")[:100] or "model"
