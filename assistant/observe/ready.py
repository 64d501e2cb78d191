"""Can this process serve? Every check at once, each with little time, and the answer kept for a moment.

However often probes come, a dependency is asked once a second; a check that hangs is not started a second time.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache

from assistant.observe.checks import Check, Failing, checks
from tenants.observe.safely import told

PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class Result:
    ok: bool
    ms: int
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """`status` is ready, degraded (it serves, something is missing) or unready."""

    status: str
    results: dict[str, Result]


class Readiness:
    def __init__(self, *wanted: Check) -> None:
        self._checks = wanted
        self._pool = ThreadPoolExecutor(len(wanted), thread_name_prefix="ready")
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Future[Result], float]] = {}
        self._known: dict[str, tuple[Result, float]] = {}

    def report(self) -> Report:
        with self._lock:
            now = time.monotonic()
            due = [c for c in self._checks if c.name not in self._known or now > self._known[c.name][1]]
            futures = {check.name: self._started(check) for check in due}
            wait([future for future, _ in futures.values()], timeout=PATIENCE_SECONDS)
            for check in due:
                self._note(check, *futures[check.name])
            return self._summed_up()

    def _started(self, check: Check) -> tuple[Future[Result], float]:
        if check.name not in self._running:
            self._running[check.name] = (self._pool.submit(looked, check), time.monotonic())
        return self._running[check.name]

    def _note(self, check: Check, future: Future[Result], began: float) -> None:
        now = time.monotonic()
        if future.done():
            del self._running[check.name]
            result = future.result()
        else:
            result = Result(False, round((now - began) * 1000), f"No answer for {now - began:.0f} seconds.")
        kept = check.seconds if result.ok else min(1.0, check.seconds)
        self._known[check.name] = (result, now + kept)

    def _summed_up(self) -> Report:
        results = {check.name: self._known[check.name][0] for check in self._checks}
        failing = [check for check in self._checks if check.matters and not results[check.name].ok]
        if any(check.vital for check in failing):
            return Report("unready", results)
        return Report("degraded" if failing else "ready", results)


def looked(check: Check) -> Result:
    began = time.perf_counter()
    try:
        ok, reason = True, check.look()
    except Failing as failing:
        ok, reason = False, str(failing)
    except Exception as error:
        ok, reason = False, told(error)
    return Result(ok, round((time.perf_counter() - began) * 1000), reason)


@cache
def readiness() -> Readiness:
    """This process's, made with the first probe."""
    return Readiness(*checks())
