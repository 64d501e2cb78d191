"""Who may come in. A Member in hand is proof that the person was active in the organisation a moment ago."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from tenants.entrance.rules import FACTOR_FIRST, lacks_factor, rules_for, why_over
from tenants.entrance.sessions import note_use, row_of
from tenants.errors import NotAllowed, SignedOut
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
    tends_chosen: bool = False
    expires: datetime | None = None

    @property
    def is_guest(self) -> bool:
        return self.role == Role.GUEST

    @property
    def tends_documents(self) -> bool:
        """Some at least: which, says `Collection.objects.tended_by`."""
        return self.role in (Role.MANAGER, Role.ADMIN)

    @property
    def tends_all(self) -> bool:
        return self.administers or (self.tends_documents and not self.tends_chosen)

    @property
    def administers(self) -> bool:
        return self.role == Role.ADMIN


COLUMNS = ("user", "tenant", "role", "user__name", "user__email", "tenant__name", "tends_chosen", "expires")


def member_of(user: UUID, *, tenant: UUID | None = None) -> Member | None:
    """The person's membership in `tenant`, or in their first organisation.

    None for outsiders, the deactivated, and guests whose time is over, or who were given none.
    """
    with every_tenant():
        rows = Membership.objects.filter(user=user, user__is_active=True)
        endless = Q(expires=None) & ~Q(role=Role.GUEST)
        rows = rows.filter(endless | Q(expires__gt=timezone.now()))
        rows = rows.filter(tenant=tenant) if tenant else rows.order_by("created")
        row = rows.values_list(*COLUMNS).first()
    if row is None:
        return None
    user_id, tenant_id, role, name, email, *rest = row
    return Member(user_id, tenant_id, role, name or email, email, *rest)


def require_member(user: UUID, *, tenant: UUID) -> Member:
    """The membership, or NotAllowed."""
    member = member_of(user, tenant=tenant)
    if member is None:
        raise NotAllowed("You no longer belong to this organisation. Ask its admin to let you in.")
    return member


@dataclass(frozen=True)
class Visitor:
    """Someone at the other end of an open socket: who they were when it opened, to be asked again at each request."""

    session: str
    user: UUID
    tenant: UUID


def enter(visitor: Visitor) -> Member:
    """The visitor's membership now, by the rules that requests are held to.

    Raises SignedOut when the session has ended, NotAllowed when the membership has or a second factor is missing.
    """
    if not Session.objects.filter(pk=visitor.session, expire_date__gt=timezone.now()).exists():
        raise SignedOut
    member = require_member(visitor.user, tenant=visitor.tenant)
    row, rules = row_of(visitor.session), rules_for(visitor.user)
    if row is not None and why_over(row, rules, timezone.now()):
        raise SignedOut  # the page that opens next says why, and ends the session
    if lacks_factor(row, visitor.user, rules):
        raise NotAllowed(FACTOR_FIRST)
    if row is not None:
        note_use(row)
    return member
