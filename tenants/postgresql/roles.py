"""Two roles: the owner of the tables, who migrates, and the application's, who only reads and writes rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

ADVISORY_LOCK = 0x0C011009  # any number, the same for all who prepare one database
LOCK_TIMEOUT = "5s"  # a migration that waits for a busy table gives up and holds nobody up; it is run again


class CannotPrepare(Exception):
    """The message says what to do."""


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection as the owner's, and with every tenant in sight: for migrations alone."""
    before = dict(connection.settings_dict)
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL) if settings.DATABASE_OWNER_URL else {}
    # A test's database has a name of its own.
    identity = {key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT") if key in owner}
    options = {"options": f"-c colloquy.tenant=* -c lock_timeout={LOCK_TIMEOUT}"}
    _reconnect(before | identity | {"OPTIONS": options})
    try:
        yield
    finally:
        _reconnect(before)


def _reconnect(settings_dict: dict[str, Any]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it
    connection.settings_dict.clear()
    connection.settings_dict.update(settings_dict)


@contextmanager
def prepared_role() -> Iterator[None]:
    """The application's role, made when it is missing; after the body it may use all tables that are there.

    Held against others who prepare the same database at this moment. Raises CannotPrepare.
    """
    application = environ.Env.db_url_config(settings.DATABASE_URL)
    role, password = application["USER"], application["PASSWORD"]
    try:
        owner = psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True)
    except psycopg.OperationalError as error:
        raise CannotPrepare(f"The database cannot be reached as its owner: {error}") from error
    with owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        if owner.info.user == role:
            raise CannotPrepare(
                "DATABASE_URL and DATABASE_OWNER_URL name the same role. Give the application a role of its own: "
                "the owner of the tables could switch row-level security off."
            )
        _make_role(owner, role, password)
        yield
        _grant(owner, role)


def _make_role(owner: psycopg.Connection[Any], role: str, password: str) -> None:
    name = sql.Identifier(role)
    try:
        if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
            owner.execute(
                sql.SQL("CREATE ROLE {} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(name)
            )
        elif _lets_in():
            return
        owner.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise CannotPrepare(
            f"The owner may not create the role “{role}” or set its password. Do it by hand: "
            f"CREATE ROLE {role} LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS; then run this again."
        ) from error


def _lets_in() -> bool:
    """Whether the application's role has the password of DATABASE_URL, which may have been rotated."""
    try:
        psycopg.connect(settings.DATABASE_URL).close()
    except psycopg.OperationalError:
        return False
    return True


def _grant(owner: psycopg.Connection[Any], role: str) -> None:
    name = sql.Identifier(role)
    database = sql.Identifier(owner.info.dbname)
    for grant in (
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {name}"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {name}"),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"),
        sql.SQL("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name}"),
        sql.SQL("REVOKE ALL ON django_migrations FROM {name}"),
        sql.SQL("GRANT SELECT ON django_migrations TO {name}"),
    ):
        owner.execute(grant.format(name=name, database=database))
