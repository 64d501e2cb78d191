"""Celery's entry points of conversations."""

import logging

from celery import shared_task

from chat import actions, incognito, retention
from chat.prompts.actions import purge_deleted
from tenants.single import AlreadyRunning, one_at_a_time

log = logging.getLogger(__name__)


@shared_task
def interrupt_orphans() -> None:
    actions.interrupt_orphans()


@shared_task
def apply_retention() -> None:
    try:
        with one_at_a_time("conversation-retention"):
            retention.apply_retention()
            purge_deleted()
    except AlreadyRunning:
        log.info("old conversations are being removed already")


@shared_task
def forget_incognito() -> None:
    incognito.forget_ended()
