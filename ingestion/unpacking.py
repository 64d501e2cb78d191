"""Files inside a file become documents of their own, below the one that they came in.

A part is known by its parent and its name. So taking the parts out again (a retry, a worker that died half way, a new
version of the parent) adds nothing twice: what is the same stays untouched, what changed gets its next version, and
what is gone is deleted.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils import timezone

from ingestion.actions import (
    check_quota,
    clean_name,
    measure,
    send_version_on_commit,
    store_original,
    title_of,
)
from ingestion.claims import Claim, Superseded
from ingestion.errors import UploadRefused
from ingestion.models import Document, DocumentVersion, Status
from ingestion.parse import Limits, ParsedDocument, Part, Unpacked, unpack
from ingestion.parse.limits import limits_from_settings
from tenants.actions import record

log = logging.getLogger(__name__)


def take_parts_out(
    claim: Claim, parsed: ParsedDocument, path: Path, password: str
) -> tuple[ParsedDocument, set[str]]:
    """Accept each file inside as a document: the parsed document with remarks on what became of them, their names."""
    if not parsed.parts:
        return parsed, set()
    parent = claim.version.document
    limits = _limits_left(parent)
    if limits.depth <= 0:
        words = "The files inside were left out: they are nested too deeply."
        return replace(parsed, warnings=(*parsed.warnings, words)), set()
    unpacked = Unpacked()
    names, refused = set[str](), list[str]()
    parts = unpack(path, name=parent.file_name, unpacked=unpacked, limits=limits, password=password)
    for part in parts:
        name = clean_name(f"{parent.name}/{part.name}")
        names.add(name)
        try:
            accept_part(claim, part, name=name)
        except UploadRefused as error:
            refused.append(error.sentence)
    count = len(names) - len(refused)
    done = f"Unpacked: {count} file{'' if count == 1 else 's'}."
    remarks = [*parsed.warnings, done, *unpacked.warnings, *refused]
    return replace(parsed, warnings=tuple(remarks[:50])), names


def accept_part(claim: Claim, part: Part, *, name: str) -> None:
    """One file inside, queued like an upload of the person who uploaded what it came in.

    Raises UploadRefused in words, and Superseded when the parent was deleted or another attempt took over.
    """
    version = DocumentVersion(tenant_id=claim.version.tenant_id)
    with part.path.open("rb") as file:
        version.sha256, version.size = measure(file, part.name)
        if _is_there(claim, name, version.sha256):
            return
        check_quota(version.size)
        store_original(version, name, file)
    try:
        if not _commit(claim, version, name):
            default_storage.delete(str(version.file.name))
    except BaseException:
        default_storage.delete(str(version.file.name))
        raise


def _is_there(claim: Claim, name: str, sha256: str) -> bool:
    known = Document.with_private.live().filter(parent=claim.version.document_id, name=name).first()
    newest = known.latest if known else None
    return newest is not None and newest.sha256 == sha256 and newest.status != Status.CANCELED


def _commit(claim: Claim, version: DocumentVersion, name: str) -> bool:
    """False when another attempt was quicker. The parent's row is locked: a deletion comes before or after, whole."""
    with transaction.atomic():
        parent = Document.with_private.live().select_for_update().filter(pk=claim.version.document_id).first()
        if parent is None:
            raise Superseded
        claim.check()
        if _is_there(claim, name, version.sha256):
            return False
        document = _document_for(parent, name)
        newest = document.latest
        version.document = document
        version.number = newest.number + 1 if newest else 1
        version.save()
        record(
            "document.unpacked",
            actor=None,
            subject=document.pk,
            title=document.told,
            parent=str(parent.pk),
            version=version.number,
            sha256=version.sha256,
        )
        send_version_on_commit(version)
    return True


def _document_for(parent: Document, name: str) -> Document:
    known = Document.with_private.live().filter(parent=parent, name=name).first()
    if known:
        return known
    try:
        with transaction.atomic():
            return Document.with_private.create(
                collection_id=parent.collection_id,
                narrowing_id=parent.narrowing_id,
                parent=parent,
                name=name,
                title=title_of(name),
                uploader_id=parent.uploader_id,
                owner_id=parent.owner_id,
                tags=parent.tags,
                private=parent.private,
            )
    except IntegrityError as error:
        raise UploadRefused(
            "name_taken", f"“{name}” was left out: the collection already holds a file with this name."
        ) from error


def forget_parts(claim: Claim, names: set[str]) -> None:
    """Delete the parts that the newest version of their parent does not hold any more."""
    parent = claim.version.document
    gone_parts = list(Document.with_private.live().filter(parent=parent).exclude(name__in=names))
    if gone_parts and parent.latest != claim.version:
        return
    for gone in gone_parts:
        with transaction.atomic():
            claim.check()
            hide_with_parts(gone)
            record("document.deleted", actor=None, subject=gone.pk, title=gone.told, parent=str(parent.pk))


def hide_with_parts(document: Document, *, purge_after: float = 0) -> bool:
    """Tombstone a document and all that came in it, and have them purged. False when it was hidden already.

    `purge_after` are the seconds in which that can still be taken back.

    Call it inside the transaction that records it.
    """
    from ingestion.tasks import purge

    hidden = Document.with_private.live().filter(pk=document.pk).update(deleted_at=timezone.now())
    if not hidden:
        return False
    within = [part.pk for part in parts_of(document)]
    Document.with_private.live().filter(pk__in=within).update(deleted_at=timezone.now())
    ids = (str(document.tenant_id), str(document.pk))
    transaction.on_commit(partial(purge.apply_async, ids, countdown=purge_after), robust=True)
    return True


def parts_of(document: Document) -> Iterator[Document]:
    """All that came in it, however deep: each before what came in itself."""
    level = [document.pk]
    while level:
        parts = list(Document.with_private.live().filter(parent__in=level))
        yield from parts
        level = [part.pk for part in parts]


@dataclass(frozen=True)
class _Tree:
    """The outermost document that something came in, and what has come out of it already."""

    depth: int
    count: int
    size: int


def _limits_left(parent: Document) -> Limits:
    """Limits hold for all levels together: an archive of archives gets no more than one archive does."""
    limits = limits_from_settings()
    tree = _tree(parent)
    return replace(
        limits,
        depth=limits.depth - tree.depth,
        parts=max(0, limits.parts - tree.count),
        parts_bytes=max(0, limits.parts_bytes - tree.size),
    )


def _tree(document: Document) -> _Tree:
    root, depth = document, 0
    while root.parent_id and depth <= Limits.depth * 4:
        root, depth = Document.with_private.get(pk=root.parent_id), depth + 1
    own: set[UUID] = {part.pk for part in parts_of(document)}  # taken out again now, and counted then
    others = [part.pk for part in parts_of(root) if part.pk not in own]
    newest = DocumentVersion.objects.filter(document__in=others).aggregate(
        n=Count("document", distinct=True), s=Sum("size")
    )
    return _Tree(depth, newest["n"], newest["s"] or 0)
