"""Groups of SCIM. Members are written as a set of links, never one by one: a provider sends them by the thousand.

A member is a person or another group. Both have ids that no other row has, so one list names both.

Every group of the organisation is shown. With its first change from here a group becomes the provider's, and
its name and members can no longer be edited by hand.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from scim2_models import InvalidValueException, Meta, UniquenessException

from tenants.actions import record
from tenants.models import Group as Row
from tenants.scim.errors import NotHere, UnknownMember
from tenants.scim.filters import NONE, Column, Condition, Name, any_case, exact_text, identifier, uuid_of
from tenants.scim.models import ScimGroup, ScimToken, ScimUser
from tenants.scim.people import adopt_members, check_text
from tenants.scim.resources import Group, GroupMember
from tenants.scoping import current_tenant

Link = Row.members.through
Nested = Row.inner.through
BATCH = 500
LONGEST_NAME = 120
MOST_NAMED = 500  # members whose addresses one audit event lists
KINDS = ("user", "group")

Named = tuple[UUID, str, str]  # id at SCIM, name, kind


def has_member(op: Any, value: Any) -> Condition | None:
    key = uuid_of(value)
    if op != "eq":
        return None
    user = ScimUser.objects.filter(pk=key).values_list("user", flat=True).first() if key else None
    if user:
        return Condition(Q(pk__in=Link.objects.filter(user=user).values("group")), exact=True)
    holding = Nested.objects.filter(to_group=key).values("from_group")
    return Condition(Q(pk__in=holding) if key else NONE, exact=True)


COLUMNS: dict[Name, Column] = {
    ("display_name", None): any_case("name"),
    ("external_id", None): exact_text("scim__external_id"),
    ("id", None): identifier("pk"),
    ("members", "value"): has_member,
}


def groups() -> QuerySet[Row]:
    adopt_members()
    rows: QuerySet[Row] = Row.objects.select_related("scim").order_by("pk")
    return rows


def group(key: str, *, lock: bool = False) -> Row:
    rows = groups()
    if lock:
        rows = rows.select_for_update(of=("self",))
    known = uuid_of(key)
    row = rows.filter(pk=known).first() if known else None
    if row is None:
        raise NotHere(detail="There is no group with this id.")
    return row


def scim_of(row: Row) -> ScimGroup | None:
    return getattr(row, "scim", None)


# --- Out -------------------------------------------------------------------------------------------------------


def groups_of_rows(rows: list[Row], *, base: str, with_members: bool) -> list[Group]:
    keys = [row.pk for row in rows]
    members = members_of(keys) if with_members else {}
    versions = versions_of(rows)
    return [group_of(row, members.get(row.pk, []), base=base, version=versions[row.pk]) for row in rows]


def group_of(row: Row, members: list[Named], *, base: str, version: str | None = None) -> Group:
    scim = scim_of(row)
    return Group.model_validate(
        {
            "id": str(row.pk),
            "externalId": (scim.external_id if scim else "") or None,
            "displayName": row.name,
            "members": [
                {"value": str(key), "$ref": f"{base}/{kind}s/{key}", "type": kind, "display": name}
                for key, name, kind in members
            ]
            or None,
            "meta": Meta(
                resource_type="Group",
                created=scim.created if scim else None,
                last_modified=scim.modified if scim else None,
                location=f"{base}/Groups/{row.pk}",
                version=version,
            ),
        }
    )


def versions_of(rows: list[Row]) -> dict[UUID, str]:
    """They change with every change of members: links are numbered upwards, and no number comes twice."""
    keys = [row.pk for row in rows]
    figures: dict[UUID, list[Any]] = defaultdict(list)
    for links in (
        Link.objects.filter(group__in=keys).values_list("group"),
        Nested.objects.filter(from_group__in=keys).values_list("from_group"),
    ):
        for key, count, last in links.annotate(Count("pk"), Max("pk")):
            figures[key] += [count, last]
    versions = {}
    for row in rows:
        scim = scim_of(row)
        parts = [row.name, scim.external_id if scim else "", *figures[row.pk]]
        versions[row.pk] = f'W/"{sha256(repr(parts).encode()).hexdigest()[:32]}"'
    return versions


def version_of(row: Row) -> str:
    return versions_of([row])[row.pk]


def members_of(keys: list[UUID]) -> dict[UUID, list[Named]]:
    """The members of each group: people first, then groups."""
    found = list(Link.objects.filter(group__in=keys).order_by("pk").values_list("group", "user"))
    known = {
        user: (key, name or user_name, "User")
        for user, key, name, user_name in ScimUser.objects.filter(
            user__in=Link.objects.filter(group__in=keys).values("user")
        ).values_list("user", "pk", "display_name", "user_name")
    }
    members: dict[UUID, list[Named]] = defaultdict(list)
    for key, user in found:
        if user in known:
            members[key].append(known[user])
    nested = Nested.objects.filter(from_group__in=keys).order_by("pk")
    for key, inner, name in nested.values_list("from_group", "to_group", "to_group__name"):
        members[key].append((inner, name, "Group"))
    return members


# --- In --------------------------------------------------------------------------------------------------------


def create_group(resource: Group, token: ScimToken) -> Row:
    row = Row(tenant_id=current_tenant())
    write(row, resource)
    row.save()
    scim = ScimGroup.objects.create(group=row, external_id=resource.external_id or "")
    added = add_members(row, ids_of(resource.members))
    record(
        "group.added",
        actor=None,
        subject=row.pk,
        token=token.name,
        name=row.name,
        external_id=scim.external_id,
        members=named(added),
    )
    return group(str(row.pk))


def change_group(
    row: Row, resource: Group, token: ScimToken, *, added: Iterable[UUID] = (), removed: Iterable[UUID] = ()
) -> None:
    """Make name and external id what `resource` says, and record that with the accounts that came and went."""
    scim = scim_of(row)
    before = {"name": row.name, "external_id": scim.external_id if scim else ""}
    write(row, resource)
    after = {"name": row.name, "external_id": resource.external_id or ""}
    added, removed = list(added), list(removed)
    if scim and before == after and not added and not removed:
        return
    row.save(update_fields=["name"])
    values = {"external_id": after["external_id"], "modified": timezone.now()}
    ScimGroup.objects.update_or_create(group=row, defaults=values)
    changes: dict[str, Any] = {}
    if before != after:
        changes |= {"before": before, "after": after}
    if added:
        changes["members_added"] = named(added)
    if removed:
        changes["members_removed"] = named(removed)
    record("group.changed", actor=None, subject=row.pk, token=token.name, name=row.name, **changes)


def delete_group(row: Row, token: ScimToken) -> None:
    key, name = row.pk, row.name
    listed = named(list(members_here(row)))
    row.delete()
    record("group.removed", actor=None, subject=key, token=token.name, name=name, members=listed)


def write(row: Row, resource: Group) -> None:
    name = (resource.display_name or "").strip()
    if not name:
        raise InvalidValueException(detail="displayName is needed.")
    check_text("displayName", name, LONGEST_NAME)
    check_text("externalId", resource.external_id)
    if Row.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise UniquenessException(detail="There is a group with this displayName already.")
    row.name = name


# --- Members ---------------------------------------------------------------------------------------------------


def ids_of(members: Iterable[Any] | None) -> list[str]:
    """The ids in a list of members, given as the library's objects or as JSON."""
    ids = []
    for member in members or []:
        if isinstance(member, GroupMember):
            member = {"value": member.value, "type": member.type}
        if not isinstance(member, dict):
            raise InvalidValueException(detail='A member is an object with a "value".')
        fields = {str(name).lower(): item for name, item in member.items()}
        if str(fields.get("type") or "User").lower() not in KINDS:
            raise InvalidValueException(detail="A member is a User or a Group.")
        if not isinstance(fields.get("value"), str):
            raise InvalidValueException(detail='A member is an object with a "value".')
        ids.append(fields["value"])
    return ids


