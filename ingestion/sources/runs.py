"""One run at a time per source, and few in all: claimed by a conditional update into one of the slots.

As with documents (`ingestion.claims`), the claimant beats while it lives and writes only while it holds the claim:
cancelling takes the claim away, and the next write of the run ends it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ingestion.claims import HEARTBEAT_SECONDS, Superseded
from ingestion.sources.models import RunStatus, SourceRun
from tenants.scoping import tenant_scope


def claim_run(run: UUID) -> "RunClaim | None":
    """None when it is not waiting (any more), or when all slots are taken: the sweeper sends it again then."""
    token = uuid4()
    for slot in range(settings.SOURCES_AT_ONCE):
        now = timezone.now()
        try:
            with transaction.atomic():
                claimed = SourceRun.objects.filter(
                    pk=run, status=RunStatus.QUEUED, source__deleted_at=None
                ).update(
                    status=RunStatus.RUNNING, claim=token, slot=slot, started=now, heartbeat=now,
                    attempts=F("attempts") + 1,
                )  # fmt: skip
        except IntegrityError:  # somebody else's slot
            continue
        if not claimed:
            return None
        return RunClaim(SourceRun.objects.select_related("source").get(pk=run), token)
    return None


class RunClaim:
    def __init__(self, run: SourceRun, token: UUID) -> None:
        self.run = run
        self.token = token
        self._lost = threading.Event()

    def write(self, **fields: Any) -> None:
        """Update the run, or raise Superseded."""
        changed = SourceRun.objects.filter(
            pk=self.run.pk, claim=self.token, status=RunStatus.RUNNING, source__deleted_at=None
        ).update(heartbeat=timezone.now(), **fields)
        if changed != 1:
            raise Superseded

    def check(self) -> None:
        """Raise Superseded when the last beat found the claim gone; asks nothing of the database."""
        if self._lost.is_set():
            raise Superseded

    def finish(self, status: str, sentence: str, **fields: Any) -> None:
        self.write(status=status, sentence=sentence, claim=None, slot=None, ended=timezone.now(), **fields)

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Beat from a thread of its own, since reading a page or a repository may take minutes."""
        done = threading.Event()
        thread = threading.Thread(target=self._beat, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _beat(self, done: threading.Event) -> None:
        try:
            while not done.wait(HEARTBEAT_SECONDS):
                with tenant_scope(self.run.tenant_id):
                    self.write()
        except Superseded:
            self._lost.set()
        finally:
            connection.close()
