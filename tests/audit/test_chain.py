"""The log is only ever added to, and shows when somebody has done otherwise."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tenants.actions import record
from tenants.audit.chain import GENESIS, AppendOnly, canonical, digest, take_in
from tenants.audit.guard import log_opened
from tenants.audit.models import AuditChain
from tenants.audit.verify import verify
from tenants.models import AuditEvent, Tenant
from tenants.scoping import every_tenant, tenant_scope
from tests.audit.helpers import unguarded


@pytest.fixture
def log(acme: Tenant) -> Iterator[Tenant]:
    """Acme's log of five events; the scope is open."""
    with tenant_scope(acme.id):
        for number in range(5):
            record(
                "thing.happened", actor=None, subject=uuid4(), name=f"Number {number}", ratio=0.5, whole=2.0
            )
        yield acme


def rows(tenant: Tenant):
    return AuditEvent._base_manager.filter(tenant=tenant).order_by("sequence")


def test_each_event_follows_the_one_before(log) -> None:
    events = list(AuditEvent.objects.order_by("sequence"))
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    assert [event.previous for event in events] == [GENESIS, *(event.hash for event in events[:-1])]
    assert all(digest(event) == event.hash for event in events)
    assert verify(log.id).broken == ""
    assert verify(log.id).count == 5


def test_organisations_have_chains_of_their_own(log, globex) -> None:
    with tenant_scope(globex.id):
        record("thing.happened", actor=None, subject=None)
        [event] = AuditEvent.objects.all()
        assert (event.sequence, event.previous) == (1, GENESIS)
        assert AuditChain.objects.get().sequence == 1


def test_canonical_form_is_as_documented() -> None:
    value = {"b": [1, 2.0, 0.1, None, True], "a": "é\n\U0001f642\0", "day": datetime(2026, 1, 2, tzinfo=UTC)}
    assert canonical(value).decode() == (
        '{"a":"é\\n🙂","b":[1,2,0.1,null,true],"day":"2026-01-02T00:00:00+00:00"}'
    )


def test_what_an_event_holds_is_hashed_as_the_database_gives_it_back(log, alice) -> None:
    odd = {
        "big": 10**30,
        "exp": 1e22,
        "minus": -0.0,
        "tiny": 1.5e-9,
        "text": "a\0b\ud800",
        "id": uuid4(),
        "set": {1},
    }
    record("odd.event", actor=alice.pk, subject=None, **odd)
    assert verify(log.id).broken == ""
    event = AuditEvent.objects.get(action="odd.event")
    assert event.actor_name == "Alice Arnold (alice@acme.example)"


@pytest.mark.parametrize("attempt", ["save", "delete", "update", "delete_all", "bulk_create", "bulk_update"])
def test_the_code_cannot_change_or_remove_an_event(log, attempt) -> None:
    event = AuditEvent.objects.first()
    attempts = {
        "save": event.save,
        "delete": event.delete,
        "update": lambda: AuditEvent.objects.update(action="other"),
        "delete_all": AuditEvent.objects.all().delete,
        "bulk_create": lambda: AuditEvent.objects.bulk_create([AuditEvent(action="other")]),
        "bulk_update": lambda: AuditEvent.objects.bulk_update([event], ["action"]),
    }
    with pytest.raises(AppendOnly):
        attempts[attempt]()
    assert AuditEvent.objects.count() == 5


@pytest.mark.parametrize("opened", [False, True])
def test_the_database_refuses_to_change_an_event_in_every_case(log, opened) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        if opened:
            with log_opened():
                rows(log).update(action="other")
        rows(log).update(action="other")


def test_the_database_refuses_to_delete_events(log) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows(log)._raw_delete("default")
    with log_opened():
        pass
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM tenants_auditevent")
    assert AuditEvent.objects.count() == 5


def test_a_whole_organisation_takes_its_log_with_it_and_only_on_purpose(log, globex) -> None:
    with tenant_scope(globex.id):
        record("thing.happened", actor=None, subject=None)
    with every_tenant():
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Tenant.objects.get(pk=log.pk).delete()
        with log_opened():
            Tenant.objects.get(pk=log.pk).delete()
        assert AuditEvent.objects.values_list("tenant", flat=True).get() == globex.pk


def test_an_account_that_goes_leaves_its_events_as_they_were(log, bob) -> None:
    record("thing.happened", actor=bob.pk, subject=None)
    gone = bob.pk
    with every_tenant():
        bob.delete()
    event = AuditEvent.objects.order_by("-sequence").first()
    assert (event.actor_id, event.by) == (gone, "Bob Berg (bob@acme.example)")
    assert verify(log.id).broken == ""


def change(log) -> str:
    rows(log).filter(sequence=3).update(detail={"name": "Nothing"})
    return "Event 3 (Thing happened"


def remove_one(log) -> str:
    rows(log).filter(sequence=3)._raw_delete("default")
    return "Event 3 is missing"


def remove_several(log) -> str:
    rows(log).filter(sequence__in=[2, 3])._raw_delete("default")
    return "Events 2 to 3 are missing"


def remove_last(log) -> str:
    rows(log).filter(sequence__gte=4)._raw_delete("default")
    return "ends at event 3, but 5 were written"


def remove_first(log) -> str:
    """With the anchor moved, as the retention would."""
    second = rows(log).get(sequence=2)
    rows(log).filter(sequence__lte=2)._raw_delete("default")
    AuditChain.objects.update(anchor_sequence=2, anchor_hash=second.hash)
    return "removed by hand"


