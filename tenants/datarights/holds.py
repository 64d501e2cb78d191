"""Legal holds: what may not be deleted, by age or on anybody's request."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenants.actions import record
from tenants.datarights.models import LegalHold
from tenants.errors import Refused
from tenants.scoping import every_tenant

HELD = (
    "{name} is under a legal hold, so nothing may be deleted. An admin of the organisation can release it under "
    "“Legal holds”."
)
HELD_TENANT = (
    "The organisation is under a legal hold, or somebody in it is, so it cannot be deleted. Its admins can release "
    "holds under “Legal holds”."
)


def standing(tenant: UUID) -> "Q":
    return Q(tenant=tenant, released_at=None)


def is_held(tenant: UUID, user: UUID) -> bool:
    """Whether this person's data must be kept: by a hold on them, or on the whole organisation."""
    with every_tenant():
        return LegalHold.objects.filter(standing(tenant), Q(person=None) | Q(person=user)).exists()


def any_hold(tenant: UUID) -> bool:
    with every_tenant():
        return LegalHold.objects.filter(standing(tenant)).exists()


def whole_held(tenant: UUID) -> bool:
    with every_tenant():
        return LegalHold.objects.filter(standing(tenant), person=None).exists()


def held_people(tenant: UUID) -> list[UUID]:
    with every_tenant():
        rows = LegalHold.objects.filter(standing(tenant)).exclude(person=None)
        return list(rows.values_list("person", flat=True))


def refuse_held(tenant: UUID, user: UUID, *, name: str) -> None:
    if is_held(tenant, user):
        raise Refused(HELD.format(name=name))


@transaction.atomic
def release(hold: LegalHold, *, actor: UUID) -> None:
    """Retention takes effect again the next night. Quiet when it was released already."""
    rows = LegalHold.objects.filter(pk=hold.pk, released_at=None)
    if rows.update(released_at=timezone.now(), released_by=actor):
        record("legal_hold.released", actor=actor, subject=hold.pk, name=str(hold), reason=hold.reason)


def let_go(user: UUID) -> bool:
    """Released holds go with whom they named; False when one is standing, in whichever organisation."""
    with every_tenant():
        rows = LegalHold.objects.filter(person=user)
        rows.exclude(released_at=None).delete()
        return not rows.exists()
