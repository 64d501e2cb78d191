"""Locks between processes of one machine, kept by the kernel: a process that dies lets go of them."""

import asyncio
import fcntl
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ingestion.errors import StoreUnavailable


@asynccontextmanager
async def locked(path: Path, *, patience: float) -> AsyncIterator[None]:
    """Hold the lock of `path`, among tasks and among processes; StoreUnavailable when `patience` seconds do not do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _acquire(descriptor, until=time.monotonic() + patience)
        yield
    finally:
        os.close(descriptor)  # lets go of the lock, too


async def _acquire(descriptor: int, *, until: float) -> None:
    # Asked again and again, and not waited for in a thread: a cancelled task then leaves no thread holding the lock.
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StoreUnavailable("The search index is busy. It will be tried again.") from None
            await asyncio.sleep(random.uniform(0.002, 0.02))  # noqa: S311
