"""Asking, deciding, ending. Each write is called inside a transaction and the organisation's scope.

A decision and an end are conditional updates of one row: of two at the same moment one gets through.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from tenants.access import Member
from tenants.actions import record
from tenants.entrance.mail import address
from tenants.errors import Refused
from tenants.models import Tenant, User
from tenants.scoping import every_tenant, tenant_scope
from tenants.support.letters import tell_admins
from tenants.support.models import WAITS, SupportAccess

ASKED_ALREADY = "You have asked this organisation already. End that request first."
NOT_WAITING = "This request does not wait for an answer any more."
NOT_OPEN = "This access has ended already."
NOT_YOURSELF = "You cannot decide on a request of your own. Another admin of the organisation must."

REQUEST = (
    "{who}, an operator of your Colloquy installation, asks for access to {tenant}.\n\n"
    "Reason: {reason}\n"
    "What they could read: {scope}. They could change nothing, and never read conversations.\n"
    "For how long: {hours}, from your approval on.\n\n"
    "Nothing is shown to them unless an admin approves. Decide here:\n{link}\n"
)


def open_access(operator: UUID, tenant: UUID) -> SupportAccess | None:
    """What lets the operator into the organisation at this moment."""
    with tenant_scope(tenant):
        row: SupportAccess | None = (
            SupportAccess.objects.filter(_open(), operator=operator).order_by("-expires").first()
        )
    return row


def open_tenants(operator: UUID) -> list[UUID]:
    with every_tenant():
        return list(SupportAccess.objects.filter(_open(), operator=operator).values_list("tenant", flat=True))


def requests_of(operator: UUID, limit: int = 50) -> list[SupportAccess]:
    """The operator's own, in every organisation, the newest first."""
    with every_tenant():
        rows = SupportAccess.objects.filter(operator=operator).select_related("tenant")
        return list(rows.order_by("-requested")[:limit])


def ask(operator: User, *, reason: str, hours: int, documents: bool, people: bool) -> SupportAccess:
    """Ask the organisation of the scope. Its admins are written to."""
    now = timezone.now()
    waiting = Q(decided=None, ended=None, requested__gt=now - WAITS)
    if SupportAccess.objects.filter(waiting | _open(), operator=operator).exists():
        raise Refused(ASKED_ALREADY)
    name = f"{operator.name} ({operator.email})" if operator.name else operator.email
    row: SupportAccess = SupportAccess.objects.create(
        operator=operator, operator_name=name, reason=reason, hours=hours, documents=documents, people=people
    )
    tell_admins(
        row.tenant_id,
        f"{name} asks for support access",
        REQUEST.format(
            who=name, tenant=Tenant.objects.get(pk=row.tenant_id), reason=reason, scope=row.scope,
            hours="1 hour" if hours == 1 else f"{hours} hours",
            link=address(reverse("admin:support_supportaccess_change", args=[row.pk])),
        ),
    )  # fmt: skip
    _record("requested", row, operator.pk, reason=reason, hours=hours, scope=row.scope)
    return row


def approve(row: SupportAccess, member: Member) -> None:
    now = timezone.now()
    until = now + timedelta(hours=row.hours)
    _decide(row, member, now, expires=until)
    _record("approved", row, member.user, until=until, scope=row.scope)


def decline(row: SupportAccess, member: Member) -> None:
    _decide(row, member, timezone.now(), expires=None)
    _record("declined", row, member.user)


def _decide(row: SupportAccess, member: Member, now: datetime, *, expires: datetime | None) -> None:
    if member.user == row.operator_id:
        raise Refused(NOT_YOURSELF)
    waiting = SupportAccess.objects.filter(pk=row.pk, decided=None, ended=None, requested__gt=now - WAITS)
    if not waiting.update(decided=now, decided_by=member.user, expires=expires):
        raise Refused(NOT_WAITING)


def end(row: SupportAccess, *, actor: UUID) -> None:
    """By the organisation's admin, or by the operator, who may also withdraw what waits."""
    waiting = Q(decided=None)
    going = SupportAccess.objects.filter(waiting | _open(), pk=row.pk, ended=None)
    if not going.update(ended=timezone.now()):
        raise Refused(NOT_OPEN)
    _record("ended" if row.decided else "withdrawn", row, actor)


def end_expired() -> int:
    """Write down the end of what has run out. It opened nothing since then anyway."""
    with every_tenant():
        over = SupportAccess.objects.filter(ended=None, expires__lte=timezone.now())
        rows = list(over.order_by("tenant", "expires"))
    count = 0
    for row in rows:
        with tenant_scope(row.tenant_id), transaction.atomic():
            if SupportAccess.objects.filter(pk=row.pk, ended=None).update(ended=row.expires):
                _record("expired", row, None)
                count += 1
    return count


def _open() -> Q:
    return Q(ended=None, expires__gt=timezone.now())


def _record(what: str, row: SupportAccess, actor: UUID | None, **detail: object) -> None:
    record(f"support.{what}", actor=actor, subject=row.pk, name=row.operator_name, **detail)
