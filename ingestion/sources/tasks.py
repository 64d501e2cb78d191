"""Celery's entry points. Each takes ids, opens the tenant scope, and returns quietly when the row is gone."""

from uuid import UUID

from celery import shared_task

from ingestion.errors import IngestionError
from ingestion.sources import sweeper, sync
from tenants.scoping import tenant_scope


@shared_task(throws=(IngestionError,))
def sync_source(tenant: str, run: str) -> None:
    with tenant_scope(UUID(tenant)):
        sync.run_source(UUID(run))


@shared_task(throws=(IngestionError,))
def remove_source(tenant: str, source: str) -> None:
    with tenant_scope(UUID(tenant)):
        sweeper.remove(UUID(source))


@shared_task
def sweep_sources() -> None:
    sweeper.sweep_sources()
