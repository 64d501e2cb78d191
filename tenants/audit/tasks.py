"""Celery's entry points of the audit log."""

import logging

from celery import shared_task

from tenants.audit import forward, receivers, retention
from tenants.single import AlreadyRunning, one_at_a_time

log = logging.getLogger(__name__)


@shared_task
def forward_events() -> None:
    if not receivers.configured():
        return
    try:
        with one_at_a_time("audit-forward"):
            forward.forward()
    except AlreadyRunning:
        log.debug("audit events are being sent already")


@shared_task
def apply_retention() -> None:
    try:
        with one_at_a_time("audit-retention"):
            retention.apply_retention()
    except AlreadyRunning:
        log.info("old audit events are being removed already")
