"""Row-level security: PostgreSQL itself shows a tenant's rows only inside that tenant's scope.

The scope arrives with each statement as `colloquy.tenant` (see `tenants.postgresql`): a tenant's id, `*` for every
tenant, or nothing, which shows nothing. The policies bind the owner of the tables too.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from tenants.scoping import TenantModel

SCOPE = "current_setting('colloquy.tenant', true)"
OWN = f"tenant_id = NULLIF(NULLIF({SCOPE}, ''), '*')::uuid OR {SCOPE} = '*'"
OF_PARENT = "EXISTS (SELECT 1 FROM {table} parent WHERE parent.id = {column})"
POLICY = "tenant_scope"


class SecureRows(Operation):
    """Put a model's table, and those of its many-to-many fields, under row-level security. Only PostgreSQL has it."""

    reversible = True

    def __init__(self, name: str) -> None:
        self.name = name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        for table, condition in self._tables(app_label, schema_editor, to_state):
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
            schema_editor.execute(f"CREATE POLICY {POLICY} ON {table} USING ({condition})")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        for table, _ in self._tables(app_label, schema_editor, from_state):
            schema_editor.execute(f"DROP POLICY {POLICY} ON {table}")
            schema_editor.execute(
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
            )

    def describe(self) -> str:
        return f"Row-level security for {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name.lower()}_row_security"

    def _tables(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any
    ) -> Iterator[tuple[str, str]]:
        if schema_editor.connection.vendor == "postgresql":
            yield from secured_tables(state.apps.get_model(app_label, self.name))


class SecureLinks(SecureRows):
    """The same for one many-to-many field, which came after the rest of its model."""

    def __init__(self, name: str, field: str) -> None:
        super().__init__(name)
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "field": self.field}

    def describe(self) -> str:
        return f"Row-level security for {self.name}.{self.field}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.name.lower()}_{self.field}_row_security"

    def _tables(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any
    ) -> Iterator[tuple[str, str]]:
        if schema_editor.connection.vendor == "postgresql":
            field = state.apps.get_model(app_label, self.name)._meta.get_field(self.field)
            yield _secured_links(field)


def secured_tables(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """(table, condition under which a row is seen and may be written)"""
    yield model._meta.db_table, OWN
    for field in model._meta.local_many_to_many:
        yield _secured_links(field)


def _secured_links(field: Any) -> tuple[str, str]:
    condition = OF_PARENT.format(table=field.model._meta.db_table, column=field.m2m_column_name())
    return field.m2m_db_table(), condition


def tenant_models() -> list[type[TenantModel]]:
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, TenantModel)]
