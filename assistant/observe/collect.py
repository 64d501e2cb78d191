"""The figures as Prometheus reads them: those of this process, or of all that share PROMETHEUS_MULTIPROC_DIR, and
those asked for when they are wanted: the queue and the dependencies."""

import os
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from assistant.observe.ready import readiness
from ingestion.models import DocumentVersion, Status
from tenants.observe import figures  # noqa: F401  so that each is there, counted or not
from tenants.scoping import every_tenant

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
KEPT_SECONDS = 5.0  # for which the queue's figures are not asked for again
LIVE_GAUGE = re.compile(r"gauge_live[a-z]+_(\d+)\.db")


def web_figures() -> bytes:
    """What a web process shows: also what only one place of an installation needs to ask."""
    return b"".join(map(generate_latest, (_processes(), _asked)))


def processes_figures() -> bytes:
    return generate_latest(_processes())


def _processes() -> CollectorRegistry:
    folder = os.environ.get(SHARED_FOLDER)
    if not folder:
        return REGISTRY
    forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


def forget_the_dead(folder: Path) -> None:
    """What a process that was killed had open or running is open and running no more. Its counts stay."""
    for path in folder.glob("gauge_live*.db"):
        if (match := LIVE_GAUGE.fullmatch(path.name)) and not Path(f"/proc/{match[1]}").exists():
            mark_process_dead(match[1], path=str(folder))  # type: ignore[no-untyped-call]


class QueueCollector(Collector):
    """How much waits, and for how long: asked of the database, which knows what the broker may have lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[int, int, float] | None = None
        self._asked = 0.0

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if self._known is None or time.monotonic() - self._asked > KEPT_SECONDS:
                self._known, self._asked = queue(), time.monotonic()
            known = self._known
        if known is None:
            return
        documents = GaugeMetricFamily(
            "colloquy_queue_documents", "Documents on their way into the index.", labels=["status"]
        )
        documents.add_metric(["queued"], known[0])
        documents.add_metric(["processing"], known[1])
        yield documents
        yield GaugeMetricFamily(
            "colloquy_queue_oldest_seconds",
            "Since when the document waits that has waited longest; 0 when none waits.",
            value=known[2],
        )


def queue() -> tuple[int, int, float] | None:
    """Queued, processing, and the age of the oldest queued; None when the database does not answer."""
    live = Q(document__deleted_at=None)
    queued = live & Q(status=Status.QUEUED)
    try:
        with every_tenant():
            rows = DocumentVersion.objects.filter(status__in=[Status.QUEUED, Status.PROCESSING])
            found = rows.aggregate(
                queued=Count("pk", filter=queued),
                processing=Count("pk", filter=live & Q(status=Status.PROCESSING)),
                oldest=Min("queued_at", filter=queued),
            )
    except DatabaseError:
        return None
    finally:
        connection.close_if_unusable_or_obsolete()
    oldest = (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
    return found["queued"], found["processing"], oldest


class DependencyCollector(Collector):
    """What /readyz knows."""

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily(
            "colloquy_dependency_up",
            "1 when this process can reach what it depends on.",
            labels=["dependency"],
        )
        for name, result in readiness().report().results.items():
            up.add_metric([name], result.ok)
        return [up]


_asked = CollectorRegistry()
_asked.register(QueueCollector())
_asked.register(DependencyCollector())
