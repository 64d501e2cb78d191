"""`python -m assistant.local --state FILE`: serve the local embedding model on loopback.

The state file tells address, token and process to those who may read it (mode 600); it is there only while the
server is ready.
"""

import argparse
import asyncio
import ctypes
import json
import os
import secrets
import signal
import time
from pathlib import Path

from aiohttp import web

from assistant.local.model import DIMENSION, NAME, EmbeddingModel
from assistant.local.server import Embedder, application

PR_SET_PDEATHSIG = 1


async def serve(port: int, state: Path, idle_exit: float) -> None:
    token = os.environ.get("LOCAL_MODEL_TOKEN") or secrets.token_urlsafe(24)
    embedder = Embedder(EmbeddingModel())
    runner = web.AppRunner(application(embedder, token), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = asyncio.create_task(embedder.work())
    port = runner.addresses[0][1]
    address = f"http://127.0.0.1:{port}/v1"
    write_state(
        state, {"url": address, "token": token, "pid": os.getpid(), "model": NAME, "dimension": DIMENSION}
    )
    try:
        await _until_stopped(stop, embedder, idle_exit)
    finally:
        remove_state(state)
        work.cancel()
        await runner.cleanup()


async def _until_stopped(stop: asyncio.Event, embedder: Embedder, idle_exit: float) -> None:
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), timeout=5)
        except TimeoutError:
            if idle_exit and time.monotonic() - embedder.last_used > idle_exit:
                return


def write_state(path: Path, state: dict[str, str | int]) -> None:
    """All at once, so that no reader ever meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(state, file)
    draft.replace(path)


def remove_state(path: Path) -> None:
    """Unless another server has put its own there."""
    try:
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()
    except (OSError, ValueError, KeyError):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m assistant.local")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument(
        "--idle-exit", type=float, default=0, help="seconds without work after which to end; 0: never"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this one ends"
    )
    options = parser.parse_args()
    if options.with_parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    asyncio.run(serve(options.port, options.state, options.idle_exit))


if __name__ == "__main__":
    main()
