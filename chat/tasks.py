"""Celery's entry points of conversations."""

from celery import shared_task

from chat import actions


@shared_task
def interrupt_orphans() -> None:
    actions.interrupt_orphans()
