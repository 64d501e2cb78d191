"""Writes about people and organisations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.scoping import every_tenant, tenant_scope


def record(action: str, *, actor: UUID | None, subject: UUID | None, **detail: Any) -> None:
    """Add an audit event to the current tenant. Call it inside the transaction of what it records, and last:
    until that ends, all others who record something of the tenant wait (`tenants.audit.chain.append`).
    """
    AuditEvent.objects.create(action=action, actor_id=actor, object_id=subject, detail=detail)


def record_for_person(action: str, person: User, *, actor: UUID | None, **detail: Any) -> int:
    """Tell each organisation of the person's; returns how many. Always in the same order, since each is locked."""
    with every_tenant():
        tenants = list(
            Membership.objects.filter(user=person).order_by("tenant").values_list("tenant", flat=True)
        )
    with transaction.atomic():
        for tenant in tenants:
            with tenant_scope(tenant):
                record(action, actor=actor, subject=person.pk, name=str(person), **detail)
    return len(tenants)


@transaction.atomic
def create_tenant(name: str) -> Tenant:
    return Tenant.objects.create(name=name)


@transaction.atomic
def add_member(
    tenant: Tenant,
    *,
    email: str,
    name: str,
    role: str,
    password: str | None = None,
    expires: datetime | None = None,
) -> User:
    """Make the person a member, creating their account when the address is new."""
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    with tenant_scope(tenant.id):
        before = Membership.objects.filter(user=user).values_list("role", flat=True).first()
        Membership.objects.update_or_create(user=user, defaults={"role": role, "expires": expires})
        changes = {"before": {"role": before}, "after": {"role": role}} if before else {"role": role}
        record(
            "member.changed" if before else "member.added",
            actor=None,
            subject=user.id,
            name=str(user),
            **changes,
        )
    return user
