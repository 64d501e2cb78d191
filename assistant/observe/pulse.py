"""Signs of life of a worker and of beat, for `assistant.observe.alive`. Celery loads it only where they run."""

import threading
import time
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings

from assistant.observe.alive import heartbeat

BEAT_SECONDS = 5.0
STUCK_AFTER = 30.0


class Pulse:
    """Touches the heartbeat while the main loop ticks, and while it cannot for want of the broker.

    A worker that waits for its broker is alive: starting it again would help nobody. One whose loop stands still
    although the broker answers is not.
    """

    def __init__(self, app: Celery, role: str) -> None:
        self._app, self._role = app, role
        self._ticked = time.monotonic()
        self._started = False

    def tick(self) -> None:
        self._ticked = time.monotonic()
        if not self._started:
            self._started = True
            threading.Thread(target=self._watch, name="pulse", daemon=True).start()

    def _watch(self) -> None:
        path = heartbeat(self._role, Path(settings.VAR_DIR))
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            if self.lives():
                path.touch()
            time.sleep(BEAT_SECONDS)

    def lives(self) -> bool:
        return time.monotonic() - self._ticked < STUCK_AFTER or not self._broker_answers()

    def _broker_answers(self) -> bool:
        try:
            with self._app.connection_for_read() as line:
                line.ensure_connection(max_retries=1, interval_start=0, timeout=2)
        except Exception:
            return False
        return True


class WorkerPulse(bootsteps.StartStopStep):  # type: ignore[misc]
    """Part of the consumer, which is made anew with each connection to the broker and forgets its timers then."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    pulse: Pulse | None = None

    def start(self, consumer: Any) -> None:
        if WorkerPulse.pulse is None:
            WorkerPulse.pulse = Pulse(consumer.app, "worker")
        WorkerPulse.pulse.tick()
        consumer.timer.call_repeatedly(BEAT_SECONDS, WorkerPulse.pulse.tick)


class Scheduler(PersistentScheduler):  # type: ignore[misc]
    """Celery's own, with a sign of life each time it looks what is due."""

    _pulse: Pulse | None = None

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        if self._pulse is None:
            self._pulse = Pulse(self.app, "beat")
        self._pulse.tick()
        return super().tick(*args, **kwargs)
