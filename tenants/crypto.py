"""Secrets at rest: what an admin types once and no page ever shows again."""

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Undecryptable(Exception):
    """The stored secret was encrypted with another ENCRYPTION_KEY."""


def current_keys() -> list[str]:
    """The first one encrypts; the earlier ones still decrypt, until `manage.py rotate_encryption_key` has run."""
    return [settings.ENCRYPTION_KEY, *settings.ENCRYPTION_KEY_FALLBACKS]


def _fernets(keys: Sequence[str]) -> MultiFernet:
    digests = [hashlib.sha256(key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypt(secret: str) -> str:
    return _fernets(current_keys()).encrypt(secret.encode()).decode()


def decrypt(token: str, *, keys: Sequence[str] = ()) -> str:
    """With this installation's keys, or with another's. Raises Undecryptable."""
    try:
        return _fernets(keys or current_keys()).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Undecryptable("This secret was stored under another ENCRYPTION_KEY: enter it again.") from error
