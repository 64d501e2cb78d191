"""Whose document is next. A message in the broker is a turn; whom it goes to is decided when a worker has a hand free.

So a small upload never waits behind another organisation's import of thousands: the turn goes to the organisation with
the fewest documents in work, among equals to the one that was served longest ago, and there to the oldest document.
Each document's turn comes, though seldom by its own message. Uploads send turns until there are enough, and a turn that
was used sends another while documents wait: so turns never run out, and thousands of small documents, which are taken
several at a turn, leave no thousands of turns behind.
"""

import logging
from collections.abc import Sequence
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from ingestion import pipeline, together
from ingestion.claims import claim_version, claim_versions
from ingestion.models import DocumentVersion, Status
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

TRIES = 10  # another worker may claim what was chosen here


def take_turn(tenant: UUID, version: UUID) -> None:
    """Ingest the named version if it is to be tried again, and else the document whose turn it is."""
    if _is_retry(version):
        _ingest(tenant, [version])
        return
    for _ in range(TRIES):
        chosen = next_waiting()
        if chosen is None:
            return
        if _ingest(*chosen):
            send_next_turn()
            return


def _ingest(tenant: UUID, versions: Sequence[UUID]) -> bool:
    with tenant_scope(tenant):
        if len(versions) == 1:
            claim = claim_version(versions[0])
            if claim:
                pipeline.work(claim)
            return claim is not None
        claims = claim_versions(versions)
        together.work_together(claims)
        return bool(claims)


def _is_retry(version: UUID) -> bool:
    """Tries after the first have their own time, and so their own message."""
    with every_tenant():
        return DocumentVersion.objects.filter(pk=version, status=Status.QUEUED, attempts__gt=0).exists()


def _waiting() -> QuerySet[DocumentVersion]:
    return DocumentVersion.objects.filter(status=Status.QUEUED, attempts=0, document__deleted_at=None)


def next_waiting() -> tuple[UUID, list[UUID]] | None:
    """The tenant and the versions of the documents whose turn it is: one, or several new and small ones."""
    with every_tenant():
        waiting = _waiting()
        in_work = (
            DocumentVersion.objects.filter(tenant=OuterRef("pk"), status=Status.PROCESSING)
            .order_by()
            .values("tenant")
            .annotate(count=Count("pk"))
            .values("count")
        )
        tenants = list(
            Tenant.objects.filter(Exists(waiting.filter(tenant=OuterRef("pk"))))
            .annotate(in_work=Coalesce(Subquery(in_work, output_field=IntegerField()), 0))
            .order_by("in_work", F("last_turn").asc(nulls_first=True), "pk")
            .values_list("pk", flat=True)[:2]
        )
        if not tenants:
            return None
        if len(tenants) > 1:  # alone, it is always its turn
            Tenant.objects.filter(pk=tenants[0]).update(last_turn=timezone.now())
        chosen = together.oldest_of(waiting.filter(tenant=tenants[0]))
    return (tenants[0], chosen) if chosen else None


def send_next_turn() -> None:
    """One more, if anything waits. A broker that is down fails nobody: the sweeper sends again."""
    from ingestion.tasks import ingest

    with every_tenant():
        waits = _waiting().order_by("heartbeat").values_list("tenant", "pk").first()
    if waits:
        try:
            ingest.delay(*map(str, waits))
        except OperationalError:
            log.warning("no turn could be sent: the broker does not answer")


def turns_in_broker() -> int:
    """How many turns wait there; 0 when the broker does not answer."""
    try:
        with current_app.connection_for_read() as connection, connection.channel() as channel:
            return int(channel.queue_declare(settings.INGEST_QUEUE, passive=True).message_count)
    except (ChannelError, OperationalError, OSError):  # nothing was ever sent, or nobody answers
        return 0
