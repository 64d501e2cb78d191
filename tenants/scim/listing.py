"""Pages of what a filter matches."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from scim2_models import Resource, ScimFilter, SearchRequest, TooManyException

from tenants.scim.filters import Column, Name, narrow
from tenants.scim.resources import MOST_RESULTS

BATCH = 500
FURTHEST = 1_000_000_000  # databases count no further than 64 bits
MOST_READ = 50_000  # rows shown to the library for one request


def page_of(
    rows: QuerySet[Any],
    request: SearchRequest[Any],
    columns: dict[Name, Column],
    build: Callable[[list[Any]], list[Resource[Any]]],
) -> tuple[int, list[Any]]:
    """(how many match, the rows of the page)"""
    start = min(request.start_index_0 or 0, FURTHEST)
    stop = start + min(MOST_RESULTS if request.count is None else request.count, MOST_RESULTS)
    if request.filter is None:
        return rows.count(), list(rows[start:stop])
    condition = narrow(request.filter, columns)
    rows = rows.filter(condition.q)
    if condition.exact:
        return rows.count(), list(rows[start:stop])
    ids = matching(rows, request.filter, build)
    found = rows.in_bulk(ids[start:stop])
    return len(ids), [found[key] for key in ids[start:stop] if key in found]


def matching(
    rows: QuerySet[Any], wanted: ScimFilter[Any], build: Callable[[list[Any]], list[Resource[Any]]]
) -> list[UUID]:
    if rows.count() > MOST_READ:
        raise TooManyException(
            detail="Too many would have to be read. Filter by userName, externalId or id too."
        )
    ids = list(rows.values_list("pk", flat=True))
    matched: list[UUID] = []
    for first in range(0, len(ids), BATCH):
        batch = list(rows.filter(pk__in=ids[first : first + BATCH]))
        resources = build(batch)
        matched += [row.pk for row, resource in zip(batch, resources, strict=True) if wanted.match(resource)]
    return matched
