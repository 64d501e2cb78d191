"""Groups within groups: who is in an inner group is in every group around it, however far out.

The database walks from a person outwards when it is asked. Nothing of it is stored, so there is nothing to keep in
step. Each group is visited once, so groups that contain each other do no harm.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from tenants.models import Group

# Both steps name the tenant: a link to another organisation's group leads nowhere.
OUTWARDS = """
WITH RECURSIVE found(id) AS (
    {start}
    UNION
    SELECT around.id
    FROM found
    JOIN tenants_group_inner link ON link.to_group_id = found.id
    JOIN tenants_group around ON around.id = link.from_group_id AND around.tenant_id = %s
)
SELECT id FROM found
"""
OF_PERSON = OUTWARDS.format(
    start="""
    SELECT own.id
    FROM tenants_group_members direct
    JOIN tenants_group own ON own.id = direct.group_id AND own.tenant_id = %s
    WHERE direct.user_id = %s"""
)
OF_GROUP = OUTWARDS.format(
    start="SELECT own.id FROM tenants_group own WHERE own.tenant_id = %s AND own.id = %s"
)


def groups_of_person(user: UUID, tenant: UUID) -> RawSQL:
    """The ids of all groups that hold the person, for `__in`."""
    return RawSQL(OF_PERSON, _stored(tenant, user, tenant))  # noqa: S611  fixed text, values are parameters


def groups_around(group: UUID, tenant: UUID) -> RawSQL:
    """The ids of the group itself and of all that hold it."""
    return RawSQL(OF_GROUP, _stored(tenant, group, tenant))  # noqa: S611


def _stored(*keys: UUID) -> tuple[object, ...]:
    """As the database keeps them: SQLite has no type for them."""
    return tuple(Group._meta.pk.get_db_prep_value(key, connection) for key in keys)


def names_in_circle(group: Group, inner: Iterable[Group]) -> list[str]:
    """Of the groups that are to be inside, those that hold `group` already, or are it."""
    around = Group.objects.filter(pk__in=groups_around(group.pk, group.tenant_id))
    held_by = set(around.values_list("pk", flat=True)) | {group.pk}
    return [row.name for row in inner if row.pk in held_by]


def way_in(user: UUID, wanted: set[UUID]) -> list[str]:
    """The names from one of the person's own groups outwards to the nearest of `wanted`; empty when none is."""
    own = Group.objects.filter(members=user).order_by("name").values_list("pk", "name")
    ways: dict[UUID, list[str]] = {key: [name] for key, name in own}
    front = list(ways)
    while front:
        if reached := next((key for key in front if key in wanted), None):
            return ways[reached]
        links = Group.objects.filter(inner__in=front).order_by("name").values_list("pk", "name", "inner")
        front = []
        for key, name, inside in links:
            if key not in ways:
                ways[key] = [*ways[inside], name]
                front.append(key)
    return []
