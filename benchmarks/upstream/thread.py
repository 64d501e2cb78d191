"""The upstream on a thread of this process, for tests."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.upstream.server import Upstream


@contextmanager
def serving(**options: Any) -> Iterator[Upstream]:
    upstream = Upstream(**options)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(upstream.listen())
    thread = threading.Thread(target=loop.run_forever, name="scripted-upstream", daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()
