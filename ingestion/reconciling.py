"""Makes the index and the storage equal to the database again, whatever has been lost or left in either.

Looks at a page or a document at a time, so that it needs no more memory for a larger organisation, and looks again
before it changes anything: what is being ingested, moved or deleted at this moment is left to those who do that.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Count
from django.utils import timezone

from ingestion.earlier import archive_of, findable_versions, forget_beyond_limit
from ingestion.index import active_store, run_async
from ingestion.models import DocumentVersion, Passage, PictureSet, Status
from ingestion.reindexing import index_missing
from ingestion.store import Held, VectorStore
from tenants.models import Tenant
from tenants.scoping import tenant_scope

PAGE = 1000
YOUNG = timedelta(hours=1)  # files this young may belong to an upload that has not committed yet
UNFINISHED = [Status.QUEUED, Status.PROCESSING]

Say = Callable[[str], None]


@dataclass
class Differences:
    """What was found. All but `missing_files` can be mended."""

    missing_passages: int = 0
    stray_passages: int = 0
    misplaced_documents: int = 0
    stray_tenants: int = 0
    stray_files: int = 0
    missing_files: int = 0

    def __str__(self) -> str:
        found = [f"{count} {name.replace('_', ' ')}" for name, count in asdict(self).items() if count]
        return ", ".join(found) or "no differences"


def reconcile(*, tenant: UUID | None = None, mend: bool = True, say: Say) -> Differences:
    """Compare, and mend unless told not to. Can be stopped and run again at any time."""
    found, store = Differences(), active_store()
    known = set(Tenant.objects.values_list("pk", flat=True))
    for owner in sorted({tenant} if tenant else known):
        with tenant_scope(owner):
            if mend:
                _earlier_versions()
            _index_to_database(owner, store, found, mend=mend)
            _database_to_index(owner, store, found, mend=mend, say=say)
            _storage(owner, found, mend=mend, say=say)
    if tenant is None:
        for stray in run_async(store.tenants()) - known:
            if not Tenant.objects.filter(pk=stray).exists():
                found.stray_tenants += 1
                if mend:
                    run_async(store.drop_tenant(stray))
    return found


def _earlier_versions() -> None:
    """Where fewer are kept than before, or a worker died before it had forgotten the oldest."""
    counted = DocumentVersion.objects.filter(status=Status.REPLACED, document__deleted_at=None)
    crowded = counted.order_by().values("document").annotate(count=Count("pk"))
    for document in crowded.filter(count__gt=settings.EARLIER_VERSIONS_KEPT).values_list(
        "document", flat=True
    ):
        forget_beyond_limit(document)


def _index_to_database(tenant: UUID, store: VectorStore, found: Differences, *, mend: bool) -> None:
    """Entries of no passage that may be found are removed; those that lie in another place are moved."""
    for page in _pages(store.everything(tenant)):
        places = _places([held.passage for held in page])
        stray = [held for held in page if held.passage not in places]
        in_work = _in_work({held.version for held in stray})
        gone = [held.passage for held in stray if held.version not in in_work]
        found.stray_passages += len(gone)
        if gone and mend:
            run_async(store.delete_passages(tenant, gone))
        misplaced = {
            held.version: places[held.passage]
            for held in page
            if held.passage in places and places[held.passage] != held.collection
        }
        found.misplaced_documents += len(misplaced)
        for version, collection in misplaced.items() if mend else ():
            run_async(store.move_version(tenant, version, collection=collection))


def _pages(entries: AsyncIterator[Held]) -> Iterator[list[Held]]:
    while page := run_async(_some(entries)):
        yield page


async def _some(entries: AsyncIterator[Held]) -> list[Held]:
    page: list[Held] = []
    async for held in entries:
        page.append(held)
        if len(page) == PAGE:
            break
    return page


def _places(passages: list[UUID]) -> dict[UUID, UUID]:
    """Where each passage that may be found belongs: of the version that answers, or of one that did before."""
    rows = Passage.objects.filter(
        pk__in=passages, version__document__deleted_at=None, version__document__current_version__isnull=False
    )
    places = {}
    for passage, version, current, collection, status, until in rows.values_list(
        "pk", "version", "version__document__current_version", "version__document__collection",
        "version__status", "version__effective_until",
    ):  # fmt: skip
        if version == current:
            places[passage] = collection
        elif until and status == Status.REPLACED:
            places[passage] = archive_of(collection)
    return places


def _in_work(versions: set[UUID]) -> set[UUID]:
    """Versions whose ingestion is under way, and so whose entries may be ahead of the database."""
    rows = DocumentVersion.objects.filter(pk__in=versions, status__in=UNFINISHED, document__deleted_at=None)
    return set(rows.values_list("pk", flat=True))


def _database_to_index(tenant: UUID, store: VectorStore, found: Differences, *, mend: bool, say: Say) -> None:
    """Passages that may be found and are not in the index are embedded and added."""
    findable = findable_versions().filter(status__in=[Status.READY, Status.REPLACED])
    for version in findable.select_related("document").order_by("pk").iterator(chunk_size=200):
        held = run_async(store.passages_of(tenant, version.pk))
        missing = [p for p in version.passages.all() if p.pk not in held]
        found.missing_passages += len(missing)
        if missing and mend:
            index_missing(version, missing, store)
            say(f"{version.document_id}: {len(missing)} passages added to the index")


def _storage(tenant: UUID, found: Differences, *, mend: bool, say: Say) -> None:
    """Files that no version names are removed; versions whose file is gone are named, since nobody can mend that."""
    named = set(DocumentVersion.objects.exclude(file="").values_list("file", flat=True))
    stored = set(_files_of(tenant))
    pictures = set(PictureSet.objects.exclude(file="").values_list("file", flat=True))
    for name in sorted(stored - named - pictures):
        if timezone.now() - default_storage.get_modified_time(name) < YOUNG:
            continue
        if any(model.objects.filter(file=name).exists() for model in (DocumentVersion, PictureSet)):
            continue
        found.stray_files += 1
        if mend:
            default_storage.delete(name)
    lost: dict[str, list[str]] = defaultdict(list)
    for name in named - stored:
        for document in DocumentVersion.objects.filter(file=name).values_list("document", flat=True):
            if not default_storage.exists(name):
                lost[str(document)].append(name)
    for document, names in lost.items():
        found.missing_files += len(names)
        say(f"The original of document {document} is missing: {', '.join(names)}. Upload it again.")


def _files_of(tenant: UUID) -> Iterator[str]:
    try:
        _, names = default_storage.listdir(str(tenant))
    except FileNotFoundError:  # nothing was ever uploaded
        return
    yield from (f"{tenant}/{name}" for name in names)
