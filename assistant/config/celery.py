"""The Celery application: `celery -A assistant.config.celery worker -B`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from assistant.observe.worker import observe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")

app = Celery("colloquy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
observe(app)


@worker_ready.connect
def mark_ready(**_kwargs: Any) -> None:
    """For the launcher, which waits until the worker takes tasks."""
    from django.conf import settings

    marker: Path = settings.VAR_DIR / "run" / "worker.ready"
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
