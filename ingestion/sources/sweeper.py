"""Sends what is due, what waits and what was lost. Runs every few seconds; running twice is harmless."""

import logging
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from ingestion.claims import MAX_ATTEMPTS
from ingestion.sources.actions import finish_removal, queue_run
from ingestion.sources.models import RunStatus, Source, SourceRun
from ingestion.sweeper import DEAD_AFTER, RESEND_AFTER
from tenants.access import Member
from tenants.models import Role
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

BATCH = 200


def sweep_sources() -> None:
    with every_tenant():
        release_dead_runs()
        queue_due()
        send_waiting()
        resend_removals()


def release_dead_runs() -> None:
    """A worker that stopped beating is dead: its run waits again, or is given up after three such deaths."""
    dead = SourceRun.objects.filter(status=RunStatus.RUNNING, heartbeat__lt=timezone.now() - DEAD_AFTER)
    dead.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=RunStatus.FAILED, claim=None, slot=None, ended=timezone.now(),
        sentence=f"Reading this source stopped the worker {MAX_ATTEMPTS} times. The operator finds more in the log.",
    )  # fmt: skip
    if released := dead.update(status=RunStatus.QUEUED, claim=None, slot=None):
        log.warning("%d runs of sources wait again after their worker died", released)


def queue_due() -> None:
    """The next time is set first, by a conditional update: two sweepers queue one run."""
    due = Source.objects.filter(active=True, deleted_at=None, next_run__lte=timezone.now())
    for source in due.filter(kind__in=settings.SOURCES)[:BATCH]:
        before = source.next_run
        source.plan()
        if Source.objects.filter(pk=source.pk, next_run=before).update(next_run=source.next_run):
            with tenant_scope(source.tenant_id):
                queue_run(source)


def send_waiting() -> None:
    """As many as there are free slots. The organisation whose last run is longest ago comes first."""
    from ingestion.sources.tasks import sync_source

    running = SourceRun.objects.filter(status=RunStatus.RUNNING).count()
    waiting: dict[UUID, SourceRun] = {}
    for run in SourceRun.objects.filter(status=RunStatus.QUEUED).order_by("-created").defer("problems"):
        waiting[run.tenant_id] = run
    last = dict(
        SourceRun.objects.filter(tenant__in=list(waiting))
        .order_by()
        .values_list("tenant")
        .annotate(last=Max("ended"))
    )
    never = timezone.now() - timedelta(days=3650)
    turns = sorted(waiting.values(), key=lambda run: (last.get(run.tenant_id) or never, run.created))
    for run in turns[: max(0, settings.SOURCES_AT_ONCE - running)]:
        sync_source.delay(str(run.tenant_id), str(run.pk))


def resend_removals() -> None:
    from ingestion.sources.tasks import remove_source

    lost = Source.objects.filter(deleted_at__lt=timezone.now() - RESEND_AFTER)
    for pk, tenant in lost.values_list("pk", "tenant_id")[:BATCH]:
        remove_source.delay(str(tenant), str(pk))


def remove(source: UUID) -> None:
    """What is left of a deleted source. Returns quietly when nothing is."""
    row = Source.objects.filter(pk=source).exclude(deleted_at=None).first()
    if row is None:
        return
    member = Member(
        user=cast(UUID, row.keeper_id), tenant=row.tenant_id, role=Role.MANAGER, name=row.name, email="",
        tenant_name="",
    )  # fmt: skip
    finish_removal(row, member)
