"""Letters about an account. Without EMAIL_HOST none is sent, and callers are told so."""

import logging

from django.conf import settings
from django.core.mail import send_mail

log = logging.getLogger(__name__)


def post(subject: str, body: str, to: str, *, sender: str | None = None) -> bool:
    """Whether the letter was handed to the mail server. Without a sender it comes from the installation."""
    if not settings.EMAIL_HOST:
        return False
    try:
        send_mail(" ".join(subject.split()), body, sender, [to])
    except OSError:  # smtplib's errors are among them
        log.exception("a letter about an account could not be sent")
        return False
    return True


def address(path: str) -> str:
    base: str = settings.PUBLIC_URL or f"http://{settings.HOST}:{settings.PORT}"
    return base + path
