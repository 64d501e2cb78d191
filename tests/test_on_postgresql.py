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
# The rest never asks the database, or starts whole installations on databases of their own.
SUITES = [
    "tests/assistant",
    *(f"tests/attachments/test_attachments_{name}.py" for name in ("life", "private", "rights")),
    "tests/audit",
    "tests/chat",
    "tests/datarights",
    "tests/entrance/test_invitations.py",
    "tests/entrance/test_timeouts.py",
    *(f"tests/assistants/test_{name}.py" for name in ("asking_assistants", "narrowed_search")),
    "tests/isolation",
    "tests/observe/test_metrics.py",
    "tests/observe/test_ready.py",
    "tests/sso/test_sign_in.py",
    *(f"tests/scim/test_{name}.py" for name in ("filters", "groups", "tokens", "users")),
    *(
        f"tests/rights/test_{name}.py"
        for name in ("chosen_managers", "guests", "narrowed_documents", "nested_groups")
    ),
    "tests/saml/test_saml_sign_in.py",
    *(f"tests/sharing/test_{name}.py" for name in ("search", "share_links", "share_shown")),
    "tests/support",
    "tests/tenants",
    "tests/test_permissions.py",
    "tests/test_on_postgresql.py",
    *(
        f"tests/ingestion/test_{name}.py"
        for name in ("document_file", "races", "reindex", "sources_sync", "tending", "versions_in_time")
    ),
    *(f"tests/ingestion/test_admin_{name}.py" for name in ("collections", "documents", "upload")),
    "tests/ingestion/test_documents_api.py",
]
# In these folders, but about words, browsers and models; and backups, whose tests start installations on both databases
# anyway.
LEFT_OUT = [
    "tests/assistant/test_backup.py",
    *(f"tests/assistant/test_{name}.py" for name in ("cite", "differ", "local_models", "prompt", "quote")),
    *(f"tests/assistant/test_{name}.py" for name in ("evaluate", "probe", "sample", "sentences", "stream")),
    *(
        f"tests/chat/test_{name}.py"
        for name in ("drawing", "markdown_safety", "protocol", "real_model_server")
    ),
    *(f"tests/tenants/test_{name}.py" for name in ("admin_access", "bundles", "static_files")),
    "tests/audit/test_audit_admin.py",
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
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(f"--ignore={path}" for path in LEFT_OUT),
            *SUITES,
        ],
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
