"""Who enters the admin, and what each role finds there."""

from http import HTTPStatus

import pytest
from django.urls import reverse

from tenants.actions import add_member
from tenants.middleware import CHOSEN_TENANT
from tenants.scoping import tenant_scope

LIST = "admin:{}_changelist"
TENDED = ["ingestion_document", "ingestion_collection", "ingestion_deletionreceipt"]
ADMINISTERED = [
    "tenants_membership",
    "tenants_group",
    "tenants_auditevent",
    "audit_auditchain",
    "assistant_modelendpoint",
    "entrance_invitation",
]
PLATFORM = ["tenants_tenant", "tenants_user"]


def test_stranger_is_sent_to_the_one_sign_in_page(client, db):
    response = client.get("/admin/ingestion/document/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2Fingestion%2Fdocument%2F"


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/ingestion/document/", "/admin/ingestion/document/upload/"]
)
def test_member_is_told_that_the_admin_is_not_for_them(bob, browser_of, address):
    response = browser_of(bob).get(address, follow=True)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "knowledge managers and admins" in response.content.decode()


def test_deactivated_admin_does_not_enter(alice, browser_of):
    client = browser_of(alice)
    alice.is_active = False
    alice.save()
    assert client.get("/admin/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("kind", TENDED)
def test_manager_tends_documents_and_collections(manager, browser_of, kind):
    assert browser_of(manager).get(reverse(LIST.format(kind))).status_code == HTTPStatus.OK


@pytest.mark.parametrize("kind", ADMINISTERED + PLATFORM)
def test_manager_opens_nothing_else(manager, browser_of, kind):
    assert browser_of(manager).get(reverse(LIST.format(kind))).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("kind", TENDED + ADMINISTERED)
def test_admin_opens_everything_of_their_organisation(alice, browser_of, kind):
    assert browser_of(alice).get(reverse(LIST.format(kind))).status_code == HTTPStatus.OK


@pytest.mark.parametrize("kind", PLATFORM)
def test_admin_of_an_organisation_is_no_operator(alice, browser_of, kind):
    assert browser_of(alice).get(reverse(LIST.format(kind))).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("kind", PLATFORM)
def test_operator_opens_the_pages_of_the_platform(operator, acme, browser_of, kind):
    assert browser_of(operator).get(reverse(LIST.format(kind))).status_code == HTTPStatus.OK


@pytest.mark.parametrize("kind", TENDED + ADMINISTERED)
def test_operator_without_any_organisation_opens_none_of_their_pages(operator, browser_of, kind):
    assert browser_of(operator).get(reverse(LIST.format(kind))).status_code == HTTPStatus.FORBIDDEN


def test_operator_without_any_organisation_is_helped_to_start(operator, browser_of):
    page = browser_of(operator).get("/admin/").content.decode()
    assert "Create an organisation" in page


def test_operator_chooses_no_organisation_that_does_not_let_them_in(operator, acme, handbook, browser_of):
    client = browser_of(operator)
    response = client.post(reverse("admin:choose_tenant"), {"tenant": acme.id})
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert CHOSEN_TENANT not in client.session


def test_admin_cannot_choose_another_organisation(alice, globex, browser_of):
    client = browser_of(alice)
    response = client.post(reverse("admin:choose_tenant"), {"tenant": globex.id})
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert CHOSEN_TENANT not in client.session


def test_chooser_is_shown_only_where_there_is_a_choice(alice, operator, globex, browser_of):
    address = reverse("admin:choose_tenant")
    for person in (alice, operator):
        assert address not in browser_of(person).get("/admin/").content.decode()
    add_member(globex, email=alice.email, name="", role="manager")
    assert address in browser_of(alice).get("/admin/").content.decode()


def test_operators_choice_in_the_admin_opens_no_scope_elsewhere(
    operator, acme, browser_of, add_document, handbook
):
    with tenant_scope(acme.id):
        version = add_document(handbook).current_version_id
    response = browser_of(operator).get(reverse("document-file", args=[version]))
    assert response.status_code == HTTPStatus.NOT_FOUND


def test_admin_pages_carry_their_own_policy(alice, browser_of):
    policy = browser_of(alice).get("/admin/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval' 'sha256-" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("app", ["chat"])
def test_conversations_are_nowhere_in_the_admin(operator, acme, browser_of, app):
    from django.contrib import admin

    assert app not in {model._meta.app_label for model in admin.site._registry}


def test_signing_out_of_the_admin_ends_the_session(alice, browser_of):
    client = browser_of(alice)
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == HTTPStatus.FOUND
