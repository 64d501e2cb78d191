"""Secrets at rest: what an admin types once and no page ever shows again."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class Undecryptable(Exception):
    """The stored secret was encrypted with another ENCRYPTION_KEY."""


def _fernet(key: str) -> Fernet:
    digest = hashlib.sha256(key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def encrypt(secret: str) -> str:
    return _fernet(settings.ENCRYPTION_KEY).encrypt(secret.encode()).decode()


def decrypt(token: str, *, key: str = "") -> str:
    """With ENCRYPTION_KEY, or with another installation's `key`. Raises Undecryptable."""
    try:
        return _fernet(key or settings.ENCRYPTION_KEY).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Undecryptable("This secret was stored under another ENCRYPTION_KEY: enter it again.") from error
