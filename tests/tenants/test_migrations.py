"""Migrations that can run while people work, on tables of any size."""

from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from tenants.online import AddIndexOnline

OURS = {"assistant", "audit", "chat", "entrance", "ingestion", "scim", "sources", "sso", "support", "tenants"}
FIRST_RELEASE = {
    "assistant": 4,
    "audit": 0,
    "entrance": 0,
    "chat": 5,
    "ingestion": 5,
    "scim": 0,
    "sources": 0,
    "sso": 0,
    "support": 0,
    "tenants": 3,
}  # up to these, tables are empty
LOCKING = (migrations.AddIndex, migrations.AddConstraint, migrations.RemoveField, migrations.RenameField)


def later_migrations():
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in OURS and int(name[:4]) > FIRST_RELEASE[app]:
            yield migration


def test_no_later_migration_locks_a_table_that_may_be_large() -> None:
    found = list(later_migrations())
    assert found
    for migration in found:
        made_here = {op.name.lower() for op in migration.operations if isinstance(op, migrations.CreateModel)}
        for operation in migration.operations:
            if isinstance(operation, AddIndexOnline):
                assert migration.atomic is False, migration
            elif getattr(operation, "model_name", "") not in made_here:
                assert not isinstance(operation, LOCKING), (migration, operation)


def test_a_new_column_of_an_old_table_needs_nothing_of_the_version_before() -> None:
    """Which goes on inserting rows without it until its last process is gone."""
    for migration in later_migrations():
        for operation in migration.operations:
            if isinstance(operation, migrations.AddField) and not operation.field.many_to_many:
                field = operation.field
                assert field.null or field.has_db_default(), (migration, operation)
