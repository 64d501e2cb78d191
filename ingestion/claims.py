"""One attempt at a time: a version is claimed by a conditional update, and only the claimant may write it.

The claimant's heartbeat shows that it lives. When it stops (a killed worker), the sweeper queues the version
again, and the next claim makes every write of a zombie fail with Superseded.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from ingestion.errors import IngestionError, ReaderStopped, ServiceDown, SetAside
from ingestion.models import Document, DocumentVersion, Status
from tenants.observe import metrics
from tenants.observe.steps import observed
from tenants.scoping import tenant_scope

HEARTBEAT_SECONDS = 5.0
MAX_ATTEMPTS = 3


class Superseded(Exception):
    """Another attempt holds the version now, or it was canceled or deleted."""


def claim_version(version_id: UUID) -> "Claim | None":
    """Claim a queued version of a live document; None when there is nothing to do."""
    token = uuid4()
    # Not by a join: Django would move all conditions into a subquery, which PostgreSQL does not ask again after it has
    # waited for another's claim.
    claimed = DocumentVersion.objects.filter(
        pk=version_id, status=Status.QUEUED, document__in=Document.with_private.live()
    ).update(status=Status.PROCESSING, claim=token, heartbeat=timezone.now(), attempts=F("attempts") + 1)
    if not claimed:
        return None
    return Claim(DocumentVersion.objects.select_related("document").get(pk=version_id), token)


def claim_versions(version_ids: Sequence[UUID]) -> "list[Claim]":
    """Claim those that are queued and that nobody else is claiming now, under one token, in the order given."""
    token, now = uuid4(), timezone.now()
    with transaction.atomic():
        queued = DocumentVersion.objects.filter(
            pk__in=version_ids, status=Status.QUEUED, document__in=Document.with_private.live()
        )
        # Locked in one order and past what others hold: two workers that chose the same ones never wait for each other.
        rows = queued.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        versions = {version.pk: version for version in rows.select_related("document")}
        claimed: dict[str, Any] = {"status": Status.PROCESSING, "claim": token, "heartbeat": now}
        DocumentVersion.objects.filter(pk__in=versions).update(**claimed, attempts=F("attempts") + 1)
    for version in versions.values():
        version.attempts += 1
        for field, value in claimed.items():
            setattr(version, field, value)
    return [Claim(versions[key], token) for key in version_ids if key in versions]


class Claim:
    FINISHED: ClassVar[dict[str, Any]] = {
        "stage": "", "progress": 100, "claim": None, "error": "", "error_code": "",
    }  # fmt: skip

    def __init__(self, version: DocumentVersion, token: UUID) -> None:
        self.version = version
        self.token = token
        self.timings: dict[str, float] = {}
        self._noted: dict[str, Any] = {}
        self.lost = False  # to another attempt, to a deletion, or since it was canceled
        self.ended = False  # well or badly

    def write(self, **fields: Any) -> None:
        """Update the version, what was noted too, or raise Superseded."""
        noted, self._noted = self._noted, {}
        fields = noted | fields
        changed = DocumentVersion.objects.filter(
            pk=self.version.pk,
            claim=self.token,
            status=Status.PROCESSING,
            document__in=Document.with_private.live(),
        ).update(heartbeat=timezone.now(), **fields)
        if changed != 1:
            self.lost = True
            raise Superseded

    @property
    def over(self) -> bool:
        """As far as anybody has noticed."""
        return self.ended or self.lost

    def note(self, **fields: Any) -> None:
        """To be written with whatever is written next."""
        self._noted |= fields

    def check(self) -> None:
        self.write()

    def still_wanted(self) -> None:
        """Raises Superseded once the heartbeat has noticed; costs nothing, so that waiting can ask often."""
        if self.lost:
            raise Superseded

    @contextmanager
    def stage(self, stage: str) -> Iterator[None]:
        """Show the stage, and time it."""
        self.write(stage=stage, stage_began=timezone.now(), progress=0)
        with self.clocked(stage):
            yield

    @contextmanager
    def clocked(self, stage: str) -> Iterator[None]:
        self._stage, self._began = stage, time.perf_counter()
        with observed(f"ingestion.{stage}"):
            yield
        self._clock()

    def _clock(self) -> None:
        """Note how long the stage has taken so far."""
        self.timings[str(self._stage)] = round((time.perf_counter() - self._began) * 1000, 1)

    def finish(self, **fields: Any) -> None:
        self._clock()
        self.write(**self.FINISHED, timings=self.timings, **fields)
        self.ended = True
        metrics.ingestion_ended(fields["status"])

    def failed(self, error: IngestionError) -> None:
        """Record why; a passing fault is left to the sweeper, which tries again after a pause."""
        fields: dict[str, Any]
        if isinstance(error, ServiceDown):
            fields = {"status": Status.QUEUED, "stage": "", "attempts": self.version.attempts - 1}
        elif not error.permanent and self.version.attempts < MAX_ATTEMPTS:
            fields = {"status": Status.QUEUED, "stage": ""}
        else:
            fields = {"status": Status.FAILED}
            if isinstance(error, ReaderStopped):
                error = SetAside()
        try:
            self.write(
                claim=None, error=error.sentence, error_code=error.code, timings=self.timings, **fields
            )
            metrics.ingestion_ended(fields["status"], error.code)
        except Superseded:
            pass
        self.ended = True


@contextmanager
def kept_alive(claims: Sequence[Claim]) -> Iterator[None]:
    """Beat from a thread of its own, since a stage may take minutes without touching the rows."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(claims, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(claims: Sequence[Claim], done: threading.Event) -> None:
    try:
        while not done.wait(HEARTBEAT_SECONDS):
            for claim in claims:
                if not claim.over:
                    with tenant_scope(claim.version.tenant_id), suppress(Superseded):
                        claim.check()
    finally:
        connection.close()
