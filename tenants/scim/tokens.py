"""Tokens: made once, shown once, kept as a hash, and saying by themselves which organisation they open."""

import secrets
from hashlib import sha256
from uuid import UUID

from django.utils import timezone

from tenants.actions import record
from tenants.scim.models import ScimToken

PREFIX = "scim_"


def hash_of(token: str) -> str:
    """Without salt or stretching: 256 random bits cannot be guessed."""
    return sha256(token.encode()).hexdigest()


def make_token(row: ScimToken, *, actor: UUID | None) -> str:
    """Save the row under a new token, and give that back: it can never be read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    row.hash, row.created_by_id = hash_of(token), actor
    row.save()
    record("scim_token.made", actor=actor, subject=row.pk, name=row.name)
    return token


def revoke_token(row: ScimToken, *, actor: UUID | None) -> None:
    if row.revoked is None:
        row.revoked = timezone.now()
        row.save(update_fields=["revoked"])
        record("scim_token.revoked", actor=actor, subject=row.pk, name=row.name)
