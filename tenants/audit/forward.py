"""Sends what the receivers do not have yet, from where each had come. Nothing that a person does waits for it."""

import logging
import time
from uuid import UUID

from django.db import transaction
from django.db.models import F

from tenants.audit.chain import locked_chain
from tenants.audit.models import AuditChain
from tenants.audit.receivers import Send, Undelivered, configured
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

BATCH = 200
SECONDS = 60.0  # of one run; the next goes on


def forward() -> int:
    """How many events were taken, over all receivers. One that does not answer is tried again in the next run."""
    count = 0
    until = time.monotonic() + SECONDS
    for name, send in configured().items():
        try:
            count += _forward_all(name, send, until)
        except Undelivered as error:
            log.warning("audit events wait for their receiver: %s", error)
    return count


def _forward_all(name: str, send: Send, until: float) -> int:
    """In turns, so that an organisation with many does not keep the others waiting."""
    count = taken = 0
    while behind := _behind(name):
        for tenant in behind:
            if time.monotonic() > until:
                return count + taken
            with tenant_scope(tenant):
                taken += _forward_batch(tenant, name, send)
        if not taken:
            log.error("the audit log lacks events that it counts: run `manage.py verify_audit`")
            break
        count, taken = count + taken, 0
    return count


def _behind(name: str) -> list[UUID]:
    with every_tenant():
        rows = AuditChain.objects.filter(sequence__gt=F("anchor_sequence")).order_by("tenant")
        chains = rows.values_list("tenant", "sequence", "delivered")
        return [tenant for tenant, sequence, delivered in chains if delivered.get(name, 0) < sequence]


def _forward_batch(tenant: UUID, name: str, send: Send) -> int:
    had = AuditChain.objects.values_list("delivered", flat=True).get().get(name, 0)
    events = list(AuditEvent.objects.filter(sequence__gt=had).order_by("sequence")[:BATCH])
    if not events:
        return 0
    send(events)
    with transaction.atomic():
        chain = locked_chain(tenant)
        chain.delivered[name] = events[-1].sequence
        chain.save(update_fields=["delivered"])
    return len(events)
