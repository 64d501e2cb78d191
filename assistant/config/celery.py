"""The Celery application: `celery -A assistant.config.celery worker -B`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent, worker_ready

from assistant.observe.worker import observe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")

app = Celery("colloquy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
observe(app)


@worker_ready.connect
def mark_ready(**_kwargs: Any) -> None:
    """For the launcher, which waits until the worker takes tasks."""
    touch("worker.ready")


@heartbeat_sent.connect
def mark_alive(**_kwargs: Any) -> None:
    """For health checks: the worker's event loop turns, and the broker hears it. Every two seconds."""
    touch("worker.alive")


@beat_init.connect
def watch_beat(**_kwargs: Any) -> None:
    """For health checks: the schedule has just sent a task, and the broker took it."""
    after_task_publish.connect(lambda **_: touch("beat.alive"), weak=False)


def touch(marker: str) -> None:
    from django.conf import settings

    path: Path = settings.VAR_DIR / "run" / marker
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
