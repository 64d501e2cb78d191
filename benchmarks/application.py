"""The application under measurement: the launcher of `make run`, with a data folder and port of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.processes import ROOT, DidNotStart, UpstreamProcess, free_port, running, wait_until

START_SECONDS = 300.0
MODEL = "scripted:tokens=100,rate=50"


def environment(var: Path, *, port: int, upstream: UpstreamProcess | None, **more: str) -> dict[str, str]:
    """Nothing of the caller's settings but these. Without an upstream: the local embedder, and quotes."""
    env = {
        "VAR_DIR": str(var),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "QUESTIONS_PER_MINUTE": "100000",
        "SAMPLE": "false",
    }
    if upstream is not None:
        env |= {
            "CHAT_URL": upstream.url,
            "CHAT_MODEL": MODEL,
            "CHAT_KEY": "benchmark",
            "EMBEDDING_URL": upstream.url,
            "EMBEDDING_MODEL": "instant",
            "EMBEDDING_KEY": "benchmark",
            "EMBEDDING_DIMENSION": "384",
        }
    return env | more


@dataclass(frozen=True)
class Application:
    """`started` is the seconds from the command to being ready."""

    pid: int
    env: Mapping[str, str]
    started: float

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.env['PORT']}/ws/chat/"

    def inside(self, module: str, *arguments: str) -> Any:
        return inside(module, *arguments, env=self.env)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Its processes by what they do."""
        family = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        roles: dict[str, list[psutil.Process]] = {}
        for process in family:
            roles.setdefault(role_of(process), []).append(process)
        return roles

    @property
    def web(self) -> int:
        """The process that serves: the one that listens on the port."""
        for process in [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]:
            listening = (c for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
            if any(connection.laddr.port == int(self.env["PORT"]) for connection in listening):
                return int(process.pid)
        raise DidNotStart("Nothing listens on the port.")


def role_of(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    for role, marks in ROLES.items():
        if any(mark in words for mark in marks):
            return role
    return process.name()


ROLES = {
    "web server": ("uvicorn", "daphne", "granian"),
    "worker and schedule": ("celery",),
    "embedding model": ("assistant.local",),
    "parser": ("ingestion.parse",),
    "broker": ("valkey",),
    "launcher": ("manage.py run",),
}


def inside(module: str, *arguments: str, env: Mapping[str, str]) -> Any:
    """Run `benchmarks.inside.MODULE` with the application's environment; the JSON it prints last."""
    command = [sys.executable, "-m", f"benchmarks.inside.{module}", *arguments]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"benchmarks.inside.{module} failed:\n{result.stderr[-3000:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="colloquy-benchmark-") as path:
        yield Path(path)


@contextmanager
def application(var: Path, *, upstream: UpstreamProcess | None, **more: str) -> Iterator[Application]:
    """Start `manage.py run` and wait until it says that it is ready."""
    env = environment(var, port=free_port(), upstream=upstream, **more)
    log = var / "launcher.log"
    began = time.monotonic()
    with running([sys.executable, "manage.py", "run"], env=env, log=log) as process:
        wait_until(lambda: "Ready after" in log.read_text(), process=process, seconds=START_SECONDS, log=log)
        yield Application(process.pid, env, time.monotonic() - began)
