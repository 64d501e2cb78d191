"""What Celery's signals tell: ids and spans of tasks, the figures of a worker's processes, lines as JSON."""

import atexit
import logging.config
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from celery import Celery, signals
from django.conf import settings

from tenants.observe import traces
from tenants.observe.ids import FIELDS, about, current_ids

log = logging.getLogger(__name__)

REQUEST_HEADER = "colloquy_request"

_tasks: dict[str, ExitStack] = {}


# --- ids and spans of tasks


def send_along(headers: dict[str, Any], **_: Any) -> None:
    """The sender's request id and trace travel in the message."""
    if number := current_ids().get("request"):
        headers[REQUEST_HEADER] = number
        with traces.span("task sent", kind="PRODUCER"):
            traces.inject(headers)


def begin(task_id: str, task: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None, **_: Any) -> None:
    headers = task.request.headers or {}
    ids = ids_in(task, args or (), kwargs or {})
    stack = _tasks[task_id] = ExitStack()
    stack.enter_context(about(task=task_id, request=headers.get(REQUEST_HEADER), **ids))
    if ids:  # what concerns the whole platform runs every few seconds and is of no interest one by one
        name = f"task {task.name.rpartition('.')[2]}"
        stack.enter_context(traces.span(name, kind="CONSUMER", carrier=headers))


def end(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    if stack := _tasks.pop(task_id, None):
        if "tenant" in current_ids():
            log.info("task ended: %s %s", task.name, state)
        stack.close()


def ids_in(task: Any, args: Any, kwargs: Mapping[str, Any]) -> dict[str, str]:
    """Tasks take ids: those of their parameters that are named like one."""
    names = task.run.__code__.co_varnames[: task.run.__code__.co_argcount]
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    return {name: str(value) for name, value in given.items() if name in FIELDS and value}


# --- figures


def share_figures(**_: Any) -> None:
    """Before the first child is forked: a folder in which the worker's processes count together."""
    if settings.WORKER_METRICS_PORT and not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        folder = tempfile.mkdtemp(prefix="colloquy-metrics-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    from tenants.observe import figures  # noqa: F401  loaded once, before the fork


def serve_figures(**_: Any) -> None:
    if settings.WORKER_METRICS_PORT:
        from assistant.observe.port import serve

        serve(settings.WORKER_METRICS_PORT)


def log_as_the_settings_say(**_: Any) -> None:
    """With this connected Celery leaves logging alone; its own format would write out what an exception said."""
    logging.config.dictConfig(settings.LOGGING)


def child_ends(**_: Any) -> None:
    traces.shut_down()


def observe(app: Celery) -> None:
    """Connect all of it to the application."""
    app.steps["consumer"].add("assistant.observe.pulse:WorkerPulse")
    signals.setup_logging.connect(log_as_the_settings_say)
    signals.before_task_publish.connect(send_along)
    signals.task_prerun.connect(begin)
    signals.task_postrun.connect(end)
    signals.worker_init.connect(share_figures)
    signals.worker_ready.connect(serve_figures)
    signals.worker_process_shutdown.connect(child_ends)
