"""Walks an organisation's log from its anchor to its head and says where it is broken, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenants.audit.chain import GENESIS, digest
from tenants.audit.models import AuditChain
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

EXPIRED = "audit.expired"


@dataclass(frozen=True)
class Verdict:
    """`broken` is "" when every event is as it was written and where it was written."""

    count: int
    sequence: int
    hash: str
    broken: str = ""


class Broken(Exception):
    """The sentence says where."""


def verify(tenant: UUID, *, noted: str = "") -> Verdict:
    """`noted` is a head that was printed earlier and kept elsewhere: it must still be in the log."""
    with tenant_scope(tenant):
        while True:
            chain = AuditChain.objects.first() or AuditChain(tenant_id=tenant)
            verdict = _walk(chain, noted)
            after = AuditChain.objects.first() or AuditChain(tenant_id=tenant)
            if after.anchor_sequence == chain.anchor_sequence:  # else old events were removed meanwhile
                return verdict


def _walk(chain: AuditChain, noted: str) -> Verdict:
    count, number, before = 0, chain.anchor_sequence, chain.anchor_hash or GENESIS
    found = noted == before
    anchor = (chain.anchor_sequence, chain.anchor_hash)
    told: tuple[Any, Any] = (0, "")
    try:
        for event in _events(chain.sequence):
            _check(event, number, before)
            count, number, before = count + 1, number + 1, event.hash
            found = found or noted == event.hash
            if event.action == EXPIRED:
                told = event.detail.get("sequence"), event.detail.get("hash")
        _check_end(chain, number, before, told=told, anchor=anchor)
        if noted and not found:
            raise Broken(
                f"The hash {noted} is not in it: the end of the log has been cut off, or the whole was written anew."
            )
    except Broken as error:
        return Verdict(count, number, before, str(error))
    return Verdict(count, number, before)


def _events(newest: int) -> Iterator[AuditEvent]:
    loose = AuditEvent.objects.filter(sequence=None).count()
    if loose:
        raise Broken(
            f"{loose} events are in no chain. They were written past it, or by an earlier version during an upgrade; "
            "after an upgrade run `manage.py verify_audit --take-in` once."
        )
    rows = AuditEvent.objects.filter(sequence__lte=newest).order_by("sequence", "id")
    yield from rows.iterator(chunk_size=2000)


def _check(event: AuditEvent, number: int, before: str) -> None:
    assert event.sequence is not None
    if event.sequence <= number:
        raise Broken(f"Event {event.sequence} is there twice: one of the two was inserted.")
    if event.sequence > number + 1:
        missing = number + 1
        last = event.sequence - 1
        raise Broken(
            f"Event {missing} is missing: it was removed."
            if missing == last
            else f"Events {missing} to {last} are missing: they were removed."
        )
    if digest(event) != event.hash:
        raise Broken(
            f"Event {event.sequence} ({event.words}, {event.created:%Y-%m-%d %H:%M:%S} UTC) was changed "
            "after it was written."
        )
    if event.previous != before:
        raise Broken(f"Event {event.sequence} does not follow event {number}: one of the two was replaced.")


def _check_end(
    chain: AuditChain, number: int, before: str, *, told: tuple[Any, Any], anchor: tuple[int, str]
) -> None:
    if number < chain.sequence:
        raise Broken(
            f"The log ends at event {number}, but {chain.sequence} were written: the last were removed."
        )
    if before != (chain.hash or GENESIS):
        raise Broken(f"Event {number} is the last, but not the one that was written last: it was replaced.")
    if told != anchor:
        raise Broken(
            f"The log begins after event {anchor[0]}, but no run of the retention says so: "
            "the first events were removed by hand."
        )
    beyond = AuditEvent.objects.filter(sequence__gt=chain.sequence).order_by("sequence").first()
    newer = AuditChain.objects.first()
    if beyond and (newer is None or newer.sequence < (beyond.sequence or 0)):
        raise Broken(f"Event {beyond.sequence} was inserted at the end, past the chain.")
