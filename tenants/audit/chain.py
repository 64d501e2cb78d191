"""The hash chain: each event holds its number, the hash of the one before, and its own.

The canonical form of an event is a JSON object of the members that `content` lists, in UTF-8, without white space,
its keys sorted by code point, with no escapes but those that JSON requires (`json.dumps` with `ensure_ascii=False`).
That is RFC 8785 except for the order of keys outside the Basic Multilingual Plane and for numbers: integers are
written in full, a fraction as Python's `repr`, a fraction that is whole as an integer, since PostgreSQL keeps no
difference. Times are in UTC, to the microsecond. `hash` is the SHA-256 of that in lower-case hexadecimal digits;
`previous` of the first event is 64 zeros.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tenants.audit.guard import log_opened
from tenants.audit.models import AuditChain
from tenants.audit.origin import current_origin

if TYPE_CHECKING:
    from tenants.models import AuditEvent

GENESIS = "0" * 64
FORM = 1
BATCH = 1000


class AppendOnly(RuntimeError):
    """An audit event was to be changed or deleted."""


def settled(value: Any) -> Any:
    """As either database gives it back: what JSON has no word for becomes text, what text cannot hold is left out."""
    match value:
        case dict():
            return {settled(str(key)): settled(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [settled(item) for item in value]
        case str():  # no NUL in PostgreSQL, no half of a surrogate pair in UTF-8
            return value.replace("\0", "").encode(errors="replace").decode()
        case float():
            return int(value) if value.is_integer() else value
        case datetime() | date() | time():
            return value.isoformat()
        case None | bool() | int():
            return value
    return str(value) if isinstance(value, UUID | Decimal) else settled(str(value))


def canonical(value: Any) -> bytes:
    return json.dumps(settled(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content(event: Any) -> dict[str, Any]:
    """All that is hashed, which is all that an event holds."""
    return {
        "form": FORM,
        "id": event.id,
        "tenant": event.tenant_id,
        "sequence": event.sequence,
        "previous": event.previous,
        "created": moment(event.created),
        "action": event.action,
        "actor": event.actor_id,
        "actor_name": event.actor_name,
        "object": event.object_id,
        "detail": event.detail,
        "address": event.address,
        "agent": event.agent,
        "session": event.session,
    }


def moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(event: Any) -> str:
    return hashlib.sha256(canonical(content(event))).hexdigest()


def seal(event: Any, chain: Any) -> None:
    """Make the event the chain's next."""
    event.sequence = chain.sequence + 1
    event.previous = chain.hash or GENESIS
    event.hash = digest(event)
    chain.sequence, chain.hash = event.sequence, event.hash


def complete(event: "AuditEvent") -> None:
    """What whoever records an event need not say: from where, and the actor's name, which outlives the account."""
    origin = current_origin()
    event.address, event.agent, event.session = origin.address, origin.agent, origin.session
    event.actor_name = name_of(event.actor_id)
    event.detail = settled(event.detail)


def name_of(user: UUID | None) -> str:
    from tenants.models import User

    if user is None:
        return ""
    row = User.objects.filter(pk=user).values_list("name", "email").first()
    return settled(f"{row[0]} ({row[1]})" if row[0] else row[1]) if row else ""


def append(event: "AuditEvent") -> None:
    """Insert the event at the end of its tenant's chain.

    The chain's row stays locked until the caller's transaction ends, and the others of the tenant who record wait for
    that. So record last: after the lock, wait for nothing that somebody who records may hold.
    """
    complete(event)
    with transaction.atomic(savepoint=False):
        chain = locked_chain(event.tenant_id)
        event.created = timezone.now()  # under the lock, so that times follow numbers
        seal(event, chain)
        event.insert()
        chain.save(update_fields=["sequence", "hash"])


def locked_chain(tenant: UUID) -> AuditChain:
    """The tenant's chain, locked until the transaction ends; made at the first event."""
    rows = AuditChain.objects.select_for_update()
    chain: AuditChain | None = rows.filter(tenant=tenant).first()
    if chain is None:
        AuditChain.objects.bulk_create([AuditChain(tenant_id=tenant)], ignore_conflicts=True)
        chain = rows.get(tenant=tenant)
    return chain


def take_in(tenant: UUID) -> int:
    """Chain what a version without the chain has recorded, as while an installation is upgraded."""
    from tenants.models import AuditEvent

    with log_opened():
        chain = locked_chain(tenant)
        count = chain_loose(AuditEvent._base_manager.filter(tenant=tenant), chain, name_of)
        chain.save(update_fields=["sequence", "hash"])
    return count


def chain_loose(events: Any, chain: Any, name_of: Callable[[Any], str]) -> int:
    """Put those of a tenant's events that are in no chain at the end of it. Also for a migration's own models."""
    count = 0
    loose = events.filter(sequence=None).order_by("created", "id")
    while batch := list(loose[:BATCH]):
        for event in batch:
            event.actor_name = name_of(event.actor_id)
            seal(event, chain)
            sealed = {name: getattr(event, name) for name in ("actor_name", "sequence", "previous", "hash")}
            events.filter(pk=event.pk).update(**sealed)
        count += len(batch)
    return count
