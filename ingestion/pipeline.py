"""From a queued version to searchable passages: parse -> chunk -> embed and store -> publish.

Every step can be run again: a claim lets one attempt write, passage ids derive from version, position and
content, and what the store already holds is not embedded again, nor what has not changed since the last version.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from ingestion.actions import TITLE_LENGTH, title_of
from ingestion.chunk import Chunk, chunk
from ingestion.claims import Claim, Superseded, claim_version, kept_alive
from ingestion.earlier import earlier_versions, forget_beyond_limit, place_of, retire
from ingestion.errors import IngestionError, _
from ingestion.index import active_store, run_async
from ingestion.indexing import embed_and_store, passages_by_hash, take_over
from ingestion.models import Document, DocumentVersion, ExtractedText, Passage, Stage, Status
from ingestion.parse import ParsedDocument, parse
from ingestion.parse.wanted import reading_while
from ingestion.passwords import password_of
from ingestion.scan import scan
from ingestion.tokenizer import chunk_sizes
from ingestion.unpacking import forget_parts, take_parts_out
from tenants.observe.ids import about
from tenants.usage import note_use

log = logging.getLogger(__name__)


def ingest(version_id: UUID) -> None:
    """Bring one version to `ready`, or to `failed` with a reason; quiet when another attempt has it."""
    if claim := claim_version(version_id):
        work(claim)


def work(claim: Claim) -> None:
    """All stages of a claimed version, whatever comes of them."""
    with settling(claim), kept_alive([claim]):
        with claim.stage(Stage.PARSE), reading_while(claim.still_wanted):
            parsed, parts = read_original(claim)
        adopt_title(claim.version.document, parsed)
        with claim.stage(Stage.CHUNK):
            known = passages_by_hash(claim.version)
            passages = save_passages(claim, parsed)
        with claim.stage(Stage.EMBED):
            store_passages(claim, passages, known=known)
        with claim.stage(Stage.PUBLISH):
            forget_parts(claim, parts)
            publish(claim, parsed, passages)


@contextmanager
def settling(claim: Claim) -> Iterator[None]:
    """What goes wrong inside is told in the claimed version; nothing is raised."""
    version_id = claim.version.pk
    try:
        with about(document=claim.version.document_id, version=version_id):
            yield
    except Superseded:
        log.info("ingestion of %s given up: another attempt took over, or nobody wants it", version_id)
        forget_canceled(version_id)
    except IngestionError as error:
        claim.failed(error)
    except Exception:
        log.exception("ingestion of %s failed", version_id)
        claim.failed(
            IngestionError(
                "internal", _("Something went wrong on our side while reading this file. Try again.")
            )
        )


def read_original(claim: Claim) -> tuple[ParsedDocument, set[str]]:
    """The text, and the names of the files inside, which are accepted as documents of their own."""
    version = claim.version
    with local_copy(version) as path:
        scan(path)
        parsed = parse(path, name=version.document.file_name, password=password_of(version))
        return take_parts_out(claim, parsed, path, password_of(version))


def adopt_title(document: Document, parsed: ParsedDocument) -> None:
    """The document's own title, as long as nobody has given it another than its file name."""
    before = document.title
    if take_title(document, parsed):
        Document.with_private.filter(pk=document.pk, title=before).update(title=document.title)


def take_title(document: Document, parsed: ParsedDocument) -> bool:
    """Without writing it; False when there is none to take."""
    title = " ".join(parsed.title.split())[:TITLE_LENGTH]
    if not title or document.title != title_of(document.name):
        return False
    document.title = title
    return True


@contextmanager
def local_copy(version: DocumentVersion) -> Iterator[Path]:
    """The original as a local path; remote storage is copied to a temporary file first."""
    try:
        yield Path(version.file.path)
        return
    except NotImplementedError:
        pass
    with NamedTemporaryFile() as copy:
        with version.file.open() as original:
            for block in original.chunks():
                copy.write(block)
        copy.flush()
        yield Path(copy.name)


def passage_id(version: UUID, chunk: Chunk) -> UUID:
    return uuid5(version, f"{chunk.position}:{chunk.content_hash}")


def passages_of(version: DocumentVersion, parsed: ParsedDocument) -> list[Passage]:
    """As they are to be; nothing is written."""
    chunks = chunk(parsed, title=version.document.title, **chunk_sizes())
    return [
        Passage(
            id=passage_id(version.pk, c), tenant_id=version.tenant_id, version=version, position=c.position,
            text=c.text, start=c.start, end=c.end, page=c.page, heading=list(c.heading), table_header=c.table_header,
            tokens=c.tokens, content_hash=c.content_hash,
        )
        for c in chunks
    ]  # fmt: skip


