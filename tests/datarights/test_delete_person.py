"""A person goes with everything of theirs, and a receipt says so; what is the organisation's stays, without a name."""

import io
import json
from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from chat.models import AnswerPassage, Conversation, Message
from ingestion.models import Document
from tenants.actions import add_member
from tenants.audit.verify import verify
from tenants.datarights import erasing, exporting, registry
from tenants.datarights.erasing_rows import count_person
from tenants.datarights.models import DataExport, DataRules, LegalHold, PersonErasure
from tenants.models import AuditEvent, Group, Membership, Role, User
from tenants.scoping import every_tenant, tenant_scope


@pytest.fixture
def life(acme, bob, talk, handbook, add_document, browser_of):
    """Something of Bob's in every corner."""
    talk()
    document = add_document(handbook, "Bob's plan")
    with tenant_scope(acme.id):
        Document.objects.filter(pk=document.pk).update(uploader=bob, owner=bob)
        Group.objects.create(name="Team").members.add(bob)
        handbook.people.add(bob)
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
    browser_of(bob).post("/accounts/data/")
    with tenant_scope(acme.id):
        row = DataExport.objects.get()
        exporting.make(row.pk)
        row.refresh_from_db()
    return row


@pytest.fixture
def erase_url(acme, membership_of):
    return lambda person: reverse("admin:tenants_membership_erase", args=[membership_of(person, acme).pk])


def work(tenant) -> PersonErasure:
    with tenant_scope(tenant.id):
        row = PersonErasure.objects.get()
        erasing.erase(row.pk)
        row.refresh_from_db()
    return row


def test_an_admin_deletes_bob_and_nothing_of_him_is_left(
    life, acme, alice, bob, browser_of, erase_url
) -> None:
    url, person = erase_url(bob), bob.pk
    old = browser_of(bob)
    browser_of(alice).post(url, {"confirm": bob.email})
    assert old.get("/chat/").status_code == HTTPStatus.FORBIDDEN  # out at once, before a worker has begun
    row = work(acme)
    assert row.done_at and row.account == "It is gone."
    assert not User.objects.filter(pk=person).exists()
    with every_tenant():
        assert not count_person(registry.holdings(), tenant=None, person=person)
        assert not Conversation.objects.exists() and not Message.objects.exists()
        assert not AnswerPassage.objects.exists()
        document = Document.objects.get(title="Bob's plan")
    assert (document.uploader, document.owner) == (None, None)
    assert not default_storage.exists(life.file)
    assert old.get("/accounts/data/").status_code == HTTPStatus.FOUND
    assert all(s.get_decoded().get("_auth_user_id") != str(person) for s in Session.objects.all())
    assert verify(acme.id).broken == ""


def test_the_receipt_counts_and_looks_again_and_names_nobody(
    life, acme, alice, bob, browser_of, erase_url
) -> None:
    browser_of(alice).post(erase_url(bob), {"confirm": bob.email.upper()})
    row = work(acme)
    assert row.removed["chat.Conversation"] == 1 and row.removed["chat.Message"] == 2
    assert row.removed["ingestion.Document.uploader"] == 1 and row.removed["export files"] == 1
    assert row.removed["tenants.User"] == 1
    looks = {name: look["count"] for name, look in row.check_found.items() if name != "at"}
    assert looks == {
        "rows": 0, "export files": 0, "files in conversations": 0, "account": 0, "sessions": 0,
    }  # fmt: skip
    page = (
        browser_of(alice)
        .get(reverse("admin:datarights_personerasure_change", args=[row.pk]))
        .content.decode()
    )
    assert "Every table that can name a person was counted." in page
    told = browser_of(alice).get(reverse("admin:datarights_personerasure_json", args=[row.pk])).json()
    assert told["removed"] == row.removed and told["asked"]["by"] == str(alice.pk)
    assert "bob" not in json.dumps(told).lower()
    with tenant_scope(acme.id):
        event = AuditEvent.objects.get(action="person.deleted")
    assert event.object_id == row.person and "Bob" not in str(event.detail)


def test_outsiders_managers_and_a_wrong_address_delete_nobody(
    life, acme, alice, bob, manager, carol, browser_of, erase_url
) -> None:
    url = erase_url(bob)
    for person in (carol, manager, bob):
        assert browser_of(person).post(url, {"confirm": bob.email}).status_code in (302, 404)
    browser_of(alice).post(url, {"confirm": "bob"})
    with tenant_scope(acme.id):
        assert Membership.objects.filter(user=bob).exists() and not PersonErasure.objects.exists()


