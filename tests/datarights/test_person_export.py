"""A copy of one's data: for oneself with conversations, for an admin without, and never more than may be read now."""

import hashlib
import io
from http import HTTPStatus

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Collection, Document
from tenants.datarights import exporting
from tenants.datarights.models import DataExport, Kind, State
from tenants.members import remove_member
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.datarights.conftest import QUOTE

PAGE = "/accounts/data/"
UNKNOWN = "0192f0c1-2b3c-7def-8000-000000000000"


@pytest.fixture
def made(acme, browser_of):
    """Bob's own export, asked for on the page and made as a worker does."""

    def make(person) -> DataExport:
        browser_of(person).post(PAGE)
        with tenant_scope(acme.id):
            row = DataExport.objects.filter(recipient=person, state=State.QUEUED).get()
            exporting.make(row.pk)
            row.refresh_from_db()
        return row

    return make


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def fetch(client: Client, row: DataExport):
    return client.get(f"{PAGE}exports/{row.pk}/")


def narrow(collection) -> None:
    with tenant_scope(collection.tenant_id):
        Collection.objects.filter(pk=collection.pk).update(everyone=False)


def test_bob_takes_out_everything_about_himself(talk, bob, made, browser_of, unzipped) -> None:
    conversation = talk()
    row = made(bob)
    response = fetch(browser_of(bob), row)
    content = body(response)
    found = unzipped(content)
    assert "no-store" in response.headers["Cache-Control"]
    assert hashlib.sha256(content).hexdigest() == row.sha256
    assert found.json("account.json")["email"] == bob.email
    assert found.json("membership.json")["role"][0]["role"] == "member"
    name = f"conversations/{conversation.created:%Y-%m-%d}-{conversation.pk}"
    question, answer = found.json(f"{name}.json")["messages"]
    assert (question["text"], answer["citations"][0]["quote"]) == ("How long is leave?", QUOTE)
    assert f"> {QUOTE}" in found[f"{name}.md"]
    assert any(event["event"] == "data_export.asked" for event in found.lines("events.jsonl"))
    manifest = found.json("manifest.json")["sha256"]
    assert {
        n: hashlib.sha256(text.encode()).hexdigest() for n, text in found.items() if n in manifest
    } == manifest
    assert all(
        f"`{part}" in found["README.md"] for part in ("account.json", "conversations/", "events.jsonl")
    )


def test_quotes_that_bob_may_not_read_now_are_not_in_it(
    talk, bob, handbook, made, browser_of, unzipped
) -> None:
    talk()
    narrow(handbook)
    found = unzipped(body(fetch(browser_of(bob), made(bob))))
    assert QUOTE not in found.words
    assert "How long is leave?" in found.words


def test_access_lost_after_it_was_made_shuts_the_file_for_good(talk, bob, handbook, made, browser_of) -> None:
    talk()
    row = made(bob)
    narrow(handbook)
    assert fetch(browser_of(bob), row).status_code == HTTPStatus.GONE
    assert not default_storage.exists(row.file)
    assert fetch(browser_of(bob), row).status_code == HTTPStatus.NOT_FOUND
    assert exporting.CHANGED in browser_of(bob).get(PAGE).content.decode()


def test_a_title_that_may_not_be_read_any_more_shuts_it_too(
    manager, handbook, add_document, made, browser_of
) -> None:
    document = add_document(handbook, "Payroll")
    with tenant_scope(handbook.tenant_id):
        Document.objects.filter(pk=document.pk).update(uploader=manager)
    row = made(manager)
    with tenant_scope(handbook.tenant_id):
        Document.objects.filter(pk=document.pk).update(deleted_at=timezone.now())
    assert fetch(browser_of(manager), row).status_code == HTTPStatus.GONE


def test_nobody_else_fetches_it(talk, bob, alice, manager, carol, operator, made, browser_of) -> None:
    talk()
    row = made(bob)
    for other in (alice, manager, carol, operator):
        client = browser_of(other)
        shut = fetch(client, row), client.get(reverse("admin:datarights_dataexport_fetch", args=[row.pk]))
        assert all(response.status_code != HTTPStatus.OK for response in shut)
        unknown = client.get(f"{PAGE}exports/{UNKNOWN}/")
        assert (shut[0].status_code, unknown.status_code) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)
    assert fetch(Client(), row).status_code == HTTPStatus.FOUND
    assert browser_of(alice).get(reverse("admin:datarights_dataexport_changelist")).content.count(b"Bob") == 0


