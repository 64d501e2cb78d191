"""What is kept in the database, on PostgreSQL: the same tests, and those of row-level security, in a run of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from benchmarks.services import Postgres
from tests.emptying import SUPERUSER
from tests.services import service

ROOT = Path(__file__).parents[1]
# Where PostgreSQL may answer otherwise than SQLite: row-level security, what is read before an organisation is known,
# locks, orders of deletion, and queries of our own. What is asked by Django's plain queries alone is in the other run.
SUITES = [
    "tests/assistant/test_create_organisation.py",
    "tests/assistant/test_rotate_keys.py",
    "tests/attachments/test_attachments_rights.py",
    *(
        f"tests/audit/test_{name}.py"
        for name in ("chain", "concurrent", "events", "retention", "sources_shown")
    ),
    *(f"tests/chat/test_{name}.py" for name in ("answer", "rail")),
    "tests/datarights",
    "tests/entrance/test_invitations.py",
    *(f"tests/ingestion/test_{name}.py" for name in ("races", "tending", "versions_in_time")),
    "tests/isolation",
    "tests/observe/test_metrics.py",
    *(
        f"tests/rights/test_{name}.py"
        for name in ("chosen_managers", "guests", "narrowed_documents", "nested_groups")
    ),
    *(f"tests/scim/test_{name}.py" for name in ("filters", "groups", "tokens")),
    *(f"tests/sharing/test_{name}.py" for name in ("search", "share_shown")),
    "tests/sso/test_sign_in.py",
    "tests/support/test_support_access.py",
    *(f"tests/tenants/test_{name}.py" for name in ("admin_members", "migrations", "row_security")),
    "tests/test_on_postgresql.py",
    "tests/test_permissions.py",
]


class ForgetfulPostgres(Postgres):
    """Each test empties every table, and none pulls the plug: nothing needs to reach the disk."""

    fsync = "off"


@pytest.fixture
def forgetful_postgres(server_folder: Path) -> Iterator[Postgres]:
    with service(ForgetfulPostgres, server_folder / "forgetful-postgres") as server:
        yield server


@pytest.mark.sqlite
@pytest.mark.timeout(1800)
def test_everything_kept_in_the_database_holds_on_postgresql(
    forgetful_postgres: Postgres, tmp_path: Path
) -> None:
    """As a role that owns its tables and yet is bound by row-level security."""
    postgres = forgetful_postgres
    with psycopg.connect(postgres.url, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE tester LOGIN CREATEDB CREATEROLE")
        superuser.execute("CREATE DATABASE colloquy OWNER tester")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": postgres.url_of("tester", "colloquy"),
            SUPERUSER: postgres.url_of("postgres", ""),
            "VAR_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=1750,
    )
    assert result.returncode == 0, result.stdout[-6000:]
    assert int(re.search(r"(\d+) passed", result.stdout)[1]) > 400
    if os.environ.get("CI") == "true":
        assert "skipped" not in result.stdout.splitlines()[-1]


@pytest.mark.postgresql
def test_these_tests_run_as_a_role_that_policies_bind(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
