"""Writes about documents. Each checks the member's right, commits, then sends its task.

Nothing accepted is lost: an upload counts as accepted once its file is durable and its row has committed. What
the broker then loses, the sweeper sends again.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import UUID

from celery import Task
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ingestion.access import require_tender
from ingestion.errors import SetAside, StorageUnavailable, UploadRefused
from ingestion.models import Collection, DeletionReceipt, Document, DocumentVersion, Stage, Status
from tenants.access import Member
from tenants.actions import record
from tenants.models import AuditEvent
from tenants.observe import metrics
from tenants.observe.steps import observed

log = logging.getLogger(__name__)

NAME_LENGTH = 500
TITLE_LENGTH = 300
ENOUGH_TURNS = 64  # of an organisation, in the broker: more than workers have hands
UNDO_WITHIN = timedelta(seconds=20)
PURGE_AFTER = timedelta(seconds=40)  # later than that by more than clocks of machines differ


@dataclass(frozen=True)
class Upload:
    """What became of an upload: `duplicate` when the collection already held this content."""

    document: Document
    version: DocumentVersion
    duplicate: bool


@observed("ingestion.upload")
def accept_upload(
    file: BinaryIO, *, name: str, collection: Collection, member: Member, title: str = "", send: bool = True
) -> Upload:
    """Take a file into a collection. Same content: the existing document. Same name: its next version.

    With `send` off no worker is told: the caller ingests the version itself.

    Raises UploadRefused with a sentence for people when the file is empty, too large or over the quota.
    """
    require_tender(member, collection.pk)
    return take_in(file, name=name, collection=collection, member=member, title=title, send=send)


def take_in(
    file: BinaryIO, *, name: str, collection: Collection, member: Member, title: str = "", send: bool = True
) -> Upload:
    """As `accept_upload`, by whoever may put something into the collection."""
    name = clean_name(name)
    version = DocumentVersion(tenant_id=member.tenant)
    version.sha256, version.size = measure(file, name)
    check_quota(version.size)
    if existing := _same_content(version.sha256, collection):
        return Upload(existing.document, existing, duplicate=True)
    store_original(version, name, file)
    try:
        return _commit_upload(
            version, name=name, collection=collection, member=member, title=title, send=send
        )
    except BaseException:
        default_storage.delete(str(version.file.name))
        raise


def clean_name(name: str) -> str:
    """A path in either notation as folders and file name, without steps that lead elsewhere and control characters.

    It is only ever shown, never opened. What is too long loses its outermost folders first.
    """
    steps = [
        "".join(c for c in step if c.isprintable()).strip() for step in name.replace("\\", "/").split("/")
    ]
    steps = [step for step in steps if step not in ("", ".", "..")] or ["unnamed"]
    while len(steps) > 1 and len("/".join(steps)) > NAME_LENGTH:
        del steps[0]
    printable = "/".join(steps)
    if len(printable) <= NAME_LENGTH:
        return printable
    stem, dot, suffix = printable.rpartition(".")
    return (
        stem[: NAME_LENGTH - len(suffix) - 1] + dot + suffix
        if dot and len(suffix) < 20
        else printable[:NAME_LENGTH]
    )


def title_of(name: str) -> str:
    """What a document is called until it says itself, or somebody does: its file name without folder and ending."""
    return PurePosixPath(name).stem[:TITLE_LENGTH]


def measure(file: BinaryIO, name: str) -> tuple[str, int]:
    """SHA-256 and size of a file, read in pieces; refuses the empty and the oversized."""
    digest, size = hashlib.sha256(), 0
    while block := file.read(1024 * 1024):
        digest.update(block)
        size += len(block)
        if size > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
            raise UploadRefused(
                "too_large",
                _(
                    "“{name}” is larger than {limit} MB. Split it, or ask the operator to raise the limit."
                ).format(name=name, limit=limit),
            )
    if size == 0:
        words = _("“{name}” is empty (0 bytes). Check the file and upload it again.")
        raise UploadRefused("empty", words.format(name=name))
    file.seek(0)
    return digest.hexdigest(), size


def check_quota(size: int) -> None:
    used = DocumentVersion.objects.aggregate(total=Sum("size"))["total"] or 0
    if used + size > settings.TENANT_QUOTA_BYTES:
        limit = settings.TENANT_QUOTA_BYTES // (1024 * 1024)
        words = _("Your organisation's {limit} MB of storage are used up. Delete documents first.")
        raise UploadRefused("quota", words.format(limit=limit))


def _same_content(sha256: str, collection: Collection) -> DocumentVersion | None:
    """The version in the collection that already holds (or is about to hold) this content."""
    same = DocumentVersion.objects.filter(
        sha256=sha256,
        document__collection=collection,
        document__deleted_at=None,
        document__parent=None,  # what came in a mail goes with it: an upload of its own must not
    ).exclude(status__in=[Status.FAILED, Status.REPLACED, Status.CANCELED])
    key = same.values_list("pk", flat=True).first()  # mostly there is none, and to ask for rows costs more
    rows = DocumentVersion.objects.select_related("document")
    found: DocumentVersion | None = rows.filter(pk=key).first() if key else None
    return found


def store_original(version: DocumentVersion, name: str, file: BinaryIO) -> None:
    """Refused in words when it cannot be stored: nothing of it is accepted then."""
    try:
        version.file.save(name, File(file), save=False)
        _make_durable(version)
    except StorageUnavailable as error:
        log.warning("an upload could not be stored: %s", error)
        words = _("“{name}” could not be stored just now. Nothing of it was kept: upload it again later.")
        raise UploadRefused("not_stored", words.format(name=name)) from error


def _make_durable(version: DocumentVersion) -> None:
    """Force a local file to disk before its row commits. Remote storage answers only when it has the object."""
    try:
        path = Path(version.file.path)
    except NotImplementedError:
        return
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _commit_upload(
    version: DocumentVersion, *, name: str, collection: Collection, member: Member, title: str, send: bool
) -> Upload:
    with transaction.atomic():
        document, created = Document.with_private.select_for_update().get_or_create(
            collection=collection,
            name=name,
            deleted_at=None,
            defaults={
                "title": title or title_of(name),
                "uploader_id": member.user,
                "private": collection.private_to_id is not None,
            },
        )
        newest = None if created else document.latest
        version.document = document
        version.number = newest.number + 1 if newest else 1
        version.save()
        record(
            "document.uploaded",
            actor=member.user,
            subject=document.id,
            title=document.told,
            version=version.number,
            **({} if document.private else {"sha256": version.sha256}),
        )
        if send:
            send_version_on_commit(version)
    return Upload(document, version, duplicate=False)


def retry_version(version: DocumentVersion, member: Member, *, set_aside: bool = True) -> bool:
    """Queue a failed or canceled version again. False when it was neither (any more).

    With `set_aside` off, as for many at once, what stopped its reader again and again stays where it is.
    """
    require_tender(member, version.document.collection_id)
    if not set_aside and version.error_code == SetAside.CODE:
        return False
    stopped = (Status.FAILED, Status.CANCELED)
    return requeue(version, from_status=stopped, action="document.retried", member=member)


def reindex_version(version: DocumentVersion, member: Member) -> bool:
    """Read, cut and embed a ready version anew. It goes on answering until the new passages are in place."""
    require_tender(member, version.document.collection_id)
    return requeue(version, from_status=(Status.READY,), action="document.reindexed", member=member)


def requeue(
    version: DocumentVersion, *, from_status: Sequence[str], action: str, member: Member, **fields: str
) -> bool:
    """To be read once more by a worker. False when it is in none of these states (any more)."""
    with transaction.atomic():
        changed = DocumentVersion.objects.filter(
            pk=version.pk, status__in=from_status, document__in=Document.with_private.live()
        ).update(
            status=Status.QUEUED, stage="", stage_began=None, progress=0, error="", error_code="", attempts=0,
            claim=None, heartbeat=timezone.now(), queued_at=timezone.now(), **fields,
        )  # fmt: skip
        if changed:
            title = version.document.told
            record(
                action, actor=member.user, subject=version.document_id, title=title, version=version.number
            )
            send_version_on_commit(version)
    return bool(changed)


def cancel_version(version: DocumentVersion, member: Member) -> bool:
    """Stop a version that waits or is being read. False when it is neither (any more).

    A document that is being read anew goes on answering with the passages it has; once they are being replaced that
    is past stopping. What came in it and still waits is stopped with it.
    """
    require_tender(member, version.document.collection_id)
    from ingestion.tasks import forget
    from ingestion.unpacking import parts_of

    with transaction.atomic():
        row = (
            DocumentVersion.objects.select_for_update(of=("self",))
            .select_related("document")
            .filter(pk=version.pk, status__in=(Status.QUEUED, Status.PROCESSING), document__deleted_at=None)
            .first()
        )
        if row is None:
            return False
        answers = row.document.current_version_id == row.pk
        if answers and row.stage not in ("", Stage.PARSE):
            return False
        row.status = Status.READY if answers else Status.CANCELED
        row.stage, row.progress, row.claim = "", 0, None
        row.error, row.error_code = "", ""
        row.save(update_fields=["status", "stage", "progress", "claim", "error", "error_code"])
        if not answers:
            waiting = [part.pk for part in parts_of(row.document)]
            DocumentVersion.objects.filter(document__in=waiting, status=Status.QUEUED).update(
                status=Status.CANCELED
            )
            send_on_commit(forget, str(row.tenant_id), str(row.pk))
        record(
            "document.canceled",
            actor=member.user,
            subject=row.document_id,
            title=row.document.title,
            version=row.number,
        )
    metrics.ingestion_ended(Status.CANCELED)
    return True


def send_version_on_commit(version: DocumentVersion) -> None:
    """Give it a turn, unless so many wait that their turns, each of which sends the next, will come to it."""
    from ingestion.tasks import ingest

    before = DocumentVersion.objects.filter(status=Status.QUEUED, attempts=0).exclude(pk=version.pk)
    if before[:ENOUGH_TURNS].count() < ENOUGH_TURNS:
        send_on_commit(ingest, str(version.tenant_id), str(version.pk))


def send_on_commit(task: Task, *ids: str) -> None:
    """Send a task once its rows are there to be found. A broker that is down fails nobody: the sweeper sends again."""
    transaction.on_commit(partial(task.delay, *ids), robust=True)


def delete_document(document: Document, member: Member, *, undo: bool = False) -> None:
    """Hide it and all that came in it at once, then purge in the background until a check finds nothing left.

    With `undo` the purge begins only when `restore_document` takes it back no more.
    """
    require_tender(member, document.collection_id)
    from ingestion.receipts import begin_receipt
    from ingestion.unpacking import hide_with_parts

    with transaction.atomic():
        if hide_with_parts(document, purge_after=PURGE_AFTER.total_seconds() if undo else 0):
            begin_receipt(document, asked_by=member.user)
            record(
                "document.deleted", actor=member.user, subject=document.id, title=document.title, undo=undo
            )


def restore_document(document: UUID, member: Member) -> bool:
    """Take a deletion back, soon after it and only where it was to be taken back: no purge has begun then.

    Raises UploadRefused when another document has taken its name.
    """
    require_tender(member)
    deleted = AuditEvent.objects.filter(action="document.deleted", object_id=document).order_by("-created")
    newest = deleted.first()
    if newest is None or not newest.detail.get("undo"):
        return False
    try:
        with transaction.atomic():
            hidden = Document.objects.filter(pk=document, deleted_at__gt=timezone.now() - UNDO_WITHIN)
            row = hidden.select_for_update().first()
            if row is None:
                return False
            require_tender(member, row.collection_id)
            _show_again(row)
            DeletionReceipt.objects.filter(document=document).delete()  # nothing was deleted
            record("document.restored", actor=member.user, subject=document, title=row.title)
    except IntegrityError as error:
        raise UploadRefused(
            "name_taken",
            _("Its collection holds another file of the same name by now. Rename or delete that."),
        ) from error
    return True


def _show_again(document: Document) -> None:
    """With all that came in it and was hidden with it. What was to be read may have missed its turn meanwhile."""
    level, since = [document.pk], document.deleted_at
    while level:
        Document.objects.filter(pk__in=level).update(deleted_at=None)
        for version in DocumentVersion.objects.filter(document__in=level, status=Status.QUEUED):
            send_version_on_commit(version)
        level = list(
            Document.objects.filter(parent__in=level, deleted_at__gte=since).values_list("pk", flat=True)
        )


def rename_document(document: Document, title: str, member: Member) -> None:
    """Give it another title. Search finds it once the document has been read again.

    Raises UploadRefused for an empty one.
    """
    require_tender(member, document.collection_id)
    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())[:TITLE_LENGTH]
    if not title:
        raise UploadRefused("empty_title", _("A title needs at least one character."))
    with transaction.atomic():
        Document.objects.live().filter(pk=document.pk).update(title=title)
        record("document.renamed", actor=member.user, subject=document.pk, title=title)
    document.title = title


def move_document(document: Document, *, collection: Collection, member: Member) -> None:
    """Into another collection of the same organisation, with all that came in it; holds for the next question.

    Raises UploadRefused when the collection already holds a file with this name.
    """
    require_tender(member, document.collection_id, collection.pk)
    from ingestion.tasks import move
    from ingestion.unpacking import parts_of

    with transaction.atomic():
        _place_in(collection, document)
        for part in parts_of(document):
            _place_in(collection, part)
            send_on_commit(move, str(part.tenant_id), str(part.pk))
        record(
            "document.moved",
            actor=member.user,
            subject=document.id,
            title=document.title,
            collection=str(collection.pk),
        )
        send_on_commit(move, str(document.tenant_id), str(document.pk))


def _place_in(collection: Collection, document: Document) -> None:
    try:
        with transaction.atomic():
            Document.objects.live().filter(pk=document.pk).update(collection=collection)
    except IntegrityError as error:
        words = _("“{collection}” already holds a file named “{name}”. Delete one of the two first.")
        raise UploadRefused(
            "name_taken", words.format(collection=collection.name, name=document.name)
        ) from error
