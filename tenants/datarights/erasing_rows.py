"""Rows of a person, or of an organisation: counted, removed in batches, counted again. No model is known by name."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry
from django.db.models import ForeignKey, Model, Q, QuerySet

from tenants.audit.guard import log_opened
from tenants.datarights.registry import Holding
from tenants.models import AuditEvent

BATCH = 1000


def rows_of(entry: Holding, *, tenant: UUID | None, person: UUID | None) -> "QuerySet[Any]":
    """Of the person in the organisation; without one of the two, of all of them. Past the scoped manager."""
    rows = entry.model._base_manager.all()
    if tenant and entry.tenant:
        rows = rows.filter(**{entry.tenant: tenant})
    if person:
        mine = Q(pk=None)
        for path in entry.goes:
            mine |= Q(**{path: person})
        rows = rows.filter(mine)
    return rows


def naming(entry: Holding, field: str, *, tenant: UUID | None, person: UUID) -> "QuerySet[Any]":
    """Rows that outlive the person and name them in this field."""
    rows = entry.model._base_manager.filter(**{field: person})
    return rows.filter(**{entry.tenant: tenant}) if tenant and entry.tenant else rows


def count_person(entries: Iterable[Holding], *, tenant: UUID | None, person: UUID) -> dict[str, int]:
    """{"chat.Message": 12, "ingestion.Document.uploader": 3}: rows that go, and references that are emptied."""
    found = {}
    for entry in entries:
        if entry.goes:
            found[entry.label] = rows_of(entry, tenant=tenant, person=person).count()
        for field in entry.emptied:
            key = f"{entry.label}.{field}"
            found[key] = naming(entry, field, tenant=tenant, person=person).count()
    return {label: count for label, count in found.items() if count}


def remove_person(
    entries: Iterable[Holding], *, tenant: UUID | None, person: UUID, beat: Callable[[], None]
) -> None:
    entries = list(entries)
    for entry in entries:
        for field in entry.emptied:
            naming(entry, field, tenant=tenant, person=person).update(**{field: None})
    for entry in children_first([entry for entry in entries if entry.goes]):
        remove(rows_of(entry, tenant=tenant, person=person), beat)


def count_tenant(entries: Iterable[Holding], tenant: UUID) -> dict[str, int]:
    counts = {entry.label: rows_of(entry, tenant=tenant, person=None).count() for entry in entries}
    return {label: count for label, count in counts.items() if count}


def remove_tenant(entries: Iterable[Holding], tenant: UUID, beat: Callable[[], None]) -> None:
    entries = list(entries)
    for entry in children_first(entries):
        rows = rows_of(entry, tenant=tenant, person=None)
        for field in loose_references(entry.model, {other.model for other in entries}):
            rows.exclude(**{field: None}).update(**{field: None})
    for entry in children_first(entries):
        with log_opened() if entry.model is AuditEvent else nullcontext():
            remove(rows_of(entry, tenant=tenant, person=None), beat)


def remove(rows: "QuerySet[Any]", beat: Callable[[], None]) -> None:
    """Newest first, since a row refers to older ones of its kind."""
    keys = rows.order_by("-pk").values_list("pk", flat=True)
    while batch := list(keys[:BATCH]):
        some = rows.model._base_manager.filter(pk__in=batch)
        some._raw_delete(some.db)  # what refers to them has gone before
        beat()


def children_first(entries: Iterable[Holding]) -> Iterator[Holding]:
    """Each after those whose rows refer to its own."""
    waiting = list(entries)
    while waiting:
        for entry in waiting:
            others = {other.model for other in waiting if other is not entry}
            if not any(entry.model in referred(other) for other in others):
                break
        else:
            raise RuntimeError("Models refer to each other in a circle that no empty field opens.")
        waiting.remove(entry)
        yield entry


def referred(model: type[Model]) -> set[type[Model]]:
    """What its rows need to be there."""
    return {
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and not _opens_a_circle(field) and field.related_model is not model
    }


def loose_references(model: type[Model], among: set[type[Model]]) -> list[str]:
    """Fields that must be emptied first: a reference to the own kind, or back to a kind that refers to this one."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model in among and _opens_a_circle(field)
    ]


def _opens_a_circle(field: "ForeignKey[Any, Any]") -> bool:
    target: Any = field.related_model
    back = any(
        isinstance(other, ForeignKey) and other.related_model is field.model and not other.null
        for other in target._meta.concrete_fields
    )
    return field.null and (back or target is field.model)


def log_entries_about(tenant: UUID, entries: Iterable[Holding]) -> Iterator["QuerySet[LogEntry]"]:
    """Django's own log of the admin: it names rows by their words, under keys that nothing binds."""
    wanted: list[QuerySet[Any]] = [
        rows_of(entry, tenant=tenant, person=None).order_by().values_list("pk", flat=True)
        for entry in entries
        if entry.model._meta.pk.get_internal_type() == "UUIDField"
    ]
    events = AuditEvent._base_manager.filter(tenant=tenant).exclude(object_id=None)
    wanted.append(events.order_by().values_list("object_id", flat=True).distinct())
    logged = LogEntry.objects.order_by().values_list("object_id", flat=True)
    if not logged.exists():
        return
    for keys in wanted:
        batch: list[str] = []
        for key in keys.iterator(chunk_size=BATCH):
            batch.append(str(key))
            if len(batch) == BATCH:
                yield LogEntry.objects.filter(object_id__in=batch)
                batch = []
        if batch:
            yield LogEntry.objects.filter(object_id__in=batch)
