"""Olga asks, Alice decides, and everything that Olga opens is written down."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from tenants.access import require_member
from tenants.audit.verify import verify
from tenants.errors import Refused
from tenants.models import Membership, Role, Tenant
from tenants.scoping import every_tenant, tenant_scope
from tenants.support.access import approve, decline, end, end_expired, open_access
from tenants.support.models import WAITS, SupportAccess
from tests.tenants.test_admin_isolation import OWN_VIEWS, PAGES

ASK = "admin:support_supportaccess_ask"
DOCUMENTS = ["ingestion_document", "ingestion_collection", "ingestion_deletionreceipt", "sources_source"]
PEOPLE = [
    "tenants_membership", "tenants_group", "assistant_modelendpoint", "sso_identityprovider", "sso_providergroup",
    "sso_emaildomain", "scim_scimtoken",
]  # fmt: skip


@pytest.fixture
def olgas(operator, browser_of):
    return browser_of(operator)


def enter(client, tenant: Tenant):
    return client.post(reverse("admin:choose_tenant"), {"tenant": tenant.pk})


def only() -> SupportAccess:
    with every_tenant():
        return SupportAccess.objects.get()


def url(name: str, row: SupportAccess) -> str:
    return reverse(f"admin:support_supportaccess_{name}", args=[row.pk])


def asked(client, tenant, **fields):
    data = {"organisation": tenant.pk, "reason": "An import fails", "hours": 2, "documents": "on"} | fields
    return client.post(reverse(ASK), data, follow=True)


# --- Asking and deciding


def test_from_the_request_to_the_end(olgas, alice, acme, handbook, browser_of, audited, letters) -> None:
    alices = browser_of(alice)
    with letters(execute=True):
        asked(olgas, acme)
    [letter] = mail.outbox
    assert letter.to == [alice.email] and "An import fails" in letter.body and "Olga Operator" in letter.body
    row = only()
    assert url("change", row) in letter.body
    assert "Olga Operator" in alices.get("/admin/").content.decode()
    assert "An import fails" in alices.get(url("change", row)).content.decode()
    assert enter(olgas, acme).status_code == HTTPStatus.NOT_FOUND  # nobody has approved

    alices.post(url("approve", row))
    enter(olgas, acme)
    page = olgas.get(reverse("admin:ingestion_collection_changelist")).content.decode()
    assert "Handbook" in page and "You are a guest of Acme until" in page
    assert "is let in until" in alices.get("/admin/").content.decode()

    alices.post(url("end", row))
    response = olgas.get(reverse("admin:ingestion_collection_changelist"))
    assert response.status_code == HTTPStatus.FORBIDDEN and "Handbook" not in response.content.decode()
    assert [event.action for event in audited(acme)] == [
        "support.requested", "support.approved", "support.entered", "support.opened", "support.ended",
    ]  # fmt: skip
    assert all("Olga Operator" in event.detail["name"] for event in audited(acme))
    assert verify(acme.pk).broken == ""


def test_a_declined_request_opens_nothing(olgas, operator, alice, acme, browser_of, audited) -> None:
    asked(olgas, acme)
    browser_of(alice).post(url("decline", only()))
    assert enter(olgas, acme).status_code == HTTPStatus.NOT_FOUND
    assert only().state == "Declined" and open_access(operator.pk, acme.pk) is None
    browser_of(alice).post(url("approve", only()))  # a decision stands
    assert only().state == "Declined"
    assert [event.action for event in audited(acme)] == ["support.requested", "support.declined"]


@pytest.mark.parametrize("name", ["approve", "decline", "end"])
@pytest.mark.parametrize("who", ["operator", "carol", "manager", "bob"])
def test_nobody_but_the_organisations_admins_decides(
    request, who, name, olgas, acme, alice, browser_of
) -> None:
    asked(olgas, acme)
    client = browser_of(request.getfixturevalue(who))
    assert client.post(url(name, only())).status_code in (
        HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.FOUND,
    )  # fmt: skip
    assert only().state == "Waiting"


def test_an_operator_who_is_an_admin_there_cannot_approve_their_own(operator, acme) -> None:
    with tenant_scope(acme.id):
        Membership.objects.create(user=operator, role=Role.ADMIN)
        row = SupportAccess.objects.create(operator=operator, operator_name="Olga", reason="x", hours=1)
        for decide in (approve, decline):
            with pytest.raises(Refused, match="your own"):
                decide(row, require_member(operator.pk, tenant=acme.pk))
    assert only().state == "Waiting"


@pytest.mark.parametrize("who", ["alice", "carol"])
def test_only_operators_ask(request, who, acme, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))
    assert client.get(reverse(ASK)).status_code == HTTPStatus.NOT_FOUND
    assert asked(client, acme).status_code == HTTPStatus.NOT_FOUND
    with every_tenant():
        assert not SupportAccess.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"hours": 25}, {"hours": 0}, {"reason": ""}, {"documents": ""}, {"organisation": "x"}]
)
def test_a_request_needs_a_reason_hours_and_a_scope(olgas, acme, fields) -> None:
    assert asked(olgas, acme, **fields).status_code == HTTPStatus.OK
    with every_tenant():
        assert not SupportAccess.objects.exists()


def test_one_request_at_a_time_and_it_can_be_taken_back(olgas, acme, audited) -> None:
    asked(olgas, acme)
    assert "asked this organisation already" in asked(olgas, acme).content.decode()
    olgas.post(url("leave", only()))
    assert only().state == "Withdrawn"
    asked(olgas, acme)
    assert [event.action for event in audited(acme)] == [
        "support.requested", "support.withdrawn", "support.requested",
    ]  # fmt: skip


def test_a_request_that_nobody_answers_is_over_after_a_week(olgas, alice, acme, browser_of) -> None:
    asked(olgas, acme)
    with every_tenant():
        SupportAccess.objects.update(requested=timezone.now() - WAITS)
    browser_of(alice).post(url("approve", only()))
    assert only().state == "Not answered"


def test_another_operator_gains_nothing_by_it(let_in, acme, operator, carol, browser_of) -> None:
    let_in()
    type(carol).objects.filter(pk=carol.pk).update(is_superuser=True)
    assert enter(browser_of(carol), acme).status_code == HTTPStatus.NOT_FOUND
    assert browser_of(carol).post(url("leave", only())).status_code == HTTPStatus.NOT_FOUND


# --- While it is open


@pytest.mark.parametrize(("scope", "open_pages"), [("documents", DOCUMENTS), ("people", PEOPLE)])
def test_each_scope_opens_its_own_pages_and_no_others(
    acme_rows, let_in, olgas, acme, scope, open_pages
) -> None:
    let_in(documents=scope == "documents", people=scope == "people")
    enter(olgas, acme)
    for kind in PAGES:
        for view, pk in (("changelist", []), ("change", [acme_rows[kind].pk])):
            response = olgas.get(reverse(f"admin:{kind}_{view}", args=pk))
            wanted = HTTPStatus.OK if kind in open_pages else HTTPStatus.FORBIDDEN
            assert response.status_code == wanted, (kind, view)


def test_it_lets_read_and_change_nothing(acme_rows, let_in, olgas, acme) -> None:
    let_in()
    enter(olgas, acme)
    for kind, row in acme_rows.items():
        before = stored(row)
        for view in ("add", "change", "delete"):
            data = {"post": "yes", "name": "Changed", "title": "Changed", "domain": "changed.example"}
            pk = [] if view == "add" else [row.pk]
            response = olgas.post(reverse(f"admin:{kind}_{view}", args=pk), data)
            assert response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.FOUND), (kind, view)
        data = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        olgas.post(reverse(f"admin:{kind}_changelist"), data)
        assert stored(row) == before, kind


def stored(row) -> dict[str, object]:
    with every_tenant():
        values = type(row).objects.filter(pk=row.pk).values().get()
    return {
        name: value for name, value in values.items() if name not in ("sequence", "hash")
    }  # of the chain's head


def test_nor_does_it_press_any_button(acme_rows, let_in, olgas, acme) -> None:
    let_in()
    enter(olgas, acme)
    for kind, view, method in OWN_VIEWS:
        if method == "get" or (kind, view) == ("sso_emaildomain", "confirm"):
            continue  # the latter is an operator's at any time
        address = reverse(f"admin:{kind}_{view}", args=[acme_rows[kind].pk])
        assert olgas.post(address).status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND), (kind, view)


def test_pages_of_a_document_and_its_file_are_read_and_written_down(
    acme_rows, let_in, olgas, acme, audited
) -> None:
    row = let_in()
    enter(olgas, acme)
    document = acme_rows["ingestion_document"].pk
    for view, more in (("change", []), ("text", []), ("passages", []), ("history", []), ("file", [1])):
        response = olgas.get(reverse(f"admin:ingestion_document_{view}", args=[document, *more]))
        assert response.status_code == HTTPStatus.OK
        event = audited(acme, "support.opened")[-1]
        assert (event.actor_id, event.object_id) == (row.operator_id, document)
        assert event.detail["page"] == f"ingestion_document_{view}"
    assert (
        "Retry" not in olgas.get(reverse("admin:ingestion_document_change", args=[document])).content.decode()
    )


def test_what_is_refused_is_written_down_as_well(acme_rows, let_in, olgas, acme, audited) -> None:
    let_in(people=False)
    enter(olgas, acme)
    olgas.get(reverse("admin:tenants_membership_changelist") + "?q=bob")
    event = audited(acme, "support.refused")[-1]
    assert (event.detail["page"], event.detail["query"]) == ("tenants_membership_changelist", "q=bob")


def test_nothing_but_the_admin_opens(let_in, olgas, acme, handbook, add_document) -> None:
    version = add_document(handbook).current_version_id
    let_in()
    enter(olgas, acme)
    assert olgas.get(reverse("document-file", args=[version])).status_code == HTTPStatus.NOT_FOUND
    assert olgas.get(reverse("conversation-list")).json().get("items", []) == []


def test_conversations_are_part_of_no_scope() -> None:
    from django.contrib import admin

    assert "chat" not in {model._meta.app_label for model in admin.site._registry}


def test_a_guest_of_acme_sees_nothing_of_globex(let_in, olgas, acme, globex, carol, add_document) -> None:
    from ingestion.models import Collection

    let_in()
    enter(olgas, acme)
    with tenant_scope(globex.id):
        plans = Collection.objects.create(name="Plans")
    document = add_document(plans, "Merger")
    assert "Plans" not in olgas.get(reverse("admin:ingestion_collection_changelist")).content.decode()
    for view in ("text", "passages"):
        address = reverse(f"admin:ingestion_document_{view}", args=[document.pk])
        assert olgas.get(address).status_code == HTTPStatus.NOT_FOUND
    assert enter(olgas, globex).status_code == HTTPStatus.NOT_FOUND


# --- The end


def test_it_ends_by_itself_and_that_is_written_down_once(let_in, olgas, acme, audited) -> None:
    row = let_in()
    enter(olgas, acme)
    assert olgas.get(reverse("admin:ingestion_document_changelist")).status_code == HTTPStatus.OK
    with every_tenant():
        SupportAccess.objects.filter(pk=row.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert olgas.get(reverse("admin:ingestion_document_changelist")).status_code == HTTPStatus.FORBIDDEN
    assert (end_expired(), end_expired()) == (1, 0)
    assert [event.actor_id for event in audited(acme, "support.expired")] == [None]
    assert only().state == "Ended"


def test_it_lasts_as_long_as_was_asked_for(let_in) -> None:
    row = let_in()
    assert row.expires - row.decided == timedelta(hours=2)


def test_the_operator_ends_it_from_the_banner(let_in, olgas, acme, audited) -> None:
    row = let_in()
    enter(olgas, acme)
    assert url("leave", row) in olgas.get("/admin/").content.decode()
    olgas.post(url("leave", row))
    assert olgas.get(reverse("admin:ingestion_document_changelist")).status_code == HTTPStatus.FORBIDDEN
    assert audited(acme)[-1].action == "support.ended"
    assert "You are a guest" not in olgas.get("/admin/").content.decode()


def test_whoever_is_no_operator_any_more_is_let_in_no_more(let_in, operator, olgas, acme) -> None:
    let_in()
    enter(olgas, acme)
    type(operator).objects.filter(pk=operator.pk).update(is_superuser=False)
    assert olgas.get(reverse("admin:ingestion_document_changelist")).status_code == HTTPStatus.FOUND


def test_of_two_decisions_at_the_same_moment_one_counts(let_in, acme, alice) -> None:
    row = let_in()
    with tenant_scope(acme.id):
        with pytest.raises(Refused):
            decline(row, require_member(alice.pk, tenant=acme.pk))
        end(row, actor=alice.pk)
        with pytest.raises(Refused):
            end(row, actor=alice.pk)


def test_carol_sees_nothing_of_acmes_requests(let_in, carol, browser_of) -> None:
    row = let_in()
    carols = browser_of(carol)
    assert "Olga" not in carols.get(reverse("admin:support_supportaccess_changelist")).content.decode()
    assert carols.get(url("change", row), follow=True).content.decode().count("A failing import") == 0
