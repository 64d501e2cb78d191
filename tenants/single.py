"""One at a time, over all processes: a lock that a dying process lets go of."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Raises AlreadyRunning instead of waiting. In PostgreSQL where that is the database, else on this machine."""
    if connection.vendor == "postgresql":
        with _in_database(name):
            yield
        return
    path = Path(settings.VAR_DIR) / "run" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(name) from error
        yield


@contextmanager
def _in_database(name: str) -> Iterator[None]:
    """On a connection of its own, which nothing else gives back or closes meanwhile."""
    import psycopg

    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as line:
        row = line.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        if not row or not row[0]:
            raise AlreadyRunning(name)
        yield
