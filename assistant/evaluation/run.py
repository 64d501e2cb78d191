"""Runs a judged set through the real pipeline and search, in throw-away tenants that are deleted afterwards."""

import asyncio
import io
import secrets
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from ingestion.embed import embed_query

from assistant.evaluation.judged import JudgedDocument, JudgedQuery, JudgedSet
from assistant.evaluation.measures import Measures, mean, measure
from assistant.retrieve import retrieve
from ingestion import pipeline
from ingestion.access import readable_collections
from ingestion.actions import accept_upload
from ingestion.index import active_store, run_async
from ingestion.models import Collection, DocumentVersion, Passage, Status
from ingestion.purging import purge_tenant
from tenants.access import Member, require_member
from tenants.actions import add_member, create_tenant
from tenants.models import Role, User
from tenants.scoping import every_tenant, tenant_scope

MODES = ("keyword", "vector", "hybrid")
DEPTH = 100  # documents ranked a query
PASSAGES_PER_DOCUMENT = 3  # asked of the store for each document wanted

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Result:
    """`milliseconds` is the median of one question's whole retrieval, through permissions, as the chat does it."""

    measures: dict[str, Measures]
    documents: int
    passages: int
    failed: int
    leaks: int
    passages_per_second: float
    milliseconds: dict[str, float]


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
            rows, times = [], []
            for n, query in enumerate(queries):
                progress(mode, n + 1, len(queries))
                place = places[query.tenant]
                passages, took = run_async(search(query, place.member, mode=mode))
                leaks += sum(owner.get(p) != place.member.tenant for p in passages)
                ranking = dict.fromkeys(
                    doc for p in passages if p in version_of for doc in place.documents[version_of[p]]
                )
                rows.append(measure(list(ranking)[:DEPTH], query.relevant))
                times.append(took)
            measures[mode], milliseconds[mode] = mean(rows), round(statistics.median(times) * 1000, 2)
    return Result(
        measures=measures,
        documents=len(judged.documents),
        passages=len(owner),
        failed=failed,
        leaks=leaks,
        passages_per_second=round(len(owner) / seconds, 1),
        milliseconds=milliseconds,
    )


async def search(query: JudgedQuery, member: Member, *, mode: str) -> tuple[list[UUID], float]:
    """A deep ranking of passages, and the seconds that the chat's own retrieval takes for this question."""
    with tenant_scope(member.tenant):
        collections = await asyncio.to_thread(_collections, member)
        vector = None if mode == "keyword" else await embed_query(query.text)
        hits = await active_store().search(
            member.tenant,
            collections=collections,
            text=query.text,
            vector=vector,
            limit=DEPTH * PASSAGES_PER_DOCUMENT,
            mode=mode,
        )
        began = time.perf_counter()
        await retrieve(query.text, member=member, limit=settings.PASSAGES_PER_ANSWER, mode=mode)
        return [hit.passage for hit in hits], time.perf_counter() - began


def _collections(member: Member) -> list[UUID]:
    with tenant_scope(member.tenant):
        return readable_collections(member)


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
    return DocumentVersion.objects.get(pk=upload.version.pk)
