"""PATCH of a group: operations on members go to the database as they are, the rest through the library."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from scim2_models import InvalidPathException, InvalidValueException, PatchOp, Path
from scim2_models import PatchOperation as Operation

from tenants.models import Group as Row
from tenants.scim.filters import selected_values
from tenants.scim.groups import (
    add_members,
    change_group,
    group_of,
    groups_of_rows,
    ids_of,
    remove_members,
    set_members,
)
from tenants.scim.models import ScimToken
from tenants.scim.resources import PATCHES, Group

MEMBERS = "members"
Op = Operation.Op


@dataclass
class Moves:
    """Who came and who went, over all operations of a request."""

    added: dict[UUID, None] = field(default_factory=dict)
    removed: dict[UUID, None] = field(default_factory=dict)

    def note(self, added: list[UUID], removed: list[UUID]) -> None:
        for user in added:
            if user in self.removed:
                del self.removed[user]
            else:
                self.added[user] = None
        for user in removed:
            if user in self.added:
                del self.added[user]
            else:
                self.removed[user] = None


def patch_group(row: Row, patch: PatchOp[Group], token: ScimToken) -> None:
    resource = group_of(row, [], base="")
    moves = Moves()
    for operation in patch.operations or []:
        path, rest = operation.path, operation
        if path is not None and names_members(path):
            apply(row, operation.op, path, operation.value, moves)
            continue
        if path is None and isinstance(operation.value, dict):
            rest = without_members(row, operation, moves)
        PATCHES[Group](Operations=[rest]).patch(resource)
    change_group(row, resource, token, added=moves.added, removed=moves.removed)


def names_members(path: Path[Any]) -> bool:
    binding = path.resolve()
    return binding is not None and binding.field_name == MEMBERS


def without_members(row: Row, operation: Any, moves: Moves) -> Any:
    """Apply what an object says of members; what is left of the operation."""
    rest = dict(operation.value)
    for key in [key for key in rest if key.lower().rpartition(":")[2] == MEMBERS]:
        apply(row, operation.op, Path[Group](MEMBERS), rest.pop(key), moves)
    return type(operation)(op=operation.op, value=rest)


def apply(row: Row, op: str, path: Path[Any], value: Any, moves: Moves) -> None:
    binding = path.resolve()
    if binding is not None and binding.sub_field_name:
        raise InvalidPathException(detail="Members are added and removed, and not changed.")
    chosen = path.value_filter is not None
    if op == Op.remove:
        moves.note([], remove_members(row, removed_ids(row, path, value) if chosen or value else None))
    elif chosen:
        raise InvalidPathException(detail='Give members to add as a list of objects with a "value".')
    elif op == Op.add:
        moves.note(add_members(row, ids_of(listed(value))), [])
    else:
        moves.note(*set_members(row, ids_of(listed(value))))


def removed_ids(row: Row, path: Path[Any], value: Any) -> list[str]:
    """By the path's filter, or by the operation's value, as Entra ID sends it."""
    if path.value_filter is None:
        return ids_of(listed(value))
    if value is not None:
        raise InvalidValueException(
            detail="A filter in the path selects what to remove; leave the value out."
        )
    if (ids := selected_values(path)) is not None:
        return ids
    [whole] = groups_of_rows([row], base="", with_members=True)
    return ids_of(Path[Group](str(path)).get(whole))


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
