"""Guests, who are out from a moment on. Each request compares it with the clock (`tenants.access`).

Here what is open for them then is closed: sockets and running answers. Until that is done, they get no new answer.
"""

from django.db import transaction
from django.utils import timezone

from tenants.actions import record
from tenants.ending import end_membership
from tenants.models import Membership
from tenants.scoping import every_tenant, tenant_scope


def settle(membership: Membership) -> None:
    """Call it in the transaction that has changed role or expiry: who is out already is shown out at once."""
    over = membership.expires is not None and membership.expires <= timezone.now()
    membership.ended_at = timezone.now() if over else None
    membership.save(update_fields=["ended_at"])
    if over:
        end_membership(membership.user_id, tenant=membership.tenant_id)


def end_expired() -> int:
    """Close what is open for guests whose time is over; returns how many there were."""
    with every_tenant():
        due = Membership.objects.filter(expires__lte=timezone.now(), ended_at=None)
        found = list(due.values_list("pk", "tenant"))
    ended = 0
    for key, tenant in found:
        with tenant_scope(tenant), transaction.atomic():
            rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
            row = rows.filter(pk=key, expires__lte=timezone.now(), ended_at=None).first()
            if row is not None:
                settle(row)
                record("guest.expired", actor=None, subject=row.pk, name=str(row))
                ended += 1
    return ended
