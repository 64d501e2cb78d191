"""For those who tamper in tests: somebody who owns the tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenants.audit.guard import POSTGRESQL, POSTGRESQL_BACK, SQLITE, SQLITE_BACK

TABLE = "tenants_auditevent"


@contextmanager
def unguarded() -> Iterator[None]:
    """Without the triggers."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for statement in (POSTGRESQL_BACK,) if postgresql else SQLITE_BACK:
            cursor.execute(statement.format(table=TABLE))
    yield
    with connection.cursor() as cursor:
        for statement in (POSTGRESQL,) if postgresql else SQLITE:
            cursor.execute(statement.format(table=TABLE))
