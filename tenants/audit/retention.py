"""Old events go, as each organisation has decided. The chain then begins at an anchor, which an event records too."""

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tenants.actions import record
from tenants.audit.chain import locked_chain
from tenants.audit.guard import log_opened
from tenants.audit.models import AuditChain
from tenants.audit.receivers import configured
from tenants.audit.verify import EXPIRED
from tenants.datarights.holds import any_hold
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

BATCH = 5000  # others who record something wait while one is removed


def apply_retention() -> int:
    """How many events were removed, over all organisations."""
    with every_tenant():
        tenants = list(AuditChain.objects.exclude(keep_days=None).values_list("tenant", flat=True))
    count = 0
    for tenant in tenants:
        with tenant_scope(tenant):
            while removed := remove_old(tenant):
                count += removed
    return count


def remove_old(tenant: UUID) -> int:
    """Up to a batch of events older than the organisation keeps, oldest first, that every receiver has.

    The run's own event makes the log longer by one and so is not recorded for less than there is to remove.
    """
    with transaction.atomic():
        chain = locked_chain(tenant)
        if chain.keep_days is None or any_hold(tenant):
            return 0
        last = _last_to_remove(chain)
        if last is None or last.sequence is None:
            return 0
        with log_opened():
            old = AuditEvent._base_manager.filter(tenant=tenant, sequence__lte=last.sequence)
            count = old._raw_delete(old.db)  # nothing refers to events
        chain.anchor_sequence, chain.anchor_hash = last.sequence, last.hash
        chain.save(update_fields=["anchor_sequence", "anchor_hash"])
        record(
            EXPIRED, actor=None, subject=None,
            sequence=last.sequence, hash=last.hash, removed=count, keep_days=chain.keep_days,
        )  # fmt: skip
    log.info("%d audit events were removed by age", count)
    return int(count)


def _last_to_remove(chain: AuditChain) -> AuditEvent | None:
    """The chain is cut in one place: nothing behind an event that stays is removed."""
    cutoff = timezone.now() - timedelta(days=chain.keep_days or 0)
    rows = AuditEvent.objects.exclude(sequence=None)
    kept = rows.filter(created__gte=cutoff).order_by("sequence").values_list("sequence", flat=True).first()
    limit = min(
        [
            chain.anchor_sequence + BATCH,
            (kept or chain.sequence + 1) - 1,
            *(chain.delivered.get(name, 0) for name in configured()),
        ]
    )
    return rows.filter(sequence__lte=limit).order_by("-sequence").first()
