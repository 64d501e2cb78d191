"""Celery's entry points. Each takes ids, opens the tenant scope, and returns quietly when the row is gone."""

import logging
from uuid import UUID

from celery import shared_task

from ingestion import pipeline, purging, reconciling, reviewing, sweeper, turns
from ingestion.errors import IngestionError
from ingestion.pictures import keep_pictures
from tenants.scoping import tenant_scope
from tenants.single import AlreadyRunning, one_at_a_time

log = logging.getLogger(__name__)


@shared_task(throws=(IngestionError,))
def ingest(tenant: str, version: str) -> None:
    turns.take_turn(UUID(tenant), UUID(version))


@shared_task(throws=(IngestionError,))
def purge(tenant: str, document: str) -> None:
    with tenant_scope(UUID(tenant)):
        purging.purge_document(UUID(document))


@shared_task(throws=(IngestionError,))
def move(tenant: str, document: str) -> None:
    with tenant_scope(UUID(tenant)):
        pipeline.move_index_entries(UUID(document))


@shared_task(throws=(IngestionError,))
def pictures(tenant: str, version: str) -> None:
    with tenant_scope(UUID(tenant)):
        keep_pictures(UUID(version))


@shared_task(throws=(IngestionError,))
def forget(tenant: str, version: str) -> None:
    with tenant_scope(UUID(tenant)):
        pipeline.forget_canceled(UUID(version))


@shared_task
def sweep() -> None:
    sweeper.sweep()


@shared_task
def maintain_indexes() -> None:
    sweeper.maintain_indexes()


@shared_task
def rest_idle_tenants() -> None:
    sweeper.rest_idle_tenants()


@shared_task
def remind_of_reviews() -> None:
    try:
        with one_at_a_time("reminders"):
            log.info("%d reminders of reviews were sent", reviewing.remind())
    except AlreadyRunning:
        log.info("reminders are being sent already")


@shared_task(throws=(IngestionError,))
def reconcile() -> None:
    try:
        with one_at_a_time("reconcile"):
            log.info("reconciled: %s", reconciling.reconcile(say=log.info))
    except AlreadyRunning:
        log.info("the index is being reconciled already")