def test_the_last_admin_stays(acme, alice, browser_of, erase_url) -> None:
    client = browser_of(alice)
    client.post(erase_url(alice), {"confirm": alice.email})
    assert "last admin" in client.get("/admin/").content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


def test_bob_deletes_himself_only_where_that_is_allowed(life, acme, bob, browser_of) -> None:
    client = browser_of(bob)
    client.post("/accounts/data/", {"delete": "1", "confirm": bob.email})
    assert "does not let members delete themselves" in client.get("/accounts/data/").content.decode()
    with tenant_scope(acme.id):
        DataRules.objects.create(self_deletion=True)
    client.post("/accounts/data/", {"delete": "1", "confirm": "somebody@acme.example"})
    assert "Nothing was deleted" in client.get("/accounts/data/").content.decode()
    client.post("/accounts/data/", {"delete": "1", "confirm": bob.email})
    row = work(acme)
    assert (row.account, row.asked_by) == ("It is gone.", None)
    assert not User.objects.filter(pk=bob.pk).exists()


def test_an_account_that_another_organisation_knows_stays_and_so_does_what_it_holds(
    life, acme, globex, alice, bob, browser_of, erase_url
) -> None:
    add_member(globex, email=bob.email, name=bob.name, role=Role.MEMBER)
    with tenant_scope(globex.id):
        Conversation.objects.create(user=bob, title="At Globex")
    browser_of(alice).post(erase_url(bob), {"confirm": bob.email})
    row = work(acme)
    assert "another organisation" in row.account
    with tenant_scope(globex.id):
        assert Conversation.objects.filter(user=bob).count() == 1
    with tenant_scope(acme.id):
        assert not Conversation.objects.exists()


def test_a_hold_forbids_it_and_one_that_comes_late_stops_it(
    life, acme, alice, bob, browser_of, erase_url
) -> None:
    with tenant_scope(acme.id):
        hold = LegalHold.objects.create(person=bob, reason="Case 7")
    client, url = browser_of(alice), erase_url(bob)
    client.post(url, {"confirm": bob.email})
    assert "under a legal hold" in client.get("/admin/").content.decode()
    with tenant_scope(acme.id):
        assert not PersonErasure.objects.exists()
        LegalHold.objects.update(released_at=timezone.now())
    client.post(url, {"confirm": bob.email})
    with tenant_scope(acme.id):
        LegalHold.objects.update(released_at=None)
    row = work(acme)
    assert row.done_at is None and "under a legal hold" in row.problem
    with tenant_scope(acme.id):
        assert Conversation.objects.filter(user=bob).exists()
        LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    assert work(acme).done_at


def test_what_is_found_afterwards_is_said_and_tried_again(
    life, acme, alice, bob, browser_of, erase_url, monkeypatch
):
    browser_of(alice).post(erase_url(bob), {"confirm": bob.email})
    with monkeypatch.context() as patch, pytest.raises(erasing.Incomplete):
        patch.setattr(erasing, "remove_person", lambda *args, **kwargs: None)
        work(acme)
    with tenant_scope(acme.id):
        row = PersonErasure.objects.get()
    assert row.done_at is None and "The deletion left" in row.problem and row.removed["chat.Message"] == 2
    row = work(acme)
    assert row.done_at and row.problem == "" and row.removed["chat.Message"] == 2


def test_a_worker_that_died_is_followed_by_another(
    life, acme, alice, bob, browser_of, erase_url, monkeypatch
) -> None:
    browser_of(alice).post(erase_url(bob), {"confirm": bob.email})
    sent = []
    monkeypatch.setattr("tenants.datarights.tasks.erase_person.delay", lambda *ids: sent.append(ids))
    erasing.sweep()
    assert sent == []
    with tenant_scope(acme.id):
        PersonErasure.objects.update(heartbeat=timezone.now() - 2 * erasing.RESEND_AFTER)
        erasing.sweep()
        assert sent == [(str(acme.id), str(PersonErasure.objects.get().pk))]


def test_the_command_deletes_everywhere_and_prints_the_proof(life, acme, globex, bob) -> None:
    add_member(globex, email=bob.email, name=bob.name, role=Role.MEMBER)
    with pytest.raises(CommandError):
        call_command("delete_person", bob.email, confirm="bob@other.example")
    out = io.StringIO()
    call_command("delete_person", bob.email, confirm=bob.email, stdout=out)
    receipts = json.loads(out.getvalue())
    assert {receipt["organisation"] for receipt in receipts} == {str(acme.id), str(globex.id)}
    assert receipts[-1]["account"] == "It is gone."
    assert not User.objects.filter(pk=bob.pk).exists()
