from celery import shared_task

from chat.attachments import ending


@shared_task
def sweep() -> None:
    ending.sweep()
