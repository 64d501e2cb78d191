"""Writes about people and organisations."""

from typing import Any
from uuid import UUID

from django.db import transaction

from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.scoping import tenant_scope


def record(action: str, *, actor: UUID | None, subject: UUID | None, **detail: Any) -> None:
    """Add an audit event to the current tenant. Call it inside the transaction of what it records."""
    AuditEvent.objects.create(action=action, actor_id=actor, object_id=subject, detail=detail)


@transaction.atomic
def create_tenant(name: str) -> Tenant:
    return Tenant.objects.create(name=name)


@transaction.atomic
def add_member(tenant: Tenant, *, email: str, name: str, role: str, password: str | None = None) -> User:
    """Make the person a member, creating their account when the address is new."""
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    with tenant_scope(tenant.id):
        Membership.objects.update_or_create(user=user, defaults={"role": role})
        record("member.added", actor=None, subject=user.id, role=role)
    return user
