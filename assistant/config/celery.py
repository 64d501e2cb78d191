"""The Celery application: `celery -A assistant.config.celery worker -B`."""

import gc
import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")

app = Celery("colloquy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def leave_code_alone(**_kwargs: Any) -> None:
    """What is loaded by now stays: the garbage collector need not walk it again, nor the pages it shares be copied."""
    gc.freeze()


@worker_ready.connect
def mark_ready(**_kwargs: Any) -> None:
    """For the launcher, which waits until the worker takes tasks."""
    from django.conf import settings

    marker: Path = settings.VAR_DIR / "run" / "worker.ready"
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
