"""The audit trail in the admin: for an organisation's own admins, searched, filtered and exported."""

import csv
import io
import json
from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from tenants.actions import record
from tenants.audit.models import AuditChain
from tenants.audit.verify import verify
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

LIST = reverse("admin:tenants_auditevent_changelist") if False else "/admin/tenants/auditevent/"
EXPORTS = [f"{LIST}export/csv/", f"{LIST}export/jsonl/"]
RETENTION = "/admin/audit/auditchain/"


@pytest.fixture
def trail(acme, alice, bob):
    """Three events at Acme beside those of the people."""
    with tenant_scope(acme.id):
        record("document.uploaded", actor=bob.pk, subject=uuid4(), title="Acmesecret plan")
        record("group.changed", actor=alice.pk, subject=uuid4(), name="Team", before={"name": "A"}, after={"name": "B"},
               added={"members": ["Bob"]})  # fmt: skip
        record("thing.happened", actor=None, subject=None, title='=HYPERLINK("https://evil.example")')
    return acme


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


def lines(response) -> list[dict]:
    return [json.loads(line) for line in body(response).splitlines()]


@pytest.mark.parametrize("address", [LIST, *EXPORTS, RETENTION])
@pytest.mark.parametrize("who", ["bob", "manager", "nobody"])
def test_members_managers_and_nobody_get_nothing(
    trail, bob, manager, client, browser_of, request, who, address
) -> None:
    browser = client if who == "nobody" else browser_of(request.getfixturevalue(who))
    response = browser.get(address, follow=True)
    assert response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.OK)
    assert not response.streaming
    assert "Acmesecret" not in response.content.decode()
    if response.status_code == HTTPStatus.OK:
        assert response.redirect_chain[0][0].startswith(("/accounts/login/", "/admin/login/"))
    with tenant_scope(trail.id):
        assert not AuditEvent.objects.filter(action="audit.exported").exists()


@pytest.mark.parametrize("address", EXPORTS)
def test_another_organisations_admin_exports_their_own_alone(trail, carol, browser_of, address) -> None:
    text = body(browser_of(carol).get(address))
    assert "Carol" in text
    assert "Acmesecret" not in text
    with tenant_scope(trail.id):
        event = AuditEvent.objects.first()
        ids = (event.pk, AuditChain.objects.get().pk)
    for at in (f"{LIST}{ids[0]}/change/", f"{RETENTION}{ids[1]}/change/"):
        assert browser_of(carol).get(at).status_code == HTTPStatus.FOUND
    browser_of(carol).post(f"{RETENTION}{ids[1]}/change/", {"keep_days": "30"})
    with tenant_scope(trail.id):
        assert AuditChain.objects.get().keep_days is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?q=Acmesecret", 1),
        ("?who=bob+berg", 1),
        ("?area=group", 1),
        ("?area=bogus", 3),
        ("?object=not-an-id", 0),
        ("?created_from={yesterday}&created_to={today}", 3),
        ("?created_from={tomorrow}", 0),
        ("?created_to={yesterday}", 0),
        ("?who=bob&area=document", 1),
        ("?who=bob&area=group", 0),
    ],
)
def test_the_list_and_its_export_are_filtered_alike(trail, alice, browser_of, query, found) -> None:
    today = timezone.localdate()
    query = query.format(today=today, yesterday=today - timedelta(days=1), tomorrow=today + timedelta(days=1))
    client = browser_of(alice)
    shown = client.get(LIST + query).content.decode()
    ours = ("document.uploaded", "group.changed", "thing.happened")
    taken = [row for row in lines(client.get(EXPORTS[1] + query)) if row["action"] in ours]
    assert len(taken) == found
    assert ("Acmesecret plan" in shown) == any(row["action"] == "document.uploaded" for row in taken)
    assert f"/export/csv/{query}".replace("&", "&amp;") in shown


def test_one_object_is_followed(trail, alice, browser_of) -> None:
    with tenant_scope(trail.id):
        event = AuditEvent.objects.get(action="document.uploaded")
    page = browser_of(alice).get(f"{LIST}{event.pk}/change/").content.decode()
    assert f"?object={event.object_id}" in page
    [row] = lines(browser_of(alice).get(f"{EXPORTS[1]}?object={event.object_id}"))
    assert row["id"] == str(event.pk)


