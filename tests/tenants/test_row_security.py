"""PostgreSQL itself keeps tenants apart: below the ORM, for raw SQL, in every thread and transaction."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.models import Collection
from tenants.checks import role_is_bound
from tenants.db import in_database
from tenants.models import Group
from tenants.row_security import SecureRows, secured_tables, tenant_models
from tenants.scoping import TenantModel, every_tenant, tenant_scope

on_postgresql = pytest.mark.postgresql

ABOVE = {
    "tenants.Tenant": "names organisations; who may enter one is a Membership",
    "datarights.TenantErasure": "the receipt of an organisation that is gone; for operators alone",
    "tenants.User": "a person may belong to several organisations",
    "ingestion.SearchIndex": "one row for the installation",
}


def test_every_tenant_owned_model_is_secured_by_a_migration() -> None:
    migrations = MigrationLoader(None).disk_migrations
    secured = {
        (app, operation.name.lower())
        for (app, _), migration in migrations.items()
        for operation in migration.operations
        if type(operation) is SecureRows
    }
    assert {(m._meta.app_label, m._meta.model_name) for m in tenant_models()} == secured


def test_no_other_model_of_ours_is_outside_row_security_unnamed() -> None:
    ours = {
        "assistant",
        "assistants",
        "audit",
        "chat",
        "choices",
        "datarights",
        "entrance",
        "ingestion",
        "scim",
        "sources",
        "sso",
        "support",
        "tenants",
    }
    outside = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in ours and not issubclass(model, TenantModel)
    }
    assert outside == set(ABOVE)


@on_postgresql
def test_policies_are_forced_on_every_table(db) -> None:
    tables = {table for model in tenant_models() for table, _ in secured_tables(model)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
            " WHERE relrowsecurity AND relforcerowsecurity AND polcmd = '*'"
        )
        assert tables == {row[0] for row in cursor.fetchall()}
    links = [field for model in tenant_models() for field in model._meta.local_many_to_many]
    assert len(tables) == len(tenant_models()) + len(links)
    assert len(links) >= 5  # of groups, collections and invitations


def raw(query: str = "SELECT name FROM ingestion_collection ORDER BY name") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def two(acme, globex, bob, carol) -> None:
    """A collection each, readable by a group and a person."""
    for tenant, person, name in ((acme, bob, "Acme's"), (globex, carol, "Globex's")):
        with tenant_scope(tenant.id):
            collection = Collection.objects.create(name=name)
            collection.people.add(person)
            group = Group.objects.create(name=name)
            group.members.add(person)
            group.inner.add(group)
            collection.groups.add(group)


@on_postgresql
def test_raw_sql_sees_the_scope_and_without_one_nothing(two, acme, globex) -> None:
    assert raw() == []
    with tenant_scope(acme.id):
        assert raw() == ["Acme's"]
    with tenant_scope(globex.id):
        assert raw() == ["Globex's"]
    with every_tenant():
        assert raw() == ["Acme's", "Globex's"]
    assert raw() == []


@on_postgresql
def test_raw_sql_without_a_tenant_sees_nothing_in_any_table(two) -> None:
    for model in tenant_models():
        for table, _ in secured_tables(model):
            assert raw(f"SELECT count(*) FROM {table}") == [0], table


@on_postgresql
@pytest.mark.parametrize(
    "table",
    [
        "ingestion_collection_groups",
        "ingestion_collection_people",
        "tenants_group_members",
        "tenants_group_inner",
    ],
)
def test_links_are_seen_only_with_what_they_belong_to(two, acme, table) -> None:
    with every_tenant():
        assert raw(f"SELECT count(*) FROM {table}") == [2]
    with tenant_scope(acme.id):
        assert raw(f"SELECT count(*) FROM {table}") == [1]


@on_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tenants_group (id, tenant_id, name) VALUES (gen_random_uuid(), '{globex}', 'Spies')",
        "UPDATE ingestion_collection SET tenant_id = '{globex}'",
    ],
)
def test_a_row_of_another_tenant_cannot_be_written(two, acme, globex, statement) -> None:
    with (
        tenant_scope(acme.id),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(globex=globex.id))


@on_postgresql
@pytest.mark.parametrize(
    "statement", ["UPDATE tenants_group SET name = 'x'", "DELETE FROM tenants_group_members"]
)
def test_rows_of_another_tenant_cannot_be_changed(two, acme, statement) -> None:
    with tenant_scope(acme.id), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    with tenant_scope(acme.id), connection.cursor() as cursor:
        cursor.executemany("UPDATE tenants_group SET name = %s", [("y",), ("z",)])
    with every_tenant():
        assert "Globex's" in raw("SELECT name FROM tenants_group")
        assert raw("SELECT count(*) FROM tenants_group_members")[0] >= 1


@on_postgresql
def test_links_to_another_tenants_rows_cannot_be_made(two, acme, globex, bob) -> None:
    with tenant_scope(globex.id):
        theirs = Collection.objects.get().pk
    with (
        tenant_scope(acme.id),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO ingestion_collection_people (collection_id, user_id) VALUES (%s, %s)",
            [theirs, bob.id],
        )


class Undo(Exception):
    pass


@on_postgresql
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.sampled_from(["acme", "globex", "every", "none", "atomic", "undo", "leave", "error", "cursor"]),
        max_size=25,
    )
)
def test_whatever_opens_and_closes_the_database_sees_the_scope(two, acme, globex, steps) -> None:
    """Scopes and transactions nested in any way, left by success or by failure."""
    seen = {"acme": ["Acme's"], "globex": ["Globex's"], "every": ["Acme's", "Globex's"], "none": []}
    enter = {
        "acme": lambda: tenant_scope(acme.id),
        "globex": lambda: tenant_scope(globex.id),
        "every": every_tenant,
    }
    open_blocks: list[tuple[str, ExitStack]] = []

    def scope() -> str:
        return next((kind for kind, _ in reversed(open_blocks) if kind in seen), "none")

    for step in steps:
        if step in enter or step in ("atomic", "undo"):
            block = ExitStack()
            block.enter_context(enter[step]() if step in enter else transaction.atomic())
            open_blocks.append((step, block))
        elif step == "leave" and open_blocks:
            kind, block = open_blocks.pop()
            with suppress(Undo):
                leave(block, Undo() if kind == "undo" else None)
        elif step == "error":
            with suppress(ProgrammingError), transaction.atomic():
                raw("SELECT nothing FROM nowhere")
        elif step == "cursor":
            with transaction.atomic(), every_tenant():
                rows = Collection.objects.order_by("name").iterator(chunk_size=1)
                next(rows)
                with tenant_scope(acme.id):
                    assert raw() == ["Acme's"]
                assert [row.name for row in rows] == ["Globex's"]
        assert raw() == seen[scope()]
    while open_blocks:
        leave(open_blocks.pop()[1], None)
    assert raw() == []


def leave(block: ExitStack, error: Exception | None) -> None:
    if not block.__exit__(type(error) if error else None, error, None) and error:
        raise error


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_no_thread_or_task_leaves_a_tenant_behind(two, acme) -> None:
    def in_thread() -> list[str]:
        try:
            return raw()
        finally:
            connection.close()

    async def ask() -> None:
        with tenant_scope(acme.id):
            assert await asyncio.gather(*(in_database(raw) for _ in range(20))) == [["Acme's"]] * 20
        assert await asyncio.gather(*(in_database(raw) for _ in range(20))) == [[]] * 20

    asyncio.run(ask())
    with tenant_scope(acme.id):
        assert raw() == ["Acme's"]
    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(in_thread).result() == []
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:  # psycopg's own, past Django
        assert cursor.execute("SELECT count(*) FROM ingestion_collection").fetchone() == (0,)
        assert cursor.execute("SELECT current_setting('colloquy.tenant', true)").fetchone()[0] in (None, "")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_rows_fetched_bit_by_bit_outside_a_transaction_are_those_of_the_scope(two, acme) -> None:
    with every_tenant():
        rows = Collection.objects.order_by("name").iterator(chunk_size=1)
        first = next(rows)
    with tenant_scope(acme.id):
        assert [first.name, *(row.name for row in rows)] == ["Acme's", "Globex's"]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_an_owner_is_told_apart_from_the_applications_role(db, settings, tmp_path: Path) -> None:
    """The whole way of an installation: prepared by the owner, used by a role that can change no table."""
    options = connection.settings_dict
    place = f"{options['HOST']}:{options['PORT']}/{options['NAME']}"
    settings.DATABASE_OWNER_URL = f"postgres://{options['USER']}@{place}"
    settings.DATABASE_URL = f"postgres://application:secret@{place}"
    for _ in range(2):
        call_command("prepare_database", verbosity=0)
    assert role_is_bound(["default"])[0].id == "tenants.E001"  # the tests' own role owns the tables
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as application:
        assert application.execute("SELECT count(*) FROM ingestion_passage").fetchone() == (0,)
        assert application.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'application'"
                                   ).fetchone() == (False, False)  # fmt: skip
        for statement in (
            "ALTER TABLE ingestion_passage DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE ingestion_passage NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY tenant_scope ON ingestion_passage",
            "CREATE POLICY open ON ingestion_passage USING (true)",
            "CREATE TABLE mine (id int)",
            "DROP TABLE ingestion_passage",
            "TRUNCATE ingestion_passage",
            "DELETE FROM django_migrations",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_one_role_for_both_is_refused(db, settings) -> None:
    options = connection.settings_dict
    url = f"postgres://{options['USER']}@{options['HOST']}:{options['PORT']}/{options['NAME']}"
    settings.DATABASE_OWNER_URL = settings.DATABASE_URL = url
    with pytest.raises(CommandError, match="role of its own"):
        call_command("prepare_database", verbosity=0)
