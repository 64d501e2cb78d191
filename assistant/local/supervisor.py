"""Keeps child processes running: starts them, restarts those that die, stops them in order, leaves no orphan."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0  # seconds of life after which a death counts as the first again
LARGEST_LOG = 10 * 1024 * 1024


@dataclass
class Child:
    """A process to keep running. `grace` is how many seconds it gets between SIGTERM and SIGKILL."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    grace: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float = field(default=0.0, repr=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old"))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_parent,
                process_group=0,
            )
        self.started = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask, wait, then insist; what it started itself goes with it."""
        if self.process is None:
            return
        if self.alive:
            self.process.terminate()
            try:
                self.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                pass
        self.end_group()
        self.process.wait()

    def end_group(self) -> None:
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def last_words(self, lines: int = 12) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def _die_with_parent() -> None:
    """The kernel ends this process when the launcher ends, however it ends. (Linux; elsewhere nothing happens.)"""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except AttributeError:
        pass


class Supervisor:
    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._say = say

    def add(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def tend(self) -> None:
        """Restart what has died, with pauses that grow. Call it again and again."""
        for child in self.children:
            if child.alive:
                continue
            now = time.monotonic()
            if not child.restart_at:
                self._mourn(child, now)
            elif now >= child.restart_at:
                child.restart_at = 0.0
                child.start()

    def _mourn(self, child: Child, now: float) -> None:
        child.end_group()
        child.deaths = 1 if now - child.started > HEALTHY_AFTER else child.deaths + 1
        pause = min(LONGEST_PAUSE, 0.2 * 2 ** (child.deaths - 1))
        child.restart_at = now + pause
        code = child.process.returncode if child.process else "?"
        self._say(f"{child.name} ended ({code}); starting it again in {pause:.1f} s. Log: {child.log}")
        if child.deaths >= 3:
            self._say(child.last_words())

    def stop(self) -> None:
        """In reverse order of their starts."""
        for child in reversed(self.children):
            child.stop()
