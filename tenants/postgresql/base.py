"""Django's PostgreSQL backend, with every statement carrying the tenant scope to the row-level security policies.

A statement is sent as `SET LOCAL colloquy.tenant = '…'; statement`. Both arrive in one message and run in one
transaction, the caller's or else one of their own, so no connection is left holding a tenant, whoever uses it next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db.backends.postgresql import base
from psycopg import sql
from psycopg.pq import TransactionStatus

UNSET = "SET LOCAL colloquy.tenant TO DEFAULT;"

Q = TypeVar("Q", str, bytes, sql.Composable)


def scope_setting(*, in_transaction: bool) -> str:
    """What to send before a statement. Outside a scope only a transaction can hold the tenant of an earlier one."""
    # Not above: models cannot be loaded yet when Django loads its backends.
    from tenants.scoping import scope_name

    if name := scope_name():
        return f"SET LOCAL colloquy.tenant = '{name}';"
    return UNSET if in_transaction else ""


def prefixed(setting: str, query: Q) -> Q:
    if isinstance(query, sql.Composable):
        return sql.SQL(setting) + query
    return setting.encode() + query if isinstance(query, bytes) else setting + query


class ScopedCursor(base.Cursor):
    def execute(self, query: Any, params: Any = None, **options: Any) -> "ScopedCursor":
        setting = self._setting()
        super().execute(prefixed(setting, query), params, **options)
        if setting:
            self.nextset()
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        with self._scoped_transaction():
            super().executemany(query, params_seq, **options)

    @contextmanager
    def copy(self, *args: Any, **options: Any) -> Iterator[Any]:
        with self._scoped_transaction(), super().copy(*args, **options) as copying:
            yield copying

    def _setting(self) -> str:
        status = self.connection.info.transaction_status
        if status == TransactionStatus.INERROR:  # only a rollback is taken now
            return ""
        return scope_setting(in_transaction=status != TransactionStatus.IDLE)

    @contextmanager
    def _scoped_transaction(self) -> Iterator[None]:
        with self.connection.transaction():
            super().execute(scope_setting(in_transaction=True))
            yield


class ScopedServerSideCursor(base.ServerSideCursor):
    """Keeps the scope in which it was opened, whatever scope its rows are fetched in.

    Outside a transaction all its rows are found when it is declared; within one, as they are fetched.
    """

    _opened_in = ""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "ScopedServerSideCursor":
        self._opened_in = scope_setting(in_transaction=True)
        with self.connection.transaction():
            self._set()
            super().execute(query, params, **options)
        return self

    def fetchone(self) -> Any:
        self._set()
        return super().fetchone()

    def fetchmany(self, size: int = 0) -> Any:
        self._set()
        return super().fetchmany(size)

    def fetchall(self) -> Any:
        self._set()
        return super().fetchall()

    def __iter__(self) -> Iterator[Any]:
        while rows := self.fetchmany(self.itersize):
            yield from rows

    def _set(self) -> None:
        if self.connection.info.transaction_status == TransactionStatus.INTRANS:
            base.Cursor(self.connection).execute(self._opened_in)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | {"cursor_factory": ScopedCursor}

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            return super().create_cursor()
        return ScopedServerSideCursor(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )
