"""Celery's entry points. Each takes ids, opens the tenant scope, and returns quietly when the row is gone."""

import logging
from uuid import UUID

from celery import shared_task

from tenants.datarights import erasing, erasing_tenant, exporting
from tenants.scoping import tenant_scope
from tenants.single import AlreadyRunning, one_at_a_time

log = logging.getLogger(__name__)


@shared_task
def make_export(tenant: str, export: str) -> None:
    with tenant_scope(UUID(tenant)):
        exporting.make(UUID(export))


@shared_task
def erase_person(tenant: str, erasure: str) -> None:
    try:
        with one_at_a_time(f"erase-{erasure}"), tenant_scope(UUID(tenant)):
            erasing.erase(UUID(erasure))
    except AlreadyRunning:
        log.info("this person is being deleted already")


@shared_task
def erase_tenant(erasure: str) -> None:
    try:
        with one_at_a_time(f"erase-{erasure}"):
            erasing_tenant.erase(UUID(erasure))
    except AlreadyRunning:
        log.info("this organisation is being deleted already")


@shared_task
def sweep() -> None:
    """What has expired goes, and what a worker has left half done is sent again."""
    try:
        with one_at_a_time("data-rights"):
            exporting.sweep()
            erasing.sweep()
            erasing_tenant.sweep()
    except AlreadyRunning:
        log.debug("exports and deletions are being looked after already")
