"""Runs a judged set through the real pipeline and search, in throw-away tenants that are deleted afterwards."""

import asyncio
import io
import itertools
import secrets
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.conf import settings

from assistant.evaluation.judged import JudgedDocument, JudgedQuery, JudgedSet
from assistant.evaluation.measures import Measures, mean, measure
from assistant.retrieve import retrieve
from ingestion import pipeline
from ingestion.access import readable_collections
from ingestion.actions import accept_upload
from ingestion.embed import embed_query
from ingestion.index import active_store, run_async
from ingestion.models import Collection, DocumentVersion, Passage, Status
from ingestion.purging import purge_tenant
from ingestion.store import Mode
from tenants.access import Member, require_member
from tenants.actions import add_member, create_tenant
from tenants.db import in_database
from tenants.models import Role, User
from tenants.scoping import every_tenant, tenant_scope

MODES: tuple[Mode, ...] = ("keyword", "vector", "hybrid")
DEPTH = 100  # documents ranked a query
PASSAGES_PER_DOCUMENT = 3  # asked of the store for each document wanted
AT_ONCE = 4  # queries
TIMED = 200  # queries whose retrieval is timed, alone on the machine

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Result:
    """`milliseconds` is the median of one question's whole retrieval, through permissions, as the chat does it."""

    measures: dict[Mode, Measures]
    documents: int
    passages: int
    failed: int
    leaks: int
    passages_per_second: float
    milliseconds: dict[Mode, float]


@dataclass
class Place:
    """A throw-away tenant and which of its documents a version stands for."""

    member: Member
    documents: dict[UUID, list[str]]  # equal texts are one upload, and so one version


def evaluate(judged: JudgedSet, *, progress: Progress) -> Result:
    with throw_away_tenants(judged.tenants) as places:
        began = time.perf_counter()
        failed = index(judged.documents, places, progress)
        seconds = time.perf_counter() - began
        with every_tenant():
            tenants = [place.member.tenant for place in places.values()]
            owner = dict(Passage.objects.filter(tenant__in=tenants).values_list("id", "tenant_id"))
            version_of = dict(Passage.objects.filter(tenant__in=tenants).values_list("id", "version_id"))
        for place in places.values():
            run_async(active_store().maintain(place.member.tenant))
        queries = [q for q in judged.queries if q.tenant in places]
        measures, milliseconds, leaks = {}, {}, 0
        for mode in MODES:
            rankings = run_async(search_all(queries, places, mode, progress))
            leaks += sum(
                owner.get(p) != places[q.tenant].member.tenant for q, found in rankings for p in found
            )
            measures[mode] = mean(
                [
                    measure(documents_of(found, places[q.tenant], version_of), q.relevant)
                    for q, found in rankings
                ]
            )
            milliseconds[mode] = run_async(time_retrieval(queries[:TIMED], places, mode))
    return Result(
        measures=measures,
        documents=len(judged.documents),
        passages=len(owner),
        failed=failed,
        leaks=leaks,
        passages_per_second=round(len(owner) / seconds, 1),
        milliseconds=milliseconds,
    )


async def search_all(
    queries: Sequence[JudgedQuery], places: dict[str, Place], mode: Mode, progress: Progress
) -> list[tuple[JudgedQuery, list[UUID]]]:
    """A deep ranking of passages for every query, a few at a time."""
    turns = asyncio.Semaphore(AT_ONCE)
    done = itertools.count(1)

    async def one(query: JudgedQuery) -> tuple[JudgedQuery, list[UUID]]:
        async with turns:
            found = await search(query, places[query.tenant].member, mode=mode)
            progress(mode, next(done), len(queries))
            return query, found

    return await asyncio.gather(*(one(query) for query in queries))


async def search(query: JudgedQuery, member: Member, *, mode: Mode) -> list[UUID]:
    with tenant_scope(member.tenant):
        collections = await in_database(readable_collections, member)
        vector = None if mode == "keyword" else cast(Sequence[float], await embed_query(query.text))
        hits = await active_store().search(
            member.tenant,
            collections=collections,
            text=query.text,
            vector=vector,
            limit=DEPTH * PASSAGES_PER_DOCUMENT,
            mode=mode,
        )
        return [hit.passage for hit in hits]


def documents_of(passages: Sequence[UUID], place: Place, version_of: dict[UUID, UUID]) -> list[str]:
    """Documents by their best passage, best first."""
    found = (doc for p in passages if p in version_of for doc in place.documents.get(version_of[p], ()))
    return list(dict.fromkeys(found))[:DEPTH]


async def time_retrieval(queries: Sequence[JudgedQuery], places: dict[str, Place], mode: Mode) -> float:
    """Median milliseconds of one question after the other, through permissions, as the chat retrieves."""
    times = []
    for query in queries:
        member = places[query.tenant].member
        with tenant_scope(member.tenant):
            began = time.perf_counter()
            await retrieve(f"{query.text} ", member=member, limit=settings.PASSAGES_PER_ANSWER, mode=mode)
            times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 2)


@contextmanager
def throw_away_tenants(names: Sequence[str]) -> Iterator[dict[str, Place]]:
    """A tenant with one reader for each name; gone with everything in it at the end, whatever happens."""
    mark = secrets.token_hex(4)
    places: dict[str, Place] = {}
    email = f"evaluation-{mark}@localhost"
    try:
        for n, name in enumerate(names):
            tenant = create_tenant(f"evaluation {mark} {n}")
            user = add_member(tenant, email=email, name="Evaluation", role=Role.MANAGER)
            places[name] = Place(require_member(user.id, tenant=tenant.id), {})
        yield places
    finally:
        for place in places.values():
            purge_tenant(place.member.tenant)
        User.objects.filter(email=email).delete()


def index(documents: Sequence[JudgedDocument], places: dict[str, Place], progress: Progress) -> int:
    """Upload and ingest every document; returns how many failed."""
    collections: dict[str, Collection] = {}
    failed: dict[str, int] = defaultdict(int)
    for n, document in enumerate(documents):
        progress("index", n + 1, len(documents))
        place = places[document.tenant]
        with tenant_scope(place.member.tenant):
            if document.tenant not in collections:
                collections[document.tenant] = Collection.objects.create(name="Evaluation", everyone=True)
            version = _ingest(n, document, place.member, collections[document.tenant])
            place.documents.setdefault(version.pk, []).append(document.id)
            failed[document.tenant] += version.status != Status.READY
    return sum(failed.values())


def _ingest(n: int, document: JudgedDocument, member: Member, collection: Collection) -> DocumentVersion:
    text = f"{document.text or document.title}\n"
    file = io.BytesIO(text.encode())
    upload = accept_upload(
        file, name=f"{n}.txt", collection=collection, member=member, title=document.title[:300], send=False
    )
    if not upload.duplicate:
        pipeline.ingest(upload.version.pk)
    upload.version.refresh_from_db()
    return upload.version
