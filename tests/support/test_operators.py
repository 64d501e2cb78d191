"""What Olga, who runs the installation, sees of organisations and can do to their people: numbers, and nothing loud."""

import re
from http import HTTPStatus

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client
from django.urls import reverse

from tenants.admin_base import TenantModelAdmin
from tenants.admin_platform import OperatorAdmin
from tenants.middleware import CHOSEN_TENANT
from tenants.models import Group, Membership, Role, User
from tenants.scoping import every_tenant, tenant_scope
from tests.conftest import PASSWORD
from tests.tenants.test_admin_isolation import OWN_VIEWS

SECRETS = ("Acmesecret", "acmesecret", "alice@", "bob@")


@pytest.fixture
def olgas(operator, acme, browser_of) -> Client:
    """Her session names Acme, as an older version, or she herself, may have put it there."""
    client = browser_of(operator)
    session = client.session
    session[CHOSEN_TENANT] = str(acme.pk)
    session.save()
    return client


def says_nothing(response) -> bool:
    return not any(word in response.content.decode() for word in SECRETS)


def test_every_page_of_the_admin_knows_who_it_is_for() -> None:
    for page in admin.site._registry.values():
        assert isinstance(page, TenantModelAdmin | OperatorAdmin), page


@pytest.mark.parametrize("view", ["changelist", "add", "change", "delete", "history"])
def test_an_operator_opens_no_page_of_an_organisation(acme_rows, olgas, view) -> None:
    for kind, row in acme_rows.items():
        pk = [] if view in ("changelist", "add") else [row.pk]
        for method in (olgas.get, olgas.post):
            response = method(reverse(f"admin:{kind}_{view}", args=pk), {"q": "a"})
            assert response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.FOUND)
            assert says_nothing(response)


def test_nor_any_view_beside_them(acme_rows, olgas) -> None:
    for kind, view, method in OWN_VIEWS:
        if (kind, view) == ("sso_emaildomain", "confirm"):
            continue  # an operator's: see tests/sso/test_sso_admin.py
        response = getattr(olgas, method)(reverse(f"admin:{kind}_{view}", args=[acme_rows[kind].pk]))
        assert response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
        assert says_nothing(response)


@pytest.mark.parametrize(
    "address",
    [
        "ingestion_document_upload",
        "ingestion_document_progress",
        "autocomplete",
        "tenants_auditevent_export:csv",
    ],
)
def test_nor_what_has_no_row(acme_rows, olgas, address) -> None:
    name, _, kind = address.partition(":")
    query = {"app_label": "ingestion", "model_name": "document", "field_name": "collection", "ids": "x"}
    response = olgas.get(reverse(f"admin:{name}", args=[kind] if kind else []), query)
    assert response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def test_the_overview_tells_numbers_and_codes(acme_rows, olgas, handbook, add_document) -> None:
    document = add_document(handbook, "Acmesecret broken", status="failed", error_code="encrypted")
    response = olgas.get("/admin/")
    page = response.content.decode()
    assert says_nothing(response) and document.name not in page
    assert "1 encrypted" in page and "200" in page  # bytes
    assert "hidden from you" in page


def test_the_organisations_page_shows_its_domains_and_no_more(acme_rows, olgas, acme) -> None:
    page = olgas.get(reverse("admin:tenants_tenant_change", args=[acme.pk])).content.decode()
    assert "acmesecret.example" in page  # the operator confirms whose a domain is
    assert "Acmesecret" not in page and "alice@" not in page


# --- Accounts


def test_accounts_of_people_are_found_by_their_whole_address_alone(bob, olgas, operator) -> None:
    address = reverse("admin:tenants_user_changelist")
    for query in ("", "?q=acme", "?q=Berg", "?q=bob", "?q=@acme.example", "?is_active__exact=1"):
        assert str(bob.pk) not in olgas.get(address + query).content.decode()
    assert operator.email in olgas.get(address).content.decode()
    assert str(bob.pk) in olgas.get(f"{address}?q=Bob@acme.example").content.decode()


def test_an_operator_cannot_become_one_of_an_organisations_people(olgas, alice, operator, letters) -> None:
    """Neither a password, nor an address, nor a membership."""
    address = reverse("admin:tenants_user_change", args=[alice.pk])
    taken = {
        "email": "olga2@platform.example",
        "name": "Olga",
        "new_password": "mauve-elephant-42",
        "is_active": "on",
    }
    olgas.post(address, taken)
    alice.refresh_from_db()
    assert (alice.email, alice.name) == ("alice@acme.example", "Alice Arnold")
    assert alice.check_password(PASSWORD)
    olgas.post(
        reverse("admin:tenants_membership_add"), {"email": operator.email, "name": "O", "role": "admin"}
    )
    olgas.post(reverse("admin:entrance_invitation_add"), {"addresses": "x@y.example", "role": "admin"})
    olgas.post(reverse("admin:scim_scimtoken_add"), {"name": "mine"})
    with every_tenant():
        assert Membership.objects.count() == 1


