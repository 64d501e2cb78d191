"""Where the local embedding model's server is: as its launcher wrote down, or started here when there is none."""

import fcntl
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from ingestion.errors import EmbeddingUnavailable

log = logging.getLogger(__name__)

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
START_SECONDS = 60.0
IDLE_EXIT_SECONDS = 600

Address = tuple[str, str]  # of the server, and its token


def state_file() -> Path:
    path: Path = settings.VAR_DIR / "run" / "local-models.json"
    return path


def running_server() -> Address | None:
    try:
        server = json.loads(state_file().read_text())
        os.kill(server["pid"], 0)
        return server["url"], server["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def started_server(*, instead_of: Address | None = None) -> Address:
    """The running server, else a new one; `instead_of` is one that was found dead although its file is there.

    A server started here ends by itself once it is idle. Raises EmbeddingUnavailable.
    """
    state = state_file()
    state.parent.mkdir(parents=True, exist_ok=True)
    with (state.parent / "local-models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes must not start two
        found = running_server()
        if found and found != instead_of:
            return found
        state.unlink(missing_ok=True)
        return _start()


def _start() -> Address:
    command = [sys.executable, "-m", "assistant.local", "--state", str(state_file())]
    log.info("starting the local embedding model")
    process = subprocess.Popen(
        [*command, "--idle-exit", str(IDLE_EXIT_SECONDS)],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if found := running_server():
            return found
        time.sleep(0.02)
    process.kill()
    raise EmbeddingUnavailable(
        "The local embedding model could not be started. `python -m assistant.local --state FILE` says why."
    )
