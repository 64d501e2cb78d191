"""The databases themselves refuse to change or delete an event.

`log_opened` lets a retention run or the deletion of a whole organisation delete events, and lets those be chained that
a version before the chain has recorded. A chained event is changed by nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

_open: ContextVar[bool] = ContextVar("audit_log_open", default=False)

REFUSAL = "the audit log is append-only"
SETTING = "colloquy.audit_log"

POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION audit_log_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE(current_setting('{SETTING}', true), '') = 'open' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF OLD.sequence IS NULL THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_log_guard BEFORE UPDATE OR DELETE ON {{table}}
FOR EACH ROW EXECUTE FUNCTION audit_log_guard();
"""
SQLITE = (
    "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON {table} WHEN NOT audit_log_open() "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON {table} "
    "WHEN NOT (audit_log_open() AND OLD.sequence IS NULL) "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
)
POSTGRESQL_BACK = "DROP TRIGGER audit_log_guard ON {table}; DROP FUNCTION audit_log_guard()"
SQLITE_BACK = ("DROP TRIGGER audit_log_no_delete", "DROP TRIGGER audit_log_no_update")


@contextmanager
def log_opened() -> Iterator[None]:
    """Inside a transaction of its own. For retention, whole organisations and upgrades alone."""
    token = _open.set(True)
    try:
        with transaction.atomic():
            _tell_postgresql("open")
            yield
            _tell_postgresql("")
    finally:
        _open.reset(token)


def _tell_postgresql(state: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, state])


def teach_sqlite(connection: Any, **_kwargs: Any) -> None:
    """The triggers ask this connection, which only our own processes can answer."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("audit_log_open", 0, lambda: int(_open.get()))


class GuardLog(Operation):
    """Triggers on the model's table. A later migration that makes SQLite's table anew must put them there again."""

    reversible = True

    def __init__(self, app: str, name: str) -> None:
        self.app, self.name = app, name

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"app": self.app, "name": self.name}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        statements = (POSTGRESQL,) if schema_editor.connection.vendor == "postgresql" else SQLITE
        self._execute(schema_editor, statements, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        statements = (POSTGRESQL_BACK,) if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK
        self._execute(schema_editor, statements, from_state)

    def _execute(
        self, schema_editor: BaseDatabaseSchemaEditor, statements: tuple[str, ...], state: Any
    ) -> None:
        table = state.apps.get_model(self.app, self.name)._meta.db_table
        for statement in statements:
            schema_editor.execute(statement.format(table=table))

    def describe(self) -> str:
        return f"Refuse changes of {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"guard_{self.name.lower()}"
