"""Processes that a benchmark starts, watches and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

ROOT = Path(__file__).resolve().parents[1]


class DidNotStart(Exception):
    """A process that a benchmark needs ended, or did not get ready in time."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(
    ready: Callable[[], bool], *, process: subprocess.Popen[bytes], seconds: float, log: Path
) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            ended = "ended" if process.poll() is not None else f"was not ready after {seconds:.0f} s"
            raise DidNotStart(f"{process.args!r} {ended}:\n{log.read_text()[-3000:]}")
        time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in its own session, asked to end afterwards and its whole group killed if it will not."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass(frozen=True)
class UpstreamProcess:
    url: str
    pid: int


@contextmanager
def upstream(*, dimension: int = 384) -> Iterator[UpstreamProcess]:
    """The scripted upstream in a process of its own, so that its time is not taken for the client's."""
    with TemporaryDirectory() as folder:
        state, log = Path(folder) / "state.json", Path(folder) / "log"
        command = [sys.executable, "-m", "benchmarks.upstream", "--state", str(state), "--remember", "10"]
        with running([*command, "--dimension", str(dimension)], log=log) as process:
            wait_until(state.exists, process=process, seconds=20, log=log)
            yield UpstreamProcess(**json.loads(state.read_text()))


@dataclass(frozen=True)
class Usage:
    """Of one process: processor seconds used since its start, and MiB it holds."""

    cpu: float
    resident: float
    own: float  # what would be freed if it ended: not shared with others

    def since(self, earlier: "Usage") -> float:
        return self.cpu - earlier.cpu


def usage(pid: int, *, children: bool = False) -> Usage:
    parent = psutil.Process(pid)
    family = [parent, *(parent.children(recursive=True) if children else [])]
    cpu = sum(sum(process.cpu_times()[:2]) for process in family)
    memory = [process.memory_full_info() for process in family]
    mebibyte = 2**20
    return Usage(cpu, sum(m.rss for m in memory) / mebibyte, sum(m.uss for m in memory) / mebibyte)
