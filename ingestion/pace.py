"""How long documents still take: from their own stage, and for those that wait from what was read lately."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from ingestion.models import DocumentVersion, Stage, Status

LATELY = timedelta(minutes=5)
ENOUGH = 3  # documents that were read lately; fewer say nothing about the next
FORESEEN = 2000  # places in the queue; who stands further back is told no time
BEGUN_PERCENT, BEGUN_SECONDS = 5, 2.0  # of a stage, before it says how long the rest takes


@dataclass(frozen=True)
class Pace:
    """Of an organisation now: seconds from one ready document to the next, and when those in front began to wait."""

    seconds_each: float | None = None
    waiting: tuple[datetime, ...] = ()

    def seconds_left(self, version: DocumentVersion) -> int | None:
        """None when nobody can know."""
        if version.status == Status.PROCESSING:
            return _rest_of_stage(version)
        first_try = version.status == Status.QUEUED and not version.attempts
        if not first_try or self.seconds_each is None:
            return None
        place = bisect_left(self.waiting, version.heartbeat)
        return None if place >= FORESEEN else round((place + 1) * self.seconds_each)

    def seconds_for(self, count: int) -> int | None:
        return round(count * self.seconds_each) if count and self.seconds_each is not None else None


def _rest_of_stage(version: DocumentVersion) -> int | None:
    """Embedding takes nearly all of the time, and is the one stage that knows how far it is."""
    if version.stage != Stage.EMBED or version.stage_began is None:
        return None
    took = (timezone.now() - version.stage_began).total_seconds()
    if version.progress < BEGUN_PERCENT or took < BEGUN_SECONDS:
        return None
    return round(took * (100 - version.progress) / version.progress)


def current_pace(*, queue: bool = True) -> Pace:
    """Of the organisation whose scope is open. `queue` off: without the places of those that wait."""
    each = _seconds_each()
    if each is None or not queue:
        return Pace(each)
    waiting = DocumentVersion.objects.filter(status=Status.QUEUED, attempts=0).order_by("heartbeat")
    return Pace(each, tuple(waiting.values_list("heartbeat", flat=True)[: FORESEEN + 1]))


def _seconds_each() -> float | None:
    """A pause since the last one counts too: what has come to a stand must not promise anything."""
    since = timezone.now() - LATELY
    lately = DocumentVersion.objects.filter(status=Status.READY, heartbeat__gt=since, ready_at__gt=since)
    found = lately.aggregate(count=Count("pk"), first=Min("ready_at"))
    if found["count"] < ENOUGH:
        return None
    return float((timezone.now() - found["first"]).total_seconds() / (found["count"] - 1))
