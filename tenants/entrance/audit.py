"""An account belongs to no organisation alone: what happens to it is told to each that its person belongs to."""

from typing import Any
from uuid import UUID

from django.db import transaction

from tenants.actions import record
from tenants.models import Membership
from tenants.scoping import every_tenant, tenant_scope


def record_everywhere(user: UUID, action: str, *, actor: UUID | None, **detail: Any) -> None:
    """Always in the same order, since each organisation's log is locked until the transaction ends."""
    with every_tenant():
        rows = list(Membership.objects.filter(user=user).order_by("tenant").values_list("tenant", "pk"))
    with transaction.atomic():
        for tenant, membership in rows:
            with tenant_scope(tenant):
                record(action, actor=actor, subject=membership, **detail)
