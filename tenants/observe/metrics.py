"""What the apps report, as facts in their own words; `figures` turns them into what Prometheus reads.

Facts are told once an answer, a step or a document, never once a token.
"""

import logging
import time
from typing import Protocol

from django.conf import settings

from tenants.observe.ids import current_ids

log = logging.getLogger(__name__)


class Spent(Protocol):
    """What a model counted and what it costs."""

    @property
    def input_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def cost(self) -> float: ...


class AnswerWatch:
    """The clock of one answer, started by the question's arrival."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def first_text(self) -> None:
        from tenants.observe import figures

        figures.first_text.observe(self._seconds())

    def ended(self, outcome: str, *, code: str = "", spent: Spent | None = None) -> None:
        from tenants.observe import figures

        seconds, tenant = self._seconds(), _tenant()
        figures.answers.labels(outcome, code, tenant).inc()
        figures.answer_time.labels(outcome).observe(seconds)
        if spent:
            _count(spent, tenant)
        log.info("answer ended: %s", code or outcome, extra={"outcome": outcome, "ms": round(seconds * 1000)})

    def _seconds(self) -> float:
        return time.perf_counter() - self._began


def title_written(spent: Spent) -> None:
    _count(spent, _tenant())


def _count(spent: Spent, tenant: str) -> None:
    from tenants.observe import figures

    figures.tokens.labels("input", tenant).inc(spent.input_tokens)
    figures.tokens.labels("output", tenant).inc(spent.output_tokens)
    figures.cost.labels(tenant).inc(spent.cost)


def answers_lost(count: int) -> None:
    """Answers whose process had died, found and marked by another."""
    from tenants.observe import figures

    figures.answers.labels("interrupted", "process_died", "").inc(count)


def answers_running(count: int) -> None:
    from tenants.observe import figures

    figures.answers_running.set(count)


def socket_opened() -> None:
    from tenants.observe import figures

    figures.sockets_open.inc()


def socket_closed() -> None:
    from tenants.observe import figures

    figures.sockets_open.dec()


def ingestion_ended(outcome: str, code: str = "") -> None:
    """`outcome` is ready, replaced, failed, canceled, or queued when a passing fault sends the document back."""
    from tenants.observe import figures

    figures.ingestions.labels(outcome, code, _tenant()).inc()


def step_took(area: str, step: str, seconds: float) -> None:
    from tenants.observe import figures

    figures.STEPS[area].labels(step).observe(seconds)


def step_failed(area: str, step: str) -> None:
    from tenants.observe import figures

    figures.step_failures.labels(area, step).inc()


def store_failed(kind: str) -> None:
    """A call of the vector store failed; `kind` is one of the store's own few words for how."""
    from tenants.observe import figures

    figures.store_errors.labels(kind).inc()


def store_breaker(*, is_open: bool) -> None:
    """The breaker before the vector store has opened (calls are refused at once) or closed again."""
    from tenants.observe import figures

    figures.store_breaker_open.set(is_open)


def _tenant() -> str:
    return current_ids().get("tenant", "") if settings.METRICS_BY_TENANT else ""
