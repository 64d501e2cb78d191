"""What is done about people on time."""

from celery import shared_task

from tenants.guests import end_expired


@shared_task
def end_expired_guests() -> int:
    return end_expired()
