"""Letters about an account. Without EMAIL_HOST none is sent, and callers are told so."""

import logging
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language, override

from tenants.branding.letters import letter, own_origin

log = logging.getLogger(__name__)


def post(
    subject: str, body: str, to: str, *, tenant: UUID | None = None, language: str | None = None
) -> bool:
    """Whether the letter was handed to the mail server. Without a tenant it comes from the installation.

    The language is that of the words: by default the one that is spoken now.
    """
    if not settings.EMAIL_HOST:
        return False
    try:
        with override(language or get_language()):
            letter(subject, body, to, tenant=tenant).send()
    except OSError:  # smtplib's errors are among them
        log.exception("a letter about an account could not be sent")
        return False
    return True


def address(path: str) -> str:
    return own_origin() + path
