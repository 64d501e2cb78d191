"""Finds what was lost or left half done, and sends it again. Runs every few seconds; running twice is harmless."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.actions import ENOUGH_TURNS
from ingestion.claims import HEARTBEAT_SECONDS, MAX_ATTEMPTS
from ingestion.index import active_store, run_async
from ingestion.models import Document, DocumentVersion, Status
from ingestion.turns import turns_in_broker
from tenants.scoping import every_tenant
from tenants.usage import used_since

log = logging.getLogger(__name__)

DEAD_AFTER = timedelta(seconds=4 * HEARTBEAT_SECONDS)
RESEND_AFTER = timedelta(seconds=60)
BATCH = 500


def sweep() -> None:
    with every_tenant():
        release_dead_claims()
        resend_queued()
        resend_purges()


def release_dead_claims() -> None:
    """A worker that stopped beating is dead: queue its version again, or give up after three such deaths."""
    dead = DocumentVersion.objects.filter(status=Status.PROCESSING, heartbeat__lt=timezone.now() - DEAD_AFTER)
    dead.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=Status.FAILED,
        claim=None,
        error_code="worker_died",
        error=f"Reading this file stopped the worker {MAX_ATTEMPTS} times. Check the file, then retry.",
    )
    # An old heartbeat makes `resend_queued`, which runs next, send it at once.
    released = dead.update(status=Status.QUEUED, stage="", claim=None)
    if released:
        log.warning("%d documents were queued again after their worker died", released)


def resend_queued() -> None:
    """Send again what waits without a sign of life: retries after their pause, first tries when turns were lost."""
    now = timezone.now()
    waiting = DocumentVersion.objects.filter(status=Status.QUEUED, document__deleted_at=None)
    for attempts, pause in ((1, DEAD_AFTER), (2, RESEND_AFTER)):
        _send(waiting.filter(attempts=attempts, heartbeat__lt=now - pause), most=BATCH)
    first = waiting.filter(attempts=0)
    lost = min(first.count(), ENOUGH_TURNS) - turns_in_broker()
    _send(first.filter(heartbeat__lt=now - RESEND_AFTER), most=min(lost, BATCH))


def _send(due: QuerySet[DocumentVersion], *, most: int) -> None:
    from ingestion.tasks import ingest

    for pk, tenant in due.order_by("heartbeat").values_list("pk", "tenant_id")[: max(0, most)]:
        DocumentVersion.objects.filter(pk=pk, status=Status.QUEUED).update(heartbeat=timezone.now())
        ingest.delay(str(tenant), str(pk))


def resend_purges() -> None:
    from ingestion.tasks import purge

    due = Document.with_private.filter(deleted_at__lt=timezone.now() - RESEND_AFTER)[:BATCH]
    for pk, tenant in due.values_list("pk", "tenant_id"):
        purge.delay(str(tenant), str(pk))


def maintain_indexes() -> None:
    """Index new rows and compact, for the tenants whose documents changed in the last minutes."""
    since = timezone.now() - timedelta(minutes=3)
    with every_tenant():
        tenants = set(DocumentVersion.objects.filter(ready_at__gt=since).values_list("tenant_id", flat=True))
    for tenant in tenants:
        run_async(active_store().maintain(tenant))


def rest_idle_tenants() -> None:
    """Let the index give back the memory of organisations that nobody has used for a while."""
    if not settings.WEAVIATE_TENANT_IDLE_MINUTES:
        return
    idle_since = timezone.now() - timedelta(minutes=settings.WEAVIATE_TENANT_IDLE_MINUTES)
    run_async(active_store().rest(but=used_since(idle_since)))
