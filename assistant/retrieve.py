"""Readable collections -> hybrid search -> read again through permissions -> cut to size.

The store only ever names ids. Every word comes from the database, through a queryset cut to what this member may
read at this moment, so a stale or corrupt index can neither leak nor bring a deleted document back.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from assistant.errors import SearchUnavailable
from assistant.events import FoundPassage
from ingestion.access import readable_collections
from ingestion.embed import embed_query
from ingestion.errors import EmbeddingUnavailable, IngestionError
from ingestion.index import active_store
from ingestion.models import Passage
from ingestion.store import Hit, Mode, VectorStore
from tenants.access import Member
from tenants.db import in_database
from tenants.observe.steps import observed
from tenants.usage import note_use

log = logging.getLogger(__name__)

SPARE = 3  # hits asked for per passage wanted: the re-read may drop some


async def retrieve(
    question: str, *, member: Member, limit: int, mode: Mode = "hybrid"
) -> tuple[FoundPassage, ...]:
    """The `limit` best passages that `member` may read, numbered from 1. Raises SearchUnavailable."""
    try:
        (collections, store), vector = await asyncio.gather(
            in_database(_readable_and_store, member), _vector(question, mode=mode)
        )
        if not collections:
            return ()
        with observed("answer.search"):
            hits = await store.search(
                member.tenant,
                collections=collections,
                text=question,
                vector=vector,
                limit=limit * SPARE,
                mode="keyword" if vector is None else mode,
            )
    except IngestionError as error:
        raise SearchUnavailable(str(error)) from error
    with observed("answer.reread"):
        return await in_database(read_again, hits, member=member, limit=limit)


def _readable_and_store(member: Member) -> tuple[list[UUID], VectorStore]:
    note_use(member.tenant)
    return readable_collections(member), active_store()


async def _vector(question: str, *, mode: Mode) -> Sequence[float] | None:
    """The question's embedding; None, and so keyword search alone, when the embedding model does not answer."""
    if mode == "keyword":
        return None
    try:
        with observed("answer.embed"):
            return cast(Sequence[float], await embed_query(question))
    except EmbeddingUnavailable:
        log.warning("the embedding model does not answer; searching by keywords alone")
        return None


def read_again(hits: Sequence[Hit], *, member: Member, limit: int) -> tuple[FoundPassage, ...]:
    """The hits' passages in order, without those that the member may not read (any more)."""
    found: list[FoundPassage] = []
    readable = Passage.objects.readable_by(member)
    for start in range(0, len(hits), limit):
        batch = hits[start : start + limit]
        rows = {
            row[0]: row for row in readable.filter(pk__in=[h.passage for h in batch]).values_list(*COLUMNS)
        }
        found += [_found(rows[hit.passage], hit.score) for hit in batch if hit.passage in rows]
        if len(found) >= limit:
            break
    return tuple(replace(passage, number=n) for n, passage in enumerate(found[:limit], start=1))


# Columns, not instances: four models a row would cost more than the search itself.
COLUMNS = (
    "id",
    "version_id",
    "version__document__collection_id",
    "version__document__collection__name",
    "version__document__title",
    "page",
    "heading",
    "text",
    "start",
    "end",
    "table_header",
)


def _found(row: tuple[Any, ...], score: float) -> FoundPassage:
    key, version, collection, collection_name, title, page, heading, text, start, end, table_header = row
    return FoundPassage(
        number=0,
        id=key,
        version=version,
        collection=collection,
        collection_name=collection_name,
        title=title,
        page=page,
        heading=tuple(heading),
        text=text,
        start=start,
        end=end,
        score=score,
        table_header=table_header,
    )