def save_passages(claim: Claim, parsed: ParsedDocument) -> list[Passage]:
    """The version's text and passages as rows, replacing those of an earlier attempt that differ."""
    version = claim.version
    rows = passages_of(version, parsed)
    with transaction.atomic():
        claim.check()
        known = {row[0]: row[1:] for row in version.passages.values_list("id", "start", "end", "page")}
        if gone := known.keys() - {row.id for row in rows}:
            version.passages.filter(id__in=gone).delete()
        moved = [row for row in rows if known.get(row.id, ()) not in ((), (row.start, row.end, row.page))]
        Passage.objects.bulk_update(moved, ["start", "end", "page"], batch_size=200)
        text = ExtractedText(tenant_id=version.tenant_id, version=version, text=parsed.text)
        ExtractedText.objects.bulk_create(
            [text], update_conflicts=True, unique_fields=["version"], update_fields=["text"]
        )
        Passage.objects.bulk_create((row for row in rows if row.id not in known), batch_size=200)
    return rows


def store_passages(claim: Claim, passages: Sequence[Passage], *, known: dict[str, UUID]) -> None:
    """Index what the store does not hold yet; embedded is only what no passage in `known` has the vector of."""
    version, document = claim.version, claim.version.document
    store = active_store()
    note_use(version.tenant_id)
    again = version.attempts > 1 or version.ready_at or version.embedded_count is not None
    held = run_async(store.passages_of(version.tenant_id, version.pk)) if again else set()
    stored = len(held & {p.id for p in passages})
    anew = version.ready_at and version.attempts == 1  # and not the rest of an attempt that broke off
    embedded = 0 if anew else version.embedded_count or 0

    def tell(count: int, *, new: bool) -> None:
        nonlocal stored, embedded
        stored += count
        embedded += count if new else 0
        say = claim.write if stored < len(passages) else claim.note  # the next stage is told at once
        say(progress=min(100, stored * 100 // max(1, len(passages))), embedded_count=embedded)

    missing = [p for p in passages if p.id not in held]
    changed = take_over(missing, document, store, known=known, done=partial(tell, new=False))
    embed_and_store(changed, store, done=partial(tell, new=True), fresh=not again)
    if not missing:
        tell(0, new=False)
    if stale := held - {p.id for p in passages}:
        run_async(store.delete_passages(version.tenant_id, stale))


def publish(claim: Claim, parsed: ParsedDocument, passages: Sequence[Passage]) -> None:
    """Make this version the one that answers, unless a newer one already does; then put the other out of the way.

    It is in effect from this moment until another takes its place. Being read again changes neither.
    """
    version, now = claim.version, timezone.now()
    with transaction.atomic():
        locked = Document.with_private.select_for_update(of=("self",)).select_related("current_version")
        document = locked.get(pk=version.document_id)
        current = document.current_version
        newest = current is None or current.number <= version.number
        claim.finish(
            status=Status.READY if newest else Status.REPLACED,
            media_type=parsed.media_type,
            pages=parsed.pages,
            passage_count=len(passages),
            warnings=list(parsed.warnings),
            ready_at=now,
            **({"effective_from": version.effective_from or now} if newest else {}),
        )
        if newest:
            if current and current.pk != version.pk:
                DocumentVersion.objects.filter(pk=current.pk).update(effective_until=now)
            document.current_version = version
            document.save(update_fields=["current_version"])
    replaced = current if newest else version
    if replaced and replaced.pk != document.current_version_id:
        DocumentVersion.objects.filter(pk=replaced.pk, status=Status.READY).update(status=Status.REPLACED)
        retire(replaced.pk)
        forget_beyond_limit(document.pk)
    if document.collection_id != version.document.collection_id:
        move_index_entries(document.pk)


def forget_canceled(version_id: UUID) -> None:
    """Remove what a canceled version had come to: text, passages, vectors. Quiet for any other; can be run again.

    Should the version be retried in the very moment its vectors are removed, the nightly reconciliation adds them.
    """
    with transaction.atomic():
        version = (
            DocumentVersion.objects.select_for_update().filter(pk=version_id, status=Status.CANCELED).first()
        )
        if version is None:
            return
        version.passages.all().delete()
        ExtractedText.objects.filter(version=version).delete()
    run_async(active_store().delete_version(version.tenant_id, version.pk))


def move_index_entries(document_id: UUID) -> None:
    """Tell the store which collection the document is in now, its earlier versions too."""
    document = Document.with_private.live().filter(pk=document_id).first()
    if document and document.current_version_id:
        store, current = active_store(), DocumentVersion.objects.get(pk=document.current_version_id)
        for version in [current, *earlier_versions().filter(document=document)]:
            place = place_of(version, document)
            run_async(store.move_version(document.tenant_id, version.pk, collection=place))
