"""Groups of SCIM. Members are written as a set of links, never one by one: a provider sends them by the thousand.

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
from scim2_models import InvalidValueException, Meta, NotFoundException, UniquenessException

from tenants.actions import record
from tenants.models import Group as Row
from tenants.scim.filters import NONE, Column, Condition, Name, any_case, exact_text, identifier, uuid_of
from tenants.scim.models import ScimGroup, ScimToken, ScimUser
from tenants.scim.people import adopt_members, check_text
from tenants.scim.resources import Group, GroupMember
from tenants.scoping import current_tenant

Link = Row.members.through
BATCH = 500
LONGEST_NAME = 120
MOST_NAMED = 500  # members whose addresses one audit event lists
NO_NESTING = (
    "Groups within groups are not kept. Assign the people of the inner group to the outer one as well."
)


def has_member(op: Any, value: Any) -> Condition | None:
    key = uuid_of(value)
    user = ScimUser.objects.filter(pk=key).values_list("user", flat=True).first() if key else None
    of_user = Link.objects.filter(user=user).values("group")
    return Condition(Q(pk__in=of_user) if user else NONE, exact=True) if op == "eq" else None


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
        raise NotFoundException(detail="There is no group with this id.")
    return row


def scim_of(row: Row) -> ScimGroup | None:
    return getattr(row, "scim", None)


# --- Out -------------------------------------------------------------------------------------------------------


def groups_of_rows(rows: list[Row], *, base: str, with_members: bool) -> list[Group]:
    keys = [row.pk for row in rows]
    members = members_of(keys) if with_members else {}
    versions = versions_of(rows)
    return [group_of(row, members.get(row.pk, []), base=base, version=versions[row.pk]) for row in rows]


def group_of(row: Row, members: list[tuple[UUID, str]], *, base: str, version: str | None = None) -> Group:
    scim = scim_of(row)
    return Group.model_validate(
        {
            "id": str(row.pk),
            "externalId": (scim.external_id if scim else "") or None,
            "displayName": row.name,
            "members": [
                {"value": str(key), "$ref": f"{base}/Users/{key}", "type": "User", "display": name}
                for key, name in members
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
    links = Link.objects.filter(group__in=[row.pk for row in rows]).values_list("group")
    figures = {key: (count, last) for key, count, last in links.annotate(Count("pk"), Max("pk"))}
    versions = {}
    for row in rows:
        scim = scim_of(row)
        parts = [row.name, scim.external_id if scim else "", *figures.get(row.pk, ())]
        versions[row.pk] = f'W/"{sha256(repr(parts).encode()).hexdigest()[:32]}"'
    return versions


def version_of(row: Row) -> str:
    return versions_of([row])[row.pk]


def members_of(keys: list[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """The members of each group, as (id at SCIM, name)."""
    links = Link.objects.filter(group__in=keys).order_by("pk").values_list("group", "user")
    found = list(links)
    known = {
        user: (key, name or user_name)
        for user, key, name, user_name in ScimUser.objects.filter(
            user__in=Link.objects.filter(group__in=keys).values("user")
        ).values_list("user", "pk", "display_name", "user_name")
    }
    members: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    for key, user in found:
        if user in known:
            members[key].append(known[user])
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
    members = list(Link.objects.filter(group=row).values_list("user", flat=True))
    listed = named(members)
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
        if str(fields.get("type") or "User").lower() != "user":
            raise InvalidValueException(detail=NO_NESTING)
        if not isinstance(fields.get("value"), str):
            raise InvalidValueException(detail='A member is an object with a "value".')
        ids.append(fields["value"])
    return ids


def add_members(row: Row, ids: Iterable[str]) -> list[UUID]:
    """The accounts that were not in the group before."""
    wanted = accounts_of(ids)
    here = set(Link.objects.filter(group=row).values_list("user", flat=True))
    new = [user for user in wanted if user not in here]
    Link.objects.bulk_create(
        (Link(group_id=row.pk, user_id=user) for user in new), batch_size=BATCH, ignore_conflicts=True
    )
    return new


def remove_members(row: Row, ids: Iterable[str] | None) -> list[UUID]:
    """The accounts that were in the group; `None` takes all out. Who is not in it, or not known, is no error."""
    here = set(Link.objects.filter(group=row).values_list("user", flat=True))
    if ids is not None:
        here &= set(accounts_of(ids, strict=False))
    gone = list(here)
    for first in range(0, len(gone), BATCH):
        Link.objects.filter(group=row, user__in=gone[first : first + BATCH]).delete()
    return gone


def set_members(row: Row, ids: Iterable[str]) -> tuple[list[UUID], list[UUID]]:
    """(added, removed)"""
    wanted = set(accounts_of(ids))
    here = set(Link.objects.filter(group=row).values_list("user", flat=True))
    gone, new = list(here - wanted), list(wanted - here)
    for first in range(0, len(gone), BATCH):
        Link.objects.filter(group=row, user__in=gone[first : first + BATCH]).delete()
    Link.objects.bulk_create(
        (Link(group_id=row.pk, user_id=user) for user in new), batch_size=BATCH, ignore_conflicts=True
    )
    return new, gone


def accounts_of(ids: Iterable[str], *, strict: bool = True) -> list[UUID]:
    """The accounts behind ids at SCIM, in the same order. An id of another organisation is as unknown as any."""
    given = list(dict.fromkeys(ids))
    keys = [key for key in map(uuid_of, given) if key]
    found: dict[UUID, UUID] = {}
    for first in range(0, len(keys), BATCH):
        rows = ScimUser.objects.filter(pk__in=keys[first : first + BATCH])
        found.update(rows.values_list("pk", "user"))
    if strict and len(found) < len(given):
        raise InvalidValueException(detail=unknown_member(given, found))
    return [found[key] for key in keys if key in found]


def unknown_member(given: list[str], found: dict[UUID, UUID]) -> str:
    unknown = next(text for text in given if uuid_of(text) not in found)
    key = uuid_of(unknown)
    if key and Row.objects.filter(pk=key).exists():
        return NO_NESTING
    return "A member is not known here: provision the user first, then add them to the group."


def named(users: list[UUID]) -> dict[str, Any]:
    """For the audit trail: how many, and who."""
    shown = users[:MOST_NAMED]
    names = ScimUser.objects.filter(user__in=shown).order_by("user_name").values_list("user_name", flat=True)
    return {"count": len(users), "who": list(names)}