def remove_all(log) -> str:
    rows(log)._raw_delete("default")
    return "ends at event 0, but 5 were written"


def insert(log) -> str:
    forged = rows(log).get(sequence=3)
    forged.pk, forged.detail = uuid4(), {"name": "Forged"}
    forged.hash = digest(forged)
    AuditEvent._base_manager.all()._insert([forged], fields=AuditEvent._meta.concrete_fields, using="default")
    return "Event 3 is there twice"


def insert_at_the_end(log) -> str:
    forged = rows(log).get(sequence=5)
    forged.pk, forged.sequence, forged.previous = uuid4(), 6, forged.hash
    forged.hash = digest(forged)
    AuditEvent._base_manager.all()._insert([forged], fields=AuditEvent._meta.concrete_fields, using="default")
    return "Event 6 was inserted at the end"


def insert_loose(log) -> str:
    forged = AuditEvent(pk=uuid4(), tenant=log, action="forged", created=datetime.now(UTC))
    AuditEvent._base_manager.all()._insert([forged], fields=AuditEvent._meta.concrete_fields, using="default")
    return "1 events are in no chain"


def swap(log) -> str:
    second, third = rows(log).filter(sequence__in=[2, 3])
    rows(log).filter(pk=second.pk).update(sequence=3)
    rows(log).filter(pk=third.pk).update(sequence=2)
    return "Event 2 (Thing happened"


def replace(log) -> str:
    """With a hash of its own that is right."""
    forged = rows(log).get(sequence=3)
    forged.action = "other.thing"
    rows(log).filter(sequence=3).update(action=forged.action, hash=digest(forged))
    return "Event 4 does not follow event 3"


def replace_last(log) -> str:
    forged = rows(log).get(sequence=5)
    forged.action = "other.thing"
    rows(log).filter(sequence=5).update(action=forged.action, hash=digest(forged))
    return "Event 5 is the last, but not the one that was written last"


def lose_head(log) -> str:
    AuditChain.objects.all().delete()
    return "inserted at the end, past the chain"


TAMPERINGS = [
    change, remove_one, remove_several, remove_last, remove_first, remove_all, insert, insert_at_the_end, insert_loose,
    swap, replace, replace_last, lose_head,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_tampering_is_found_and_said_in_words(log, globex, tamper) -> None:
    with unguarded():
        said = tamper(log)
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_audit", stdout=out)
    assert failed.value.returncode == 1
    assert "Acme" in str(failed.value)
    assert "Globex" not in str(failed.value)
    assert said in out.getvalue()
    call_command("verify_audit", tenant="Globex", stdout=out)


def test_a_log_whose_end_and_head_were_cut_off_lacks_the_hash_that_was_noted(log) -> None:
    out = io.StringIO()
    call_command("verify_audit", tenant="Acme", stdout=out)
    head = out.getvalue().split()[-1]
    record("thing.happened", actor=None, subject=None)
    call_command("verify_audit", tenant="Acme", head=head, stdout=out)
    with unguarded():
        rows(log).filter(sequence__gte=4)._raw_delete("default")
    AuditChain.objects.update(sequence=3, hash=rows(log).get(sequence=3).hash)
    call_command("verify_audit", tenant="Acme", stdout=out)
    with pytest.raises(CommandError):
        call_command("verify_audit", tenant="Acme", head=head, stdout=out)
    assert f"The hash {head} is not in it" in out.getvalue()


def test_verify_says_what_it_cannot_look_at(log) -> None:
    with pytest.raises(CommandError, match="no organisation “Initech”"):
        call_command("verify_audit", tenant="Initech")
    with pytest.raises(CommandError, match="name it with --tenant"):
        call_command("verify_audit", head="0" * 64)


def test_what_an_earlier_version_wrote_during_an_upgrade_is_taken_in(log, alice) -> None:
    for day in (2, 1):
        old = AuditEvent(
            pk=uuid4(),
            tenant=log,
            action=f"old.{day}",
            actor=alice,
            created=datetime(2026, 1, day, tzinfo=UTC),
        )
        fields = [
            f for f in AuditEvent._meta.concrete_fields if f.name not in ("sequence", "hash", "previous")
        ]
        AuditEvent._base_manager.all()._insert([old], fields=fields, using="default")
    assert take_in(log.id) == 2
    assert take_in(log.id) == 0
    newest = AuditEvent.objects.order_by("-sequence").values_list("action", "actor_name")[:2]
    assert list(newest) == [
        ("old.2", "Alice Arnold (alice@acme.example)"),
        ("old.1", "Alice Arnold (alice@acme.example)"),
    ]
    assert verify(log.id).broken == ""


def test_the_chain_can_be_checked_by_the_documented_form_alone(log) -> None:
    """Without the code that made it, as somebody else would."""
    import hashlib

    before = "0" * 64
    for event in AuditEvent.objects.order_by("sequence").values():
        made = event["created"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        members = {
            "form": 1, "id": str(event["id"]), "tenant": str(event["tenant_id"]), "sequence": event["sequence"],
            "previous": before, "created": made, "action": event["action"], "actor": None, "actor_name": "",
            "object": str(event["object_id"]), "detail": event["detail"], "address": "", "agent": "", "session": "",
        }  # fmt: skip
        text = json.dumps(members, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(text.encode()).hexdigest()
        assert event["hash"] == before