def test_an_event_is_told_with_before_and_after(trail, alice, browser_of) -> None:
    with tenant_scope(trail.id):
        event = AuditEvent.objects.get(action="group.changed")
    page = browser_of(alice).get(f"{LIST}{event.pk}/change/").content.decode()
    assert "<td>A</td><td>B</td>" in page
    assert "added: Bob" in page
    assert "Alice Arnold (alice@acme.example)" in page
    assert event.hash in page


def test_csv_runs_nothing_in_a_spreadsheet_and_is_complete(trail, alice, browser_of) -> None:
    rows = list(csv.DictReader(io.StringIO(body(browser_of(alice).get(EXPORTS[0])))))
    what = [row["what"] for row in rows]
    assert '\'=HYPERLINK("https://evil.example")' in what
    assert [int(row["number"]) for row in rows] == list(range(1, len(rows) + 1))
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_json_lines_hold_all_that_is_hashed(trail, alice, browser_of) -> None:
    from hashlib import sha256

    for row in lines(browser_of(alice).get(EXPORTS[1])):
        told = row.pop("hash")
        text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert sha256(text.encode()).hexdigest() == told


def test_the_export_is_itself_an_event_and_not_in_the_file(trail, alice, browser_of) -> None:
    taken = lines(browser_of(alice).get(f"{EXPORTS[1]}?area=group"))
    with tenant_scope(trail.id):
        event = AuditEvent.objects.get(action="audit.exported")
    assert event.actor_id == alice.pk
    assert event.detail == {"format": "jsonl", "events": 1, "filters": {"area": "group"}}
    assert [row["action"] for row in taken] == ["group.changed"]


def test_many_events_are_read_page_by_page(trail, alice, browser_of, monkeypatch) -> None:
    monkeypatch.setattr("tenants.audit.export.PAGE", 2)
    taken = lines(browser_of(alice).get(EXPORTS[1]))
    assert [row["sequence"] for row in taken] == list(range(1, len(taken) + 1))


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_the_export_is_streamed_in_the_same_scope(trail, alice, carol) -> None:
    client = AsyncClient()
    await client.aforce_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    response = await client.get(EXPORTS[1])
    text = b"".join([part async for part in response.streaming_content]).decode()
    assert "Acmesecret" in text
    assert "Carol" not in text


def test_unknown_format_and_operator_without_an_organisation(trail, alice, operator, browser_of) -> None:
    assert browser_of(alice).get(f"{LIST}export/xlsx/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("who", ["alice", "operator"])
def test_nobody_changes_or_deletes_an_event_in_the_admin(
    trail, alice, operator, browser_of, request, who
) -> None:
    with tenant_scope(trail.id):
        event = AuditEvent.objects.first()
    client = browser_of(request.getfixturevalue(who))
    for view in ("change", "delete"):
        response = client.post(f"{LIST}{event.pk}/{view}/", {"post": "yes", "action": "x"})
        assert response.status_code == HTTPStatus.FORBIDDEN
    client.post(LIST, {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert verify(trail.id).broken == ""


# --- Retention ------------------------------------------------------------------------------------------------


def test_an_admin_decides_how_long_events_are_kept(trail, alice, browser_of) -> None:
    client = browser_of(alice)
    with tenant_scope(trail.id):
        chain = AuditChain.objects.get()
    address = f"{RETENTION}{chain.pk}/change/"
    assert chain.hash in client.get(address).content.decode()
    assert "greater than or equal to 30" in client.post(address, {"keep_days": "1"}).content.decode()
    client.post(address, {"keep_days": "90"})
    with tenant_scope(trail.id):
        assert AuditChain.objects.get().keep_days == 90
        event = AuditEvent.objects.get(action="audit.retention.changed")
    assert (event.detail["before"], event.detail["after"]) == ({"keep_days": None}, {"keep_days": 90})
    assert verify(trail.id).broken == ""
    client.post(f"{RETENTION}{chain.pk}/delete/", {"post": "yes"})
    with tenant_scope(trail.id):
        assert AuditChain.objects.count() == 1
