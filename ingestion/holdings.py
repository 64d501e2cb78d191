"""What `ingestion` holds of people and organisations, for exports and deletions."""

import mimetypes
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q

from ingestion.errors import StoreUnavailable
from ingestion.index import active_store, run_async
from ingestion.models import (
    Collection,
    DeletionReceipt,
    Document,
    DocumentVersion,
    ExtractedText,
    Narrowing,
    Passage,
    PictureSet,
)
from ingestion.sources.models import Source, SourceItem, SourceRun
from ingestion.store import VectorStore
from tenants.datarights.archive import Archive
from tenants.datarights.registry import Holding, Left, Section, Subject, TenantPlace, TenantSection, add, hold
from tenants.scoping import tenant_scope

PAGE = 500


def register() -> None:
    hold(
        Holding(Collection, goes=("private_to",), left_out=Q(private_to__isnull=False)),
        Holding(Collection.groups.through, tenant="collection__tenant"),
        Holding(Collection.people.through, goes=("user",), tenant="collection__tenant"),
        Holding(Collection.managers.through, goes=("user",), tenant="collection__tenant"),
        Holding(Collection.invited.through, tenant="collection__tenant"),
        Holding(Narrowing),
        Holding(Narrowing.groups.through, tenant="narrowing__tenant"),
        Holding(Narrowing.people.through, goes=("user",), tenant="narrowing__tenant"),
        Holding(Document, emptied=("uploader", "owner"), left_out=Q(private=True)),
        Holding(DocumentVersion, secret=("password",), left_out=Q(document__private=True)),
        Holding(PictureSet, left_out=Q(version__document__private=True)),
        Holding(ExtractedText, left_out=Q(version__document__private=True)),
        Holding(Passage, left_out=Q(version__document__private=True)),
        Holding(DeletionReceipt, emptied=("asked_by",)),
        Holding(Source, emptied=("keeper",), secret=("encrypted_secret",)),
        Holding(SourceItem),
        Holding(SourceRun),
    )
    add(
        Section("documents.json", "Documents the person uploaded or tends.", write_documents, documents_fit),
        TenantSection(
            "originals/", "The original file of every version, by the version's id.", write_originals
        ),
        TenantPlace("vectors", drop_vectors, vectors_left),
    )


def write_documents(subject: Subject, archive: Archive) -> Iterable[str]:
    """Those that the person may read now. The files are the organisation's and not among them."""
    told: list[dict[str, Any]] = []
    if subject.member:
        readable = Document.objects.readable_by(subject.member)
        for field in ("uploader", "owner"):
            rows = readable.filter(**{field: subject.user}).order_by("created")
            told += [
                {"as": field, **row}
                for row in rows.values("id", "title", "name", "created", "collection__name").iterator()
            ]
    archive.json("documents.json", told)
    return {str(row["id"]) for row in told}


def documents_fit(subject: Subject, sources: list[str]) -> bool:
    if subject.member is None:
        return False
    readable = Document.objects.readable_by(subject.member)
    found: set[str] = set()
    for start in range(0, len(sources), PAGE):
        some = sources[start : start + PAGE]
        found.update(map(str, readable.filter(pk__in=some).values_list("pk", flat=True)))
    return found.issuperset(sources)


def write_originals(tenant: UUID, archive: Archive) -> None:
    """A file that is deleted meanwhile is left out: its row may be in the export still."""
    last: UUID | None = None
    missing: list[str] = []
    while True:
        with tenant_scope(tenant):
            shared = DocumentVersion.objects.filter(document__private=False)
            rows = shared.exclude(file="").order_by("pk")
            page = list(
                (rows.filter(pk__gt=last) if last else rows).values("pk", "file", "media_type")[:PAGE]
            )
        if not page:
            break
        for row in page:
            ending = mimetypes.guess_extension(row["media_type"] or "") or ""
            try:
                with default_storage.open(row["file"]) as original:
                    archive.copy(f"originals/{row['pk']}{ending}", original)
            except FileNotFoundError:
                missing.append(str(row["pk"]))
        last = page[-1]["pk"]
    if missing:
        archive.json("originals-missing.json", missing)


def drop_vectors(tenant: UUID) -> None:
    run_async(active_store().drop_tenant(tenant))


def vectors_left(tenant: UUID, removed: dict[str, Any]) -> Left:
    """From a store that answers for sure. What never had a passage was never sent to it."""
    store = active_store()
    try:
        said = run_async(store.evidence(tenant, [])).said
    except StoreUnavailable:
        if removed.get("ingestion.Passage"):
            raise
        return Left(0, "It never had a passage, so nothing was ever sent to the search index.")
    return Left(run_async(_count(store, tenant)), said)


async def _count(store: VectorStore, tenant: UUID) -> int:
    return len([held async for held in store.everything(tenant)])
