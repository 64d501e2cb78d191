"""Deletion of a person from an organisation, with proof.

request -> the membership ends, and with it every socket and session there; the receipt says who asked and when
erase   -> everything is counted, removed, and looked for again; only what was not found is reported done
account -> goes too, once no organisation holds anything of the person
"""

import hashlib
import logging
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from tenants.actions import record
from tenants.datarights import holds
from tenants.datarights.erasing_rows import count_person, remove_person
from tenants.datarights.models import PersonErasure
from tenants.datarights.registry import Left, of_accounts, of_tenants, person_places
from tenants.ending import end_membership
from tenants.entrance.sessions import end_all_sessions
from tenants.errors import Refused
from tenants.members import remove_member
from tenants.models import Membership, User
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

RESEND_AFTER = timedelta(minutes=2)
Counts = dict[str, int]


class Incomplete(RuntimeError):
    """The look afterwards found something."""

    def __init__(self, left: Counts) -> None:
        told = ", ".join(f"{count} {label}" for label, count in left.items())
        self.sentence = f"The deletion left {told}; it will be tried again."
        super().__init__(self.sentence)


def request_erasure(user: User, *, tenant: UUID, asked_by: UUID | None) -> PersonErasure:
    """The person is out at once; the rest is removed by a worker. Refused for the last admin and under a hold."""
    from tenants.datarights.tasks import erase_person

    with transaction.atomic():
        holds.refuse_held(tenant, user.pk, name=str(user))
        membership = Membership.objects.select_related("user").filter(user=user).first()
        if membership:
            remove_member(membership)
        else:
            end_membership(user.pk, tenant=tenant)
        fields = {
            "name": str(user),
            "email_sha256": hashlib.sha256(user.email.encode()).hexdigest(),
            "asked_by_id": asked_by if asked_by != user.pk else None,
        }
        row, _ = PersonErasure.objects.get_or_create(person=user.pk, done_at=None, defaults=fields)
        record("person.deletion_asked", actor=asked_by, subject=user.pk, name=str(user), receipt=row.pk)
        transaction.on_commit(partial(erase_person.delay, str(tenant), str(row.pk)), robust=True)
    erasure: PersonErasure = row
    return erasure


def erase(erasure: UUID) -> None:
    """Remove and look again; can be run again, and is quiet when it is done. In the tenant's scope."""
    row = PersonErasure.objects.filter(pk=erasure, done_at=None).first()
    if row is None:
        return
    try:
        user = User.objects.filter(pk=row.person).first()
        if user is not None:
            holds.refuse_held(row.tenant_id, row.person, name=row.name)
        _erase(row, user)
    except Refused as error:
        _trouble(row, error.sentence)
    except Exception as error:
        _trouble(row, getattr(error, "sentence", "It will be tried again."))
        raise


def _trouble(row: PersonErasure, sentence: str) -> None:
    PersonErasure.objects.filter(pk=row.pk).update(problem=sentence, heartbeat=timezone.now())


def _erase(row: PersonErasure, user: User | None) -> None:
    tenant, person = row.tenant_id, row.person
    names = {place.name: place.find(tenant, person) for place in person_places.values()}
    found = count_person(of_tenants(), tenant=tenant, person=person)
    found |= {name: len(some) for name, some in names.items() if some}
    row.removed = or_more(row.removed, found)  # kept before anything goes: this try may be interrupted
    row.save(update_fields=["removed"])
    beat = _Beat(row)
    for place in person_places.values():
        place.clear(names[place.name])
    remove_person(of_tenants(), tenant=tenant, person=person, beat=beat)
    left = count_person(of_tenants(), tenant=tenant, person=person)
    said = {"rows": Left(sum(left.values()), "Every table that can name a person was counted.")}
    said |= {place.name: place.left(person, names[place.name]) for place in person_places.values()}
    _refuse(left, said)
    row.account, row.removed = _account(user, person, row.removed, said)
    _finish(row, said)


def _refuse(left: Counts, said: dict[str, Left]) -> None:
    found = left | {name: look.count for name, look in said.items() if look.count and name != "rows"}
    if found:
        raise Incomplete(found)


def or_more(before: Counts, now: Counts) -> Counts:
    """The larger of each: a deletion that was interrupted had counted what it then removed."""
    return {key: max(before.get(key, 0), now.get(key, 0)) for key in {**before, **now}}


