"""Who may come in. A Member in hand is proof that the person was active in the organisation a moment ago."""

from dataclasses import dataclass
from uuid import UUID

from tenants.errors import NotAllowed
from tenants.models import Membership, Role
from tenants.scoping import every_tenant


@dataclass(frozen=True)
class Member:
    """A person inside one organisation, at the moment of asking."""

    user: UUID
    tenant: UUID
    role: str
    name: str
    email: str
    tenant_name: str

    @property
    def tends_documents(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMIN)

    @property
    def administers(self) -> bool:
        return self.role == Role.ADMIN


def member_of(user: UUID, *, tenant: UUID | None = None) -> Member | None:
    """The person's membership in `tenant`, or in their first organisation; None for outsiders and the deactivated."""
    with every_tenant():
        rows = Membership.objects.filter(user=user, user__is_active=True).select_related("user", "tenant")
        row = (rows.filter(tenant=tenant) if tenant else rows.order_by("created")).first()
    if row is None:
        return None
    return Member(
        user=row.user_id,
        tenant=row.tenant_id,
        role=row.role,
        name=row.user.get_full_name(),
        email=row.user.email,
        tenant_name=row.tenant.name,
    )


def require_member(user: UUID, *, tenant: UUID) -> Member:
    """The membership, or NotAllowed."""
    member = member_of(user, tenant=tenant)
    if member is None:
        raise NotAllowed("You no longer belong to this organisation. Ask its admin to let you in.")
    return member
