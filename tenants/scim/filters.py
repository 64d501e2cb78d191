"""Filters on the database. What SQL cannot say exactly it narrows, and the library decides row by row.

A `Condition` holds for every row that the filter matches; when it is `exact`, for no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Left, Right, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from scim2_models import InvalidFilterException, Path, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from tenants.scim.models import key_of, storable

ALL = Q(pk__isnull=False)
NONE = Q(pk__isnull=True)


@dataclass(frozen=True)
class Condition:
    q: Q
    exact: bool


ANYTHING = Condition(ALL, exact=False)

EVERYTHING = Condition(ALL, exact=True)
PRESENT = None  # in place of an operator: `pr`, which compares with nothing

# What a comparison is on the database; None leaves it to the library.
Column = Callable[[CompareOperator | None, Any], Condition | None]
Name = tuple[str, str | None]
ORDERED = {
    CompareOperator.gt: GreaterThan,
    CompareOperator.ge: GreaterThanOrEqual,
    CompareOperator.lt: LessThan,
    CompareOperator.le: LessThanOrEqual,
}
TIMES = {
    CompareOperator.gt: "gt",
    CompareOperator.ge: "gte",
    CompareOperator.lt: "lt",
    CompareOperator.le: "lte",
}


class Narrowing(FilterVisitor[Condition]):
    def __init__(self, bound: ScimFilter[Any], columns: Mapping[Name, Column]) -> None:
        self.bound, self.columns = bound, columns

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self.bound.resolve_comparison(node.attr_path, strict=False)
        column = self.columns.get((binding.field_name, binding.sub_field_name)) if binding else None
        if binding is None or column is None or node.value is None:
            return ANYTHING
        if isinstance(node.value, str) and not storable(node.value):
            raise InvalidFilterException(detail="A filter may not hold characters that no database keeps.")
        return column(node.op, coerce_value(binding, node.value, node.op)) or ANYTHING

    def visit_present(self, node: Present) -> Condition:
        binding = self.bound.resolve_comparison(node.attr_path, strict=False)
        column = self.columns.get((binding.field_name, binding.sub_field_name)) if binding else None
        return (column(PRESENT, None) if column else None) or ANYTHING

    def visit_not(self, node: Not) -> Condition:
        inner = self.visit(node.expr)
        return Condition(~inner.q, exact=True) if inner.exact else ANYTHING

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        parts = [self.visit(term) for term in node.terms]
        join = and_ if node.op == LogicalOperator.and_ else or_
        return Condition(reduce(join, (part.q for part in parts)), all(part.exact for part in parts))

    def visit_value_path(self, node: ValuePath) -> Condition:
        """`members[value eq "x"]` says what `members.value eq "x"` says; more than one comparison does not."""
        if not isinstance(node.val_filter, Comparison) or node.val_filter.op == CompareOperator.ne:
            return ANYTHING
        inner = node.val_filter
        path = AttrPath(node.attr_path.attr, inner.attr_path.attr, node.attr_path.uri)
        return self.visit(Comparison(path, inner.op, inner.value))


def narrow(bound: ScimFilter[Any], columns: Mapping[Name, Column]) -> Condition:
    return Narrowing(bound, columns).visit(bound.ast)


def mentions(bound: ScimFilter[Any] | None, name: str) -> bool:
    """Whether the filter has to be shown the attribute; the text alone decides, so rather once too often."""
    return bound is not None and name in str(bound).lower()


def selected_values(path: Path[Any]) -> list[str] | None:
    """The ids that `members[value eq "a" or value eq "b"]` names; None for a filter of another form."""
    node = path.value_filter
    terms: tuple[FilterNode, ...] = (node,) if node else ()
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        terms = node.terms
    values = [
        term.value
        for term in terms
        if isinstance(term, Comparison)
        and term.op == CompareOperator.eq
        and str(term.attr_path).lower() == "value"
        and isinstance(term.value, str)
    ]
    return values if terms and len(values) == len(terms) else None


def lowered(field: str) -> Column:
    """A column that is never empty and holds its text as `key_of` gives it."""

    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return EVERYTHING
        key = key_of(str(value))
        match op:
            case CompareOperator.eq:
                return Condition(Q((field, key)), exact=True)
            case CompareOperator.ne:
                return Condition(~Q((field, key)), exact=True)
            case CompareOperator.co:
                return Condition(Q((f"{field}__contains", key)), exact=True)
            case CompareOperator.sw:
                return Condition(Q((f"{field}__startswith", key)), exact=True)
            case CompareOperator.ew:
                return Condition(Q((f"{field}__endswith", key)), exact=True)
        return Condition(ordered(op, field, key), exact=True)

    return compare


def ordered(op: CompareOperator, field: str, text: str) -> Q:
    """By code points, as the library orders; databases do so only when told."""
    collation = "C" if connection.vendor == "postgresql" else "BINARY"
    return Q(ORDERED[op](Collate(F(field), collation), text))


def among_lines(field: str) -> Column:
    """A column that holds several such texts, each between line breaks."""

    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return Condition(~Q((f"{field}__in", ("", "\n"))), exact=True)
        key = key_of(str(value))
        if not key or "\n" in key:
            return None
        match op:
            case CompareOperator.eq:
                return Condition(Q((f"{field}__contains", f"\n{key}\n")), exact=True)
            case CompareOperator.ne:
                return Condition(~Q((f"{field}__contains", f"\n{key}\n")), exact=True)
            case CompareOperator.co:
                return Condition(Q((f"{field}__contains", key)), exact=True)
            case CompareOperator.sw:
                return Condition(Q((f"{field}__contains", f"\n{key}")), exact=True)
            case CompareOperator.ew:
                return Condition(Q((f"{field}__contains", f"{key}\n")), exact=True)
        return None

    return compare


def exact_text(field: str) -> Column:
    """A column whose case counts, and where "" stands for none."""

    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        given = ~Q((field, ""))
        if op is PRESENT:
            return Condition(given, exact=True)
        if not value:
            return None
        match op:
            case CompareOperator.eq:
                return Condition(Q((field, value)), exact=True)
            case CompareOperator.ne:
                return Condition(~Q((field, value)), exact=True)
            case CompareOperator.co:  # LIKE passes over the case on SQLite
                return Condition(Q(GreaterThan(StrIndex(F(field), Value(value)), 0)), exact=True)
            case CompareOperator.sw:
                return Condition(Q(Exact(Left(field, len(value)), value)), exact=True)
            case CompareOperator.ew:
                return Condition(given & Q(Exact(Right(field, len(value)), value)), exact=True)
        return Condition(given & ordered(op, field, value), exact=True)

    return compare


def any_case(field: str) -> Column:
    """A column as people wrote it: databases differ in what they take for the same letter, and so only narrow."""
    lookups = {
        CompareOperator.eq: "iexact",
        CompareOperator.co: "icontains",
        CompareOperator.sw: "istartswith",
        CompareOperator.ew: "iendswith",
    }

    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return Condition(~Q((field, "")), exact=True)
        if op in lookups and value and str(value).isascii():
            return Condition(Q((f"{field}__{lookups[op]}", value)), exact=False)
        return None

    return compare


def moment(field: str) -> Column:
    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return EVERYTHING
        if not isinstance(value, datetime) or value.tzinfo is None:
            return None
        same = Q((field, value))
        if op in (CompareOperator.eq, CompareOperator.ne):
            return Condition(same if op == CompareOperator.eq else ~same, exact=True)
        return Condition(Q((f"{field}__{TIMES[op]}", value)), exact=True) if op in TIMES else None

    return compare


def identifier(field: str) -> Column:
    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return EVERYTHING
        if op not in (CompareOperator.eq, CompareOperator.ne):
            return None
        key = uuid_of(value)
        same = Q((field, key)) if key else NONE
        return Condition(same if op == CompareOperator.eq else ~same, exact=True)

    return compare


def truth(field: str) -> Column:
    def compare(op: CompareOperator | None, value: Any) -> Condition | None:
        if op is PRESENT:
            return EVERYTHING
        return Condition(Q((field, bool(value) is (op == CompareOperator.eq))), exact=True)

    return compare


def uuid_of(text: Any) -> UUID | None:
    """An id as we write it; None for every other spelling."""
    try:
        key = UUID(str(text))
    except ValueError:
        return None
    return key if str(key) == str(text) else None
