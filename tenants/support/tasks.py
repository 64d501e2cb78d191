"""What happens outside of requests."""

from celery import shared_task

from tenants.entrance.mail import post


@shared_task
def send_letter(subject: str, body: str, email: str) -> None:
    post(subject, body, email)


@shared_task
def end_expired_access() -> None:
    from tenants.support.access import end_expired

    end_expired()
