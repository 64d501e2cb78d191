"""The Celery application: `celery -A assistant.config.celery worker -B`."""

import gc
import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_ready

from assistant.observe.worker import observe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")

app = Celery("colloquy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
observe(app)


@worker_init.connect
def spare_what_is_loaded(**_kwargs: Any) -> None:
    """Before the first child is forked: to look for garbage in it would touch, and so copy, all that was imported."""
    gc.collect()
    gc.freeze()


@worker_ready.connect
def mark_ready(**_kwargs: Any) -> None:
    """For the launcher, which waits until the worker takes tasks."""
    from django.conf import settings

    marker: Path = settings.VAR_DIR / "run" / "worker.ready"
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