def _account(user: User | None, person: UUID, removed: Counts, said: dict[str, Left]) -> tuple[str, Counts]:
    """The account goes when nobody holds anything under it; sessions, addresses and factors go with it."""
    if user is None:
        return "It had gone before.", removed
    if user.is_superuser:
        return "It stays: it is an operator's.", removed
    with every_tenant():
        elsewhere = count_person(of_tenants(), tenant=None, person=person)
        if any(elsewhere.values()):
            return "It stays: another organisation holds data under it.", removed
        removed = removed | count_person(of_accounts(), tenant=None, person=person) | {"tenants.User": 1}
        if not holds.let_go(person):
            return "It stays: it is under a legal hold in another organisation.", removed
        with transaction.atomic():
            end_every_session(person)
            remove_person(of_accounts(), tenant=None, person=person, beat=lambda: None)
            user.delete()
        everything = [*of_tenants(), *of_accounts()]
        left = count_person(everything, tenant=None, person=person)
        left["tenants.User"] = User.objects.filter(pk=person).count()
    sessions = sessions_of(person)
    said["account"] = Left(sum(left.values()), "Every table that can name a person was counted.")
    said["sessions"] = Left(len(sessions), "Every stored session was opened and asked whose it is.")
    if any(left.values()) or sessions:
        raise Incomplete(
            {label: count for label, count in left.items() if count} | {"sessions": len(sessions)}
        )
    return "It is gone.", removed


def sessions_of(person: UUID) -> list[str]:
    """By what is in them: the list that is kept beside them may be younger than they are."""
    rows = Session.objects.iterator(chunk_size=500)
    return [row.pk for row in rows if row.get_decoded().get("_auth_user_id") == str(person)]


def end_every_session(person: UUID) -> None:
    end_all_sessions(person)
    Session.objects.filter(pk__in=sessions_of(person)).delete()


def _finish(row: PersonErasure, said: dict[str, Left]) -> None:
    now = timezone.now()
    row.check_found = {"at": now.isoformat(), **{name: vars(look) for name, look in said.items()}}
    row.done_at, row.name, row.problem, row.progress = now, "", "", 100
    with transaction.atomic():
        row.save()
        rows = sum(count for label, count in row.removed.items())
        record(
            "person.deleted", actor=None, subject=row.person, receipt=row.pk, rows=rows, account=row.account
        )


class _Beat:
    """A sign of life after each batch. A hold that was placed meanwhile keeps what is left."""

    def __init__(self, erasure: PersonErasure) -> None:
        self._erasure, self._percent = erasure, 0.0

    def __call__(self) -> None:
        row = self._erasure
        holds.refuse_held(row.tenant_id, row.person, name=row.name)
        self._percent += (95 - self._percent) / 10
        rows = PersonErasure.objects.filter(pk=row.pk)
        rows.update(progress=int(self._percent), heartbeat=timezone.now())


def sweep() -> None:
    """Deletions that were left half done are sent again."""
    from tenants.datarights.tasks import erase_person

    with every_tenant():
        rows = PersonErasure.objects.filter(done_at=None, heartbeat__lt=timezone.now() - RESEND_AFTER)
        due = list(rows.values_list("tenant", "pk")[:50])
    for tenant, pk in due:
        erase_person.delay(str(tenant), str(pk))


def erase_now(user: User, *, tenants: list[UUID]) -> list[dict[str, Any]]:
    """For the command: from each of these organisations, at once. Raises Refused before anything is touched."""
    for tenant in tenants:
        holds.refuse_held(tenant, user.pk, name=str(user))
    receipts = []
    for tenant in tenants:
        with tenant_scope(tenant):
            row = request_erasure(user, tenant=tenant, asked_by=None)
            erase(row.pk)
            row.refresh_from_db()
            if row.done_at is None:
                raise Refused(row.problem)
            receipts.append(as_json(row))
    return receipts


def tenants_with(person: UUID) -> list[UUID]:
    """Every organisation that has the person as a member, or holds something of theirs."""
    found: set[UUID] = set()
    with every_tenant():
        for entry in of_tenants():
            for path in entry.goes:
                rows = entry.model._base_manager.filter(**{path: person}).order_by()
                found.update(rows.values_list(entry.tenant, flat=True).distinct())
            for field in entry.emptied:
                rows = entry.model._base_manager.filter(**{field: person}).order_by()
                found.update(rows.values_list(entry.tenant, flat=True).distinct())
    return sorted(found)


def as_json(row: PersonErasure) -> dict[str, Any]:
    return {
        "receipt": str(row.pk),
        "organisation": str(row.tenant_id),
        "person": {"id": str(row.person), "email_sha256": row.email_sha256},
        "asked": {"by": str(row.asked_by_id) if row.asked_by_id else None, "at": row.asked_at.isoformat()},
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "account": row.account,
        "removed": row.removed,
        "check": row.check_found,
    }
