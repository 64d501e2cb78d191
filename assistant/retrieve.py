"""Readable collections -> hybrid search -> read again through permissions -> cut to size.

The store only ever names ids. Every word comes from the database, through a queryset cut to what this member may
read at this moment, so a stale or corrupt index can neither leak nor bring a deleted document back.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from assistant.errors import SearchUnavailable
from assistant.events import FoundPassage
from assistant.setup import ANYWHERE, PLAIN, Setup, Within, narrowed, only_within
from ingestion.access import private_collection, readable_collections
from ingestion.earlier import archive_of
from ingestion.embed import embed_query
from ingestion.errors import EmbeddingUnavailable, IngestionError
from ingestion.index import active_store
from ingestion.models import Passage
from ingestion.store import Hit, Mode, VectorStore
from ingestion.validity import Standing
from tenants.access import Member
from tenants.db import in_database
from tenants.observe.steps import observed
from tenants.usage import note_use

log = logging.getLogger(__name__)

SPARE = 3  # hits asked for per passage wanted: the re-read may drop some,
MORE = 5  # and where documents are narrowed to others, many: then so many times as many are asked for
MOST_HITS = 3000
HERE = "This conversation"
FILES_SHARE = 0.75  # of an answer's places, for the files of its conversation


async def retrieve(
    question: str,
    *,
    member: Member,
    limit: int,
    mode: Mode = "hybrid",
    as_of: date | None = None,
    files: UUID | None = None,
    setup: Setup = PLAIN,
    within: Within = ANYWHERE,
) -> tuple[FoundPassage, ...]:
    """The `limit` best passages that `member` may read, numbered from 1. Raises SearchUnavailable.

    With `as_of` they are of the versions that answered at the end of that day. `setup` and `within` narrow what is
    searched, and never widen it. `files` is the private collection of the conversation: what is found in it comes
    first, however the rest is narrowed, and takes at most its share of the places.
    """
    if files is None:
        return await _retrieve(
            question, member=member, limit=limit, mode=mode, as_of=as_of, setup=setup, within=within
        )
    own, shared = await asyncio.gather(
        _retrieve(question, member=member, limit=max(1, int(limit * FILES_SHARE)), mode=mode, files=files),
        _retrieve(question, member=member, limit=limit, mode=mode, as_of=as_of, setup=setup, within=within),
    )
    both = (*(replace(passage, collection_name=HERE) for passage in own), *shared)[:limit]
    return tuple(replace(passage, number=n) for n, passage in enumerate(both, start=1))


async def _retrieve(
    question: str,
    *,
    member: Member,
    limit: int,
    mode: Mode,
    as_of: date | None = None,
    files: UUID | None = None,
    setup: Setup = PLAIN,
    within: Within = ANYWHERE,
) -> tuple[FoundPassage, ...]:
    """From the shared collections, or from `files` alone."""
    try:
        (collections, store), vector = await asyncio.gather(
            in_database(_searched_and_store, member, files), _vector(question, mode=mode)
        )
        collections = narrowed(collections, setup, within)
        if not collections:
            return ()
        spare = SPARE
        if as_of:
            collections += [archive_of(collection) for collection in collections]
            spare += settings.EARLIER_VERSIONS_KEPT  # the same passage may be found once in every version
        asked = limit * spare
        while True:
            with observed("answer.search"):
                hits = await store.search(
                    member.tenant,
                    collections=collections,
                    text=question,
                    vector=vector,
                    limit=asked,
                    mode="keyword" if vector is None else mode,
                )
            with observed("answer.reread"):
                found = await in_database(
                    read_again,
                    hits,
                    member=member,
                    limit=limit,
                    as_of=as_of,
                    files=files,
                    setup=setup,
                    within=within,
                )
            if len(found) >= limit or len(hits) < asked or asked >= MOST_HITS:
                return found
            asked = min(asked * MORE, MOST_HITS)
    except IngestionError as error:
        raise SearchUnavailable(str(error)) from error


def _searched_and_store(member: Member, files: UUID | None) -> tuple[list[UUID], VectorStore]:
    note_use(member.tenant)
    if files is None:
        return readable_collections(member), active_store()
    own = private_collection(files, member)
    return [own] if own else [], active_store()


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


def read_again(
    hits: Sequence[Hit],
    *,
    member: Member,
    limit: int,
    as_of: date | None = None,
    files: UUID | None = None,
    setup: Setup = PLAIN,
    within: Within = ANYWHERE,
) -> tuple[FoundPassage, ...]:
    """The hits' passages in order, without those that the member may not read (any more)."""
    found: list[FoundPassage] = []
    readable = only_within(Passage.objects.readable_by(member, as_of=as_of, files=files), setup, within)
    start, size = 0, limit
    while start < len(hits) and len(found) < limit:
        batch = hits[start : start + size]
        rows = {
            row[0]: row for row in readable.filter(pk__in=[h.passage for h in batch]).values_list(*COLUMNS)
        }
        found += [
            _found(rows[hit.passage], hit.score, as_of, named=not member.is_guest)
            for hit in batch
            if hit.passage in rows
        ]
        start, size = start + size, size * 2  # the more were dropped, the more at once
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
    "version__number",
    "version__effective_from",
    "version__created",
    "version__document__valid_until",
    "version__document__review_on",
    "version__document__owner__name",
    "version__document__owner__email",
    "version__document__owner__is_active",
    "version__document__current_version__number",
    "version__document__current_version__effective_from",
)


def _found(row: tuple[Any, ...], score: float, as_of: date | None, *, named: bool) -> FoundPassage:
    """`named`: with who tends the document, which guests are not told."""
    key, version, collection, collection_name, title, page, heading, text, start, end, table_header = row[:11]
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
        standing=_standing(row[11:], as_of, named=named),
    )


def _standing(row: tuple[Any, ...], as_of: date | None, *, named: bool) -> Standing:
    number, since, created, valid_until, review_on, name, email, active, current, current_since = row
    replaced = current is not None and current > number
    return Standing(
        version=number,
        updated=since or created,
        owner=(name or email) if active and named else "",
        valid_until=valid_until,
        review_on=review_on,
        as_of=as_of,
        newer=current if replaced else None,
        newer_since=current_since if replaced else None,
    )