def members_here(row: Row) -> set[UUID]:
    people = Link.objects.filter(group=row).values_list("user", flat=True)
    return {*people, *Nested.objects.filter(from_group=row).values_list("to_group", flat=True)}


def add_members(row: Row, ids: Iterable[str]) -> list[UUID]:
    """The accounts and groups that were not in the group before."""
    wanted = rows_of(ids)
    here = members_here(row)
    new = [key for key in wanted if key not in here]
    _link(row, new)
    return new


def remove_members(row: Row, ids: Iterable[str] | None) -> list[UUID]:
    """Those that were in the group; `None` takes all out. Who is not in it, or not known, is no error."""
    here = members_here(row)
    if ids is not None:
        here &= set(rows_of(ids, strict=False))
    gone = list(here)
    _unlink(row, gone)
    return gone


def set_members(row: Row, ids: Iterable[str]) -> tuple[list[UUID], list[UUID]]:
    """(added, removed)"""
    wanted = set(rows_of(ids))
    here = members_here(row)
    gone, new = list(here - wanted), list(wanted - here)
    _unlink(row, gone)
    _link(row, new)
    return new, gone


def _link(row: Row, keys: list[UUID]) -> None:
    inner = set(groups_among(keys))
    people = (Link(group_id=row.pk, user_id=key) for key in keys if key not in inner)
    nested = (Nested(from_group_id=row.pk, to_group_id=key) for key in inner)
    Link.objects.bulk_create(people, batch_size=BATCH, ignore_conflicts=True)
    Nested.objects.bulk_create(nested, batch_size=BATCH, ignore_conflicts=True)


def _unlink(row: Row, keys: list[UUID]) -> None:
    for first in range(0, len(keys), BATCH):
        few = keys[first : first + BATCH]
        Link.objects.filter(group=row, user__in=few).delete()
        Nested.objects.filter(from_group=row, to_group__in=few).delete()


def rows_of(ids: Iterable[str], *, strict: bool = True) -> list[UUID]:
    """The accounts and groups behind ids at SCIM, in the same order. An id of another organisation is unknown."""
    given = list(dict.fromkeys(ids))
    keys = [key for key in map(uuid_of, given) if key]
    found: dict[UUID, UUID] = {}
    for first in range(0, len(keys), BATCH):
        rows = ScimUser.objects.filter(pk__in=keys[first : first + BATCH])
        found.update(rows.values_list("pk", "user"))
    found.update((key, key) for key in groups_among([key for key in keys if key not in found]))
    if strict and len(found) < len(given):
        raise UnknownMember
    return [found[key] for key in keys if key in found]


def groups_among(keys: list[UUID]) -> list[UUID]:
    found: list[UUID] = []
    for first in range(0, len(keys), BATCH):
        found += Row.objects.filter(pk__in=keys[first : first + BATCH]).values_list("pk", flat=True)
    return found


def named(keys: list[UUID]) -> dict[str, Any]:
    """For the audit trail: how many, and who."""
    shown = keys[:MOST_NAMED]
    people = ScimUser.objects.filter(user__in=shown).order_by("user_name").values_list("user_name", flat=True)
    inner = Row.objects.filter(pk__in=shown).order_by("name").values_list("name", flat=True)
    return {"count": len(keys), "who": [*people, *inner]}