@pytest.mark.parametrize("view", ["password", "sign_out", "reset_factors"])
def test_nor_act_on_a_member(olgas, alice, acme, membership_of, view) -> None:
    address = reverse(f"admin:tenants_membership_{view}", args=[membership_of(alice, acme).pk])
    assert olgas.post(address).status_code == HTTPStatus.FORBIDDEN
    assert alice.check_password(PASSWORD)


def test_switching_an_account_off_is_told_to_all_whom_it_concerns(
    olgas, alice, bob, acme, audited, letters
) -> None:
    with letters(execute=True):
        olgas.post(reverse("admin:tenants_user_change", args=[bob.pk]), {})
    bob.refresh_from_db()
    assert not bob.is_active
    assert sorted(letter.to[0] for letter in mail.outbox) == [alice.email, bob.email]
    assert "Olga Operator" in mail.outbox[0].body
    assert audited(acme, "account.changed")[0].detail["after"] == {"is_active": False}


def test_taking_second_factors_off_is_told_too(olgas, alice, bob, acme, audited, letters) -> None:
    with letters(execute=True):
        olgas.post(reverse("admin:tenants_user_factors", args=[bob.pk]))
    assert sorted(letter.to[0] for letter in mail.outbox) == [alice.email, bob.email]
    assert len(audited(acme, "account.second_factor_reset")) == 1


@pytest.mark.parametrize("who", ["alice", "carol", "bob"])
def test_nobody_else_takes_them_off_there(request, who, bob, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))
    assert client.post(reverse("admin:tenants_user_factors", args=[bob.pk])).status_code in (302, 404)


def test_an_operator_who_is_an_admin_too_has_no_more_rights_there(
    acme, globex, operator, carol, browser_of
) -> None:
    """Such as adding an account of another organisation without asking the person."""
    with tenant_scope(acme.id):
        Membership.objects.create(user=operator, role=Role.ADMIN)
    client = browser_of(operator)
    page = client.post(
        reverse("admin:tenants_membership_add"), {"email": carol.email, "name": "Carol", "role": "member"}
    )
    assert "cannot be added here" in page.content.decode()
    assert client.get(reverse("admin:tenants_group_changelist")).status_code == HTTPStatus.OK
    with tenant_scope(globex.id):
        group = Group.objects.create(name="Board")
    assert client.get(reverse("admin:tenants_group_change", args=[group.pk])).status_code == HTTPStatus.FOUND


# --- A new organisation, and one without an admin


def invitation_in(response) -> str:
    [link] = re.findall(r"/accounts/invitation/[^/\s]+/", response.content.decode())
    return link


def test_a_new_organisation_comes_with_an_invitation_of_its_admin(operator, browser_of) -> None:
    data = {"name": "Initech", "admin_email": "ivy@initech.example"}
    response = browser_of(operator).post(reverse("admin:tenants_tenant_add"), data)
    Client().post(invitation_in(response), {"name": "Ivy", "password": "a quiet green lamp"})
    with every_tenant():
        row = Membership.objects.get(tenant__name="Initech")
    assert (row.user.email, row.role) == ("ivy@initech.example", Role.ADMIN)


def test_while_there_is_an_admin_an_operator_invites_nobody(olgas, alice, acme) -> None:
    address = reverse("admin:tenants_tenant_admin", args=[acme.pk])
    page = olgas.post(address, {"admin_email": "olga2@platform.example"}, follow=True).content.decode()
    assert "Only they can let somebody in" in page
    assert "/accounts/invitation/" not in page


def test_without_one_an_operator_may_and_the_former_admins_are_told(
    olgas, alice, acme, audited, letters
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    address = reverse("admin:tenants_tenant_admin", args=[acme.pk])
    with letters(execute=True):
        olgas.post(address, {"admin_email": "ann@acme.example"})
        olgas.post(address, {"admin_email": "ann@acme.example"})  # the link was lost
    told = [letter for letter in mail.outbox if letter.to == [alice.email]]
    assert len(told) == 2 and "ann@acme.example" in told[0].body
    assert [event.action for event in audited(acme, "invitation")] == [
        "invitation.sent",
        "invitation.sent_again",
    ]


@pytest.mark.parametrize("who", ["alice", "carol"])
def test_admins_of_organisations_invite_no_first_admins(request, who, acme, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))
    response = client.post(
        reverse("admin:tenants_tenant_admin", args=[acme.pk]), {"admin_email": "x@y.example"}
    )
    assert response.status_code == HTTPStatus.NOT_FOUND
