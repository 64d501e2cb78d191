"""Who sends a request: the token that it carries, or a refusal that is counted and noted."""

import logging
from datetime import timedelta
from hashlib import sha256

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError
from scim2_models import UnauthorizedException

from tenants.actions import record
from tenants.scim.errors import TooManyRequests
from tenants.scim.models import ScimToken
from tenants.scim.tokens import PREFIX, hash_of
from tenants.scoping import every_tenant, tenant_scope

log = logging.getLogger(__name__)

USE_NOTED_FOR = timedelta(minutes=1)
WRONG_A_MINUTE = 20  # from one address; right tokens are not counted, so nobody can shut a provider out


def token_of(authorization: str, *, address: str) -> ScimToken:
    """The token of a request, or UnauthorizedException; TooManyRequests for who keeps trying."""
    kind, _, token = authorization.partition(" ")
    row: ScimToken | None = None
    if kind.lower() == "bearer" and token.startswith(PREFIX):
        with every_tenant():
            row = ScimToken.objects.filter(hash=hash_of(token.strip())).first()
    if row is None or row.revoked:
        count_wrong(address)
        note_refused(row, address)
        raise UnauthorizedException(detail="This token is not known here, or was revoked. Ask for a new one.")
    note_used(row)
    return row


def count_wrong(address: str) -> None:
    key = f"scim.wrong.{sha256(address.encode()).hexdigest()}"
    try:
        cache.add(key, 0, timeout=60)
        if cache.incr(key) > WRONG_A_MINUTE:
            raise TooManyRequests
    except (RedisError, OSError, ValueError):
        log.warning("wrong provisioning tokens are not counted: the cache does not answer")


def note_refused(row: ScimToken | None, address: str) -> None:
    """In the organisation's audit trail where there is one to tell."""
    if row is None:
        log.warning("a provisioning request came with an unknown token")
        return
    with tenant_scope(row.tenant_id), transaction.atomic():
        record(
            "scim_token.refused", actor=None, subject=row.pk, name=row.name, reason="revoked", address=address
        )


def note_used(row: ScimToken) -> None:
    now = timezone.now()
    if row.last_used is None or now - row.last_used > USE_NOTED_FOR:
        with tenant_scope(row.tenant_id):
            ScimToken.objects.filter(pk=row.pk).update(last_used=now)
