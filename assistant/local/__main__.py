"""`python -m assistant.local --state FILE`: serve the local embedding model on loopback.

The state file tells address, token and process to those who may read it (mode 600); it is there only while the
server is ready. For other machines, `--host 0.0.0.0 --port 8001 --key-file FILE` serves it under a token that they
know; a state file is then not needed.
"""

import argparse
import asyncio
import ctypes
import json
import os
import secrets
import signal
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from assistant.local.model import DIMENSION, NAME, EmbeddingModel
from assistant.local.queue import Embedder
from assistant.local.server import application

LOOK_SECONDS = 1.0  # between two looks at the parent and at the clock
PATIENCE_SECONDS = 2.0  # for requests that are being answered when the server is told to stop
M_MMAP_THRESHOLD = -3  # of glibc's mallopt


async def serve(
    host: str, port: int, *, token: str, state: Path | None, parent: int | None, idle_exit: float
) -> None:
    embedder = Embedder(EmbeddingModel())
    return_unused_memory()
    runner = web.AppRunner(
        application(embedder, token),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=PATIENCE_SECONDS,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    work = asyncio.create_task(embedder.work())
    if state:
        url = f"http://{host}:{runner.addresses[0][1]}/v1"
        write_state(
            state, {"url": url, "token": token, "pid": os.getpid(), "model": NAME, "dimension": DIMENSION}
        )
    try:
        while not stop.is_set() and not work.done():
            if parent not in (None, os.getppid()) or 0 < idle_exit < embedder.idle_seconds:
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=LOOK_SECONDS)
    finally:
        if state:
            remove_state(state)
        await runner.cleanup()
        work.cancel()


def keep_memory_low() -> None:
    """Blocks of 1 MiB and more go back to the system when they are freed; a thread would else keep the most that any
    text ever took."""
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 1 << 20)


def return_unused_memory() -> None:
    """What loading the model left behind: 60 MiB."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def write_state(path: Path, state: dict[str, str | int]) -> None:
    """All at once, so that no reader ever meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(state, file)
    draft.replace(path)


def remove_state(path: Path) -> None:
    """Unless another server has put its own there."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()


def token_of(key_file: Path | None) -> str:
    if key_file is None:
        return os.environ.get("LOCAL_MODEL_TOKEN") or secrets.token_urlsafe(24)
    try:
        token = key_file.read_text().strip()
    except OSError as error:
        raise SystemExit(f"The key file {key_file} cannot be read: {error.strerror}.") from error
    if not token:
        raise SystemExit(f"The key file {key_file} is empty.")
    return token


def main() -> None:
    parent = os.getppid()
    parser = argparse.ArgumentParser(prog="python -m assistant.local")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="where to write address and token")
    parser.add_argument("--key-file", type=Path, help="the token to ask of everyone; else one is made up")
    parser.add_argument(
        "--idle-exit", type=float, default=0, help="seconds without work after which to end; 0: never"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when the process that started this one ends"
    )
    options = parser.parse_args()
    if not options.state and not options.key_file:
        parser.error("give --state, --key-file or both: nobody else would know the token")
    keep_memory_low()
    asyncio.run(
        serve(
            options.host,
            options.port,
            token=token_of(options.key_file),
            state=options.state,
            parent=parent if options.with_parent else None,
            idle_exit=options.idle_exit,
        )
    )


if __name__ == "__main__":
    main()
