"""Rows of every table as lines of JSON, and back, exactly as they were."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

BATCH = 500

# Everything else is in a backup, a model of tomorrow too.
LEFT_OUT = {
    "admin.LogEntry": "the audit events tell the same",
    "auth.Group": "rights come from memberships",
    "auth.Group_permissions": "rights come from memberships",
    "auth.Permission": "made by migrate",
    "account.EmailConfirmation": "a link that has expired by then",
    "contenttypes.ContentType": "made by migrate",
    "ingestion.PictureSet": "taken from the originals again",
    "ingestion.SearchIndex": "the index is built anew",
    "sessions.Session": "people sign in again",
    "usersessions.UserSession": "people sign in again",
    "tenants.User_groups": "rights come from memberships",
    "tenants.User_user_permissions": "rights come from memberships",
}


def kept_models() -> list[type[models.Model]]:
    """Links between two models last: their policies ask for the rows that they link."""
    kept = [m for m in apps.get_models(include_auto_created=True) if m._meta.label not in LEFT_OUT]
    return sorted(kept, key=lambda model: bool(model._meta.auto_created))


def columns_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def applied_migrations() -> dict[str, list[str]]:
    applied: dict[str, list[str]] = {}
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied.setdefault(app, []).append(name)
    return applied


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read inside is of one moment, and nobody who writes has to wait."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own transactions would hold the one lock for writing
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def dump(model: type[models.Model], into: IO[bytes]) -> int:
    """Write every row; returns how many."""
    count = 0
    rows = model._base_manager.order_by("pk").values_list(*columns_of(model))
    for row in rows.iterator(chunk_size=2000):
        into.write(json.dumps(row, default=plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        count += 1
    return count


def plain(value: Any) -> Any:
    """Exactly, to the microsecond and the last digit."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a backup yet.")


def load(model: type[models.Model], columns: list[str], lines: Iterable[bytes]) -> int:
    """Insert the rows as they are: nothing is computed, defaulted or dated anew."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    used = [fields[name] for name in columns]
    batch: list[models.Model] = []
    count = 0

    def write() -> None:
        # The one call of Django that inserts without `auto_now_add` and the like.
        model._base_manager.all()._insert(batch, fields=used, using=connection.alias, raw=True)  # type: ignore[attr-defined]

    for line in lines:
        values = {f.attname: f.to_python(v) for f, v in zip(used, json.loads(line), strict=True)}
        batch.append(model(**values))
        if len(batch) == BATCH:
            write()
            count += len(batch)
            batch = []
    if batch:
        write()
    return count + len(batch)


def reset_sequences() -> None:
    """Numbers that the database gives begin after those that were loaded."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), kept_models()):
            cursor.execute(statement)
