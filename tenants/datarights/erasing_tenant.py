"""Deletion of an organisation, with a proof that outlives it: for operators alone.

First everything by which somebody could come in or something could arrive, then files, index and rows, then the
accounts that belong nowhere any more. What is not found afterwards is gone.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tenants.audit.chain import locked_chain
from tenants.datarights import holds
from tenants.datarights.erasing import Counts, Incomplete, end_every_session, or_more
from tenants.datarights.erasing_rows import (
    count_person,
    count_tenant,
    log_entries_about,
    remove_person,
    remove_tenant,
)
from tenants.datarights.models import TenantErasure
from tenants.datarights.registry import Left, of_accounts, of_tenants, tenant_places
from tenants.ending import end_membership
from tenants.errors import Refused
from tenants.models import Membership, Tenant, User
from tenants.scoping import every_tenant

log = logging.getLogger(__name__)

RESEND_AFTER = timedelta(minutes=5)
WAYS_IN = ("scim.ScimToken", "entrance.Invitation", "sso.IdentityProvider", "sso.EmailDomain")


def request_erasure(tenant: Tenant, *, asked_by: str) -> TenantErasure:
    """Everybody is out at once. Refused under a hold."""
    with transaction.atomic(), every_tenant():
        if holds.any_hold(tenant.pk):
            raise Refused(holds.HELD_TENANT)
        row, _ = TenantErasure.objects.get_or_create(
            tenant=tenant.pk, done_at=None, defaults={"name": tenant.name, "asked_by": asked_by}
        )
        if not row.removed:
            row.removed = count_tenant(of_tenants(), tenant.pk)
            chain = locked_chain(tenant.pk)
            row.audit_head = {"sequence": chain.sequence, "hash": chain.hash, "people": people_of(tenant.pk)}
            row.save()
        for user in Membership.objects.filter(tenant=tenant.pk).values_list("user", flat=True):
            end_membership(user, tenant=tenant.pk)
        Membership.objects.filter(tenant=tenant.pk).delete()
        ways = [entry for entry in of_tenants() if entry.label in WAYS_IN]
        links = [entry for entry in of_tenants() if entry.tenant.split("__")[0] in ("invitation",)]
        groups = [entry for entry in of_tenants() if entry.label == "sso.ProviderGroup"]
        remove_tenant([*links, *groups, *ways], tenant.pk, lambda: None)
    return row


def people_of(tenant: UUID) -> list[str]:
    """Whose accounts go with it, if nothing else holds them: asked while memberships and rows still tell."""
    people: set[UUID] = set(Membership.objects.filter(tenant=tenant).values_list("user", flat=True))
    for entry in of_tenants():
        for path in entry.goes:
            rows = entry.model._base_manager.filter(**{entry.tenant: tenant}).order_by()
            people.update(rows.exclude(**{path: None}).values_list(path, flat=True).distinct())
    return sorted(map(str, people))


def erase(erasure: UUID) -> None:
    """Remove and look again; can be run again, and is quiet when it is done."""
    row = TenantErasure.objects.filter(pk=erasure, done_at=None).first()
    if row is None:
        return
    try:
        if holds.any_hold(row.tenant):
            raise Refused(holds.HELD_TENANT)
        with every_tenant():
            _erase(row)
    except Exception as error:
        sentence = getattr(error, "sentence", "It will be tried again.")
        TenantErasure.objects.filter(pk=row.pk).update(problem=sentence, heartbeat=timezone.now())
        raise


def _erase(row: TenantErasure) -> None:
    tenant, beat = row.tenant, _beat(row.pk, row.tenant)
    logs = 0
    for entries in log_entries_about(tenant, of_tenants()):
        logs += entries.delete()[0]
    found = count_tenant(of_tenants(), tenant) | ({"admin.LogEntry": logs} if logs else {})
    row.removed = or_more(row.removed, found)
    row.save(update_fields=["removed"])
    for place in tenant_places.values():
        place.clear(tenant)
        beat()
    remove_tenant(of_tenants(), tenant, beat)
    Tenant.objects.filter(pk=tenant).delete()
    row.removed |= _accounts(row.audit_head.get("people", []))
    _finish(row, _look(row))


def _accounts(people: list[str]) -> Counts:
    """Accounts that belonged to this organisation alone. Operators', and those that are known elsewhere, stay."""
    gone = 0
    for user in User.objects.filter(pk__in=people, is_superuser=False):
        if count_person(of_tenants(), tenant=None, person=user.pk):
            continue
        with transaction.atomic():
            end_every_session(user.pk)
            remove_person(of_accounts(), tenant=None, person=user.pk, beat=lambda: None)
            user.delete()
        gone += 1
    return {"tenants.User": gone} if gone else {}


def _look(row: TenantErasure) -> dict[str, Left]:
    left = count_tenant(of_tenants(), row.tenant)
    left |= {"tenants.Tenant": Tenant.objects.filter(pk=row.tenant).count()}
    said = {"rows": Left(sum(left.values()), f"{len(of_tenants()) + 1} tables were counted.")}
    said |= {place.name: place.left(row.tenant, row.removed) for place in tenant_places.values()}
    if any(look.count for look in said.values()):
        raise Incomplete({name: look.count for name, look in said.items() if look.count})
    return said


def _finish(row: TenantErasure, said: dict[str, Left]) -> None:
    row.done_at = timezone.now()
    row.check_found = {"at": row.done_at.isoformat(), **{name: vars(look) for name, look in said.items()}}
    row.audit_head.pop("people", None)
    row.progress, row.problem = 100, ""
    row.save()
    log.info("an organisation was deleted, and nothing of it is left: receipt %s", row.pk)


def _beat(erasure: UUID, tenant: UUID) -> Callable[[], None]:
    """A sign of life after each batch. A hold that was placed meanwhile keeps what is left."""
    percent = 0.0

    def beat() -> None:
        nonlocal percent
        if holds.any_hold(tenant):
            raise Refused(holds.HELD_TENANT)
        percent += (95 - percent) / 20
        rows = TenantErasure.objects.filter(pk=erasure)
        rows.update(progress=int(percent), heartbeat=timezone.now())

    return beat


def sweep() -> None:
    from tenants.datarights.tasks import erase_tenant

    rows = TenantErasure.objects.filter(done_at=None, heartbeat__lt=timezone.now() - RESEND_AFTER)
    for pk in rows.values_list("pk", flat=True):
        erase_tenant.delay(str(pk))


def as_json(row: TenantErasure) -> dict[str, Any]:
    return {
        "receipt": str(row.pk),
        "organisation": {"id": str(row.tenant), "name": row.name},
        "asked": {"by": row.asked_by, "at": row.asked_at.isoformat()},
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "audit_head": row.audit_head,
        "removed": row.removed,
        "check": row.check_found,
        "problem": row.problem,
    }