def test_who_has_left_fetches_nothing(talk, bob, acme, made, browser_of, membership_of) -> None:
    talk()
    row = made(bob)
    client = browser_of(bob)
    with tenant_scope(acme.id):
        remove_member(membership_of(bob, acme))
    assert fetch(client, row).status_code == HTTPStatus.NOT_FOUND


def test_it_expires_with_its_file(talk, bob, acme, made, browser_of) -> None:
    talk()
    row = made(bob)
    with tenant_scope(acme.id):
        DataExport.objects.update(expires=timezone.now())
    assert fetch(browser_of(bob), row).status_code == HTTPStatus.NOT_FOUND
    exporting.sweep()
    assert not default_storage.exists(row.file)
    assert row.file.startswith(f"{acme.id}/exports/")


def test_the_admins_copy_holds_no_conversation(
    talk, alice, bob, acme, browser_of, membership_of, unzipped
) -> None:
    talk()
    client = browser_of(alice)
    client.post(reverse("admin:tenants_membership_export", args=[membership_of(bob, acme).pk]))
    with tenant_scope(acme.id):
        row = DataExport.objects.get(kind=Kind.PERSON)
        exporting.make(row.pk)
        [event] = AuditEvent.objects.filter(action="data_export.asked")
    assert (event.actor_id, event.object_id) == (alice.pk, bob.pk)
    found = unzipped(body(client.get(reverse("admin:datarights_dataexport_fetch", args=[row.pk]))))
    assert "How long is leave?" not in found.words and QUOTE not in found.words
    assert "conversations/" in found["README.md"]
    assert found.json("account.json")["email"] == bob.email
    assert fetch(browser_of(bob), row).status_code == HTTPStatus.NOT_FOUND
    with tenant_scope(acme.id):
        assert AuditEvent.objects.filter(action="data_export.downloaded", object_id=bob.pk).count() == 1


def test_managers_members_and_other_organisations_export_nobody(
    acme, bob, manager, carol, browser_of, membership_of
):
    url = reverse("admin:tenants_membership_export", args=[membership_of(bob, acme).pk])
    for person in (manager, bob, carol):
        assert browser_of(person).post(url).status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.FOUND)
        assert browser_of(person).post("/admin/datarights/dataexport/organisation/").status_code in (
            HTTPStatus.NOT_FOUND, HTTPStatus.FOUND,
        )  # fmt: skip
    with tenant_scope(acme.id):
        assert not DataExport.objects.exists()


def test_a_worker_that_died_is_followed_by_another_and_at_last_given_up(bob, acme, browser_of) -> None:
    browser_of(bob).post(PAGE)
    long_ago = timezone.now() - 2 * exporting.DEAD_AFTER
    with tenant_scope(acme.id):
        rows = DataExport.objects.filter(recipient=bob)
        rows.update(state=State.WORKING, attempts=1, heartbeat=long_ago)
        exporting.sweep()
        assert rows.get().state == State.QUEUED
        rows.update(state=State.WORKING, attempts=exporting.TRIES, heartbeat=long_ago)
        exporting.sweep()
        assert rows.get().state == State.FAILED
    assert "It could not be made" in browser_of(bob).get(PAGE).content.decode()


def test_asking_twice_makes_one(bob, acme, browser_of) -> None:
    client = browser_of(bob)
    client.post(PAGE)
    client.post(PAGE)
    with tenant_scope(acme.id):
        assert DataExport.objects.count() == 1


def test_the_command_writes_the_same_and_says_so(talk, bob, acme, tmp_path, unzipped) -> None:
    talk()
    out = io.StringIO()
    call_command("export_person", bob.email, tenant="acme", output=tmp_path / "bob.zip", stdout=out)
    found = unzipped((tmp_path / "bob.zip").read_bytes())
    assert QUOTE in found.words
    assert (tmp_path / "bob.zip").stat().st_mode & 0o077 == 0
    with tenant_scope(acme.id):
        assert AuditEvent.objects.filter(action="data_export.made", object_id=bob.pk).exists()
    with pytest.raises(CommandError):
        call_command("export_person", "nobody@x.example", tenant="Acme", output=tmp_path / "b.zip")
