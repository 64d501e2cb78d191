"""Exports: asked for, made by a worker, fetched by the one who asked, gone after some days."""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from tenants.access import member_of
from tenants.actions import record
from tenants.datarights import files
from tenants.datarights.archive import BLOCK, Archive
from tenants.datarights.models import DataExport, Kind, State
from tenants.datarights.registry import Subject, sections
from tenants.datarights.tenant_export import write_tenant
from tenants.models import User
from tenants.scoping import current_tenant, every_tenant, tenant_scope

log = logging.getLogger(__name__)

TRIES = 3
DEAD_AFTER = timedelta(minutes=5)
GAVE_UP = "It could not be made. Ask for it again; if that fails too, tell the platform's operator."
CHANGED = gettext_noop("You may no longer read a source that is quoted in it. Ask for a new export.")


def ask(*, kind: Kind, recipient: UUID, about: User | None) -> DataExport:
    """One that is being made already is given back; the file is for `recipient` alone."""
    from tenants.datarights.tasks import make_export

    unfinished = DataExport.objects.filter(
        kind=kind, recipient=recipient, about=about, state__in=[State.QUEUED, State.WORKING]
    )
    row: DataExport | None = unfinished.first()
    if row is not None:
        return row
    try:
        with transaction.atomic():
            made: DataExport = DataExport.objects.create(kind=kind, recipient_id=recipient, about=about)
            record(
                "data_export.asked", actor=recipient, subject=about.pk if about else made.tenant_id,
                export=made.pk, kind=Kind(kind).label, name=str(made),
            )  # fmt: skip
            ids = str(made.tenant_id), str(made.pk)
            transaction.on_commit(lambda: make_export.delay(*ids), robust=True)
    except IntegrityError:
        made = unfinished.get()  # asked for twice at the same moment
    return made


def make(export: UUID) -> None:
    """Write the file, keep it, say so. Another try starts from the beginning; quiet when it is not waited for."""
    now = timezone.now()
    claimed = DataExport.objects.filter(pk=export, state=State.QUEUED)
    row = claimed.select_related("about").first()
    if row is None or not claimed.update(state=State.WORKING, attempts=row.attempts + 1, heartbeat=now):
        return
    row.attempts += 1
    try:
        with TemporaryFile() as file:
            sources = write(row, file, beat=_Progress(row.pk))
            _keep(row, file, sources)
    except Exception as error:
        last = row.attempts >= TRIES
        DataExport.objects.filter(pk=row.pk, state=State.WORKING).update(
            state=State.FAILED if last else State.QUEUED, problem=GAVE_UP if last else ""
        )
        log.warning("an export could not be made: %s", type(error).__name__)
        raise


def write(row: DataExport, file: IO[bytes], *, beat: "Callable[[], None]") -> dict[str, list[str]]:
    with Archive(file, beat) as archive:
        if row.about is None:
            write_tenant(row.tenant_id, archive)
            return {}
        own = row.kind == Kind.OWN
        return write_person(subject_of(row.about, row.tenant_id, own=own), archive)


def subject_of(user: User, tenant: UUID, *, own: bool) -> Subject:
    return Subject(user, tenant, member_of(user.pk, tenant=tenant), own)


def write_person(subject: Subject, archive: Archive) -> dict[str, list[str]]:
    """Every section, in the open scope; returns the sources whose words are in it."""
    chosen = [section for section in sections.values() if subject.own or not section.own_only]
    left_out = [section for section in sections.values() if section not in chosen]
    lines = [f"# Data about {subject.user}", ""]
    lines += [f"- `{section.name}`: {section.explained}" for section in chosen]
    lines += ["- `manifest.json`: when this was made, and the SHA-256 of every other file.", ""]
    lines += [f"Not in here: `{s.name}`. {s.explained} Only the person can take it out." for s in left_out]
    lines += ["Times are in UTC. Passages of documents are in it only where the person may read them now."]
    archive.text("README.md", "\n".join(lines) + "\n")
    sources = {section.name: list(section.write(subject, archive)) for section in chosen}
    archive.finish({"about": subject.user.email, "organisation": subject.tenant})
    return {name: found for name, found in sources.items() if found}


def _keep(row: DataExport, file: IO[bytes], sources: dict[str, list[str]]) -> None:
    digest, size = hashlib.sha256(), file.tell()
    file.seek(0)
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    named = DataExport.objects.filter(pk=row.pk, state=State.WORKING, attempts=row.attempts)
    name = files.name_for(row)
    named.update(file=name)  # first, so that whoever deletes the export finds the file
    default_storage.save(name, File(file))
    now = timezone.now()
    done = named.update(
        state=State.READY, progress=100, size=size, sha256=digest.hexdigest(), sources=sources,
        expires=now + timedelta(days=settings.DATA_EXPORT_DAYS), heartbeat=now, problem="",
    )  # fmt: skip
    if not done:
        default_storage.delete(name)


class _Progress:
    """How far it is, at most once a second: parts are not known beforehand, so each comes a step nearer to the end."""

    def __init__(self, export: UUID) -> None:
        self._export, self._percent, self._told = export, 0.0, timezone.now()

    def __call__(self) -> None:
        self._percent += (95 - self._percent) / 20
        now = timezone.now()
        if now - self._told < timedelta(seconds=1):
            return
        self._told = now
        rows = DataExport.objects.filter(pk=self._export, state=State.WORKING)
        rows.update(progress=int(self._percent), heartbeat=now)


def still_fits(row: DataExport) -> bool:
    """Whether the person may still read every source that is quoted in it."""
    if row.about is None:
        return True
    subject = subject_of(row.about, row.tenant_id, own=row.kind == Kind.OWN)
    return all(
        name in sections and sections[name].fits(subject, found) for name, found in row.sources.items()
    )


def expire(row: DataExport, problem: str = "") -> None:
    """The file goes, the row tells that it was there."""
    if row.file:
        default_storage.delete(row.file)
    DataExport.objects.filter(pk=row.pk).update(file="", expires=timezone.now(), sources={}, problem=problem)


def sweep() -> None:
    """Files that have expired go; what a worker has left is sent again or given up. Runs every minute."""
    from tenants.datarights.tasks import make_export

    now = timezone.now()
    with every_tenant():
        for row in DataExport.objects.filter(state=State.READY, expires__lt=now).exclude(file="")[:100]:
            expire(row)
        silent = DataExport.objects.filter(heartbeat__lt=now - DEAD_AFTER)
        dead = silent.filter(state=State.WORKING)
        dead.filter(attempts__gte=TRIES).update(state=State.FAILED, problem=GAVE_UP)
        dead.update(state=State.QUEUED)
        waiting: list[Any] = list(silent.filter(state=State.QUEUED).values_list("tenant", "pk")[:100])
    for tenant, pk in waiting:
        with tenant_scope(tenant):
            DataExport.objects.filter(pk=pk).update(heartbeat=now)
        make_export.delay(str(tenant), str(pk))


def for_recipient(export: UUID, user: UUID) -> DataExport | None:
    """A finished export of the current organisation, for nobody but whoever asked for it."""
    rows = DataExport.objects.filter(pk=export, recipient=user, tenant=current_tenant(), state=State.READY)
    row: DataExport | None = rows.exclude(file="").filter(expires__gt=timezone.now()).first()
    return row
