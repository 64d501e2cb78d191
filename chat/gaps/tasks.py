"""Celery's entry points of knowledge gaps and verified answers."""

import logging
from uuid import UUID

from celery import shared_task

from assistant.verified.index import embed_waiting
from chat.gaps import sorting, trying
from tenants.scoping import tenant_scope
from tenants.single import AlreadyRunning, one_at_a_time

log = logging.getLogger(__name__)


@shared_task
def sweep() -> None:
    """What waits for the embedding model, and gaps for which documents have come."""
    try:
        with one_at_a_time("knowledge-gaps"):
            embed_waiting()
            sorting.sort_waiting()
            trying.try_waiting()
    except AlreadyRunning:
        log.info("knowledge gaps are being sorted already")


@shared_task
def try_again(tenant: str, gap: str) -> None:
    with tenant_scope(UUID(tenant)):
        trying.try_again(UUID(gap))
