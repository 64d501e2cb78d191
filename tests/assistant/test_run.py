"""`manage.py run` on an installation that cannot be brought up to date."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import free_port

ROOT = Path(__file__).resolve().parents[2]


def test_a_database_that_cannot_be_brought_up_to_date_ends_the_start_in_words(tmp_path) -> None:
    with sqlite3.connect(tmp_path / "colloquy.sqlite3") as database:
        database.execute("create table tenants_tenant (somebody_elses text)")
    here = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "", "PORT": str(free_port()), "HOST": "127.0.0.1"}
    run = subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env=os.environ | here,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 1
    assert 'table "tenants_tenant" already exists' in run.stderr
    assert "could not be brought up to date. The reason stands above." in run.stderr
    assert "Starting the worker" not in run.stdout
    assert not (tmp_path / "run" / "valkey.sock").exists()
