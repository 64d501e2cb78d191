"""The database from async code: one call, one hop to a thread that keeps its connection.

Django's own `sync_to_async` runs everything of a process in a single thread; a small pool of our own keeps answers
from queueing behind each other on a database across a network. SQLite writes one at a time anyway.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

P = ParamSpec("P")
T = TypeVar("T")


@cache
def _pool() -> ThreadPoolExecutor:
    workers = 1 if connection.vendor == "sqlite" else 8
    return ThreadPoolExecutor(workers, thread_name_prefix="database")


async def in_database(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `call` in a database thread, inside the caller's context (and so its tenant scope)."""
    context = copy_context()

    def run() -> T:
        close_old_connections()
        try:
            return context.run(call, *args, **kwargs)
        finally:
            close_old_connections()  # back to the pool, where there is one

    return await asyncio.get_running_loop().run_in_executor(_pool(), run)
