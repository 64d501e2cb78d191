"""Admins set up their provider; the operator confirms whose a domain is."""

from http import HTTPStatus

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from tenants.models import AuditEvent, Role
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider
from tenants.sso.providers import provider_for
from tests.sso.conftest import SECRET

pytestmark = pytest.mark.django_db
ADD = "admin:sso_identityprovider_add"
CHANGE = "admin:sso_identityprovider_change"


def fields(**more: object) -> dict[str, object]:
    usual = {
        "name": "Acme ID", "kind": "okta", "issuer": "https://acme.okta.example", "client_id": "abc",
        "new_secret": SECRET, "joining": "just_in_time", "default_role": "member",
    }  # fmt: skip
    return usual | more


def only() -> IdentityProvider:
    with every_tenant():
        return IdentityProvider.objects.get()


def test_an_admin_sets_up_a_provider_whose_secret_is_never_shown(acme, alice, browser_of) -> None:
    client = browser_of(alice)
    reply = client.post(reverse(ADD), fields(active="on"), follow=True)
    provider = only()
    assert (provider.tenant_id, provider.secret, provider.groups_claim) == (acme.id, SECRET, "groups")
    page = reply.content.decode()
    assert f"http://testserver/accounts/oidc/{provider.pk}/login/callback/" in page
    assert SECRET not in page and provider.encrypted_secret not in page
    with tenant_scope(acme.id):
        assert SECRET not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("who", ["manager", "bob"])
def test_others_do_not(request, alice, browser_of, who) -> None:
    browser_of(request.getfixturevalue(who)).post(reverse(ADD), fields())
    with every_tenant():
        assert not IdentityProvider.objects.exists()


def test_a_secret_does_not_follow_a_changed_issuer(acme_id, alice, browser_of) -> None:
    """Whoever changes the address alone could have the secret sent to themselves."""
    client = browser_of(alice)
    address = reverse(CHANGE, args=[acme_id.pk])
    page = client.post(address, fields(new_secret="", issuer="https://evil.example")).content.decode()
    assert "The issuer has changed" in page
    assert only().issuer == acme_id.issuer


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "file:///etc/passwd", "https://u:p@id.example", "acme"]
)
def test_odd_issuers_are_refused(alice, browser_of, issuer) -> None:
    assert browser_of(alice).post(reverse(ADD), fields(issuer=issuer)).status_code == HTTPStatus.OK
    with every_tenant():
        assert not IdentityProvider.objects.exists()


def test_a_pasted_discovery_address_is_cut_to_the_issuer(alice, browser_of) -> None:
    url = "https://id.example/realms/a/.well-known/openid-configuration"
    browser_of(alice).post(reverse(ADD), fields(issuer=url))
    assert only().issuer == "https://id.example/realms/a"


def sso_only(client, provider: IdentityProvider, **more: object) -> str:
    data = fields(name="Acme ID", issuer=provider.issuer, active="on", sso_only="on") | more
    return client.post(reverse(CHANGE, args=[provider.pk]), data).content.decode()


def test_passwords_are_switched_off_only_with_an_admin_who_keeps_one(
    acme_id, acme, alice, bob, carol, browser_of
) -> None:
    client = browser_of(alice)
    assert "Choose an admin who keeps a password" in sso_only(client, acme_id)
    assert "Only an admin" in sso_only(client, acme_id, break_glass=bob.pk)
    assert "not one of the available choices" in sso_only(client, acme_id, break_glass=carol.pk)
    assert not only().sso_only
    sso_only(client, acme_id, break_glass=alice.pk)
    assert only().sso_only


def test_sessions_by_password_end_with_passwords_but_the_break_glass_admins(
    oidc, acme_id, acme, alice, bob, carol, operator, browser_of, come_back
) -> None:
    from django.test import Client

    oidc.knows("dana")
    by_provider, by_password = (
        Client(),
        {person: browser_of(person) for person in (alice, bob, carol, operator)},
    )
    come_back("dana", client=by_provider)
    for client in (by_provider, *by_password.values()):
        client.get("/accounts/sessions/")
    sso_only(by_password[alice], acme_id, break_glass=alice.pk)
    assert only().sso_only
    inside = {
        person
        for person, client in by_password.items()
        if client.get("/accounts/sessions/").status_code == HTTPStatus.OK
    }
    assert inside == {alice, carol, operator}
    assert by_provider.get("/chat/").status_code == HTTPStatus.OK
    with tenant_scope(acme.id):
        assert AuditEvent.objects.get(action="session.ended_by_rule").detail["people"] == [str(bob)]


def test_passwords_are_not_switched_off_before_a_domain_is_confirmed(
    acme_id, acme, alice, browser_of
) -> None:
    with tenant_scope(acme.id):
        EmailDomain.objects.update(verified_at=None)
    assert "have an e-mail domain confirmed" in sso_only(browser_of(alice), acme_id, break_glass=alice.pk)


def test_the_test_button_says_that_all_is_well_or_what_is_not(oidc, acme_id, alice, browser_of) -> None:
    client = browser_of(alice)
    address = reverse("admin:sso_identityprovider_test", args=[acme_id.pk])
    assert "answers as it should" in client.post(address, follow=True).content.decode()
    oidc.start(discovery={"issuer": "https://else.example"})
    assert "calls itself https://else.example" in client.post(address, follow=True).content.decode()
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_the_test_button_reaches_no_private_network(oidc, acme_id, alice, browser_of, settings) -> None:
    settings.SSO_ALLOWED_NETWORKS = []
    address = reverse("admin:sso_identityprovider_test", args=[acme_id.pk])
    assert (
        "Only addresses that begin with https"
        in browser_of(alice).post(address, follow=True).content.decode()
    )


@pytest.fixture
def domain(acme, alice) -> EmailDomain:
    with tenant_scope(acme.id):
        row: EmailDomain = EmailDomain.objects.create(domain="acme.example")
    return row


def confirmed(domain: EmailDomain) -> bool:
    with every_tenant():
        return EmailDomain.objects.get(pk=domain.pk).verified_at is not None


def test_an_admin_enters_a_domain_and_the_operator_confirms_it(acme, alice, operator, browser_of) -> None:
    browser_of(alice).post(reverse("admin:sso_emaildomain_add"), {"domain": " Acme.Example "})
    with tenant_scope(acme.id):
        domain = EmailDomain.objects.get()
        IdentityProvider.objects.create(name="A", issuer="https://a.example", client_id="a", active=True)
    assert (domain.domain, domain.verified_at) == ("acme.example", None)
    assert provider_for("x@acme.example") is None
    address = reverse("admin:sso_emaildomain_confirm", args=[domain.pk])
    assert browser_of(alice).post(address).status_code == HTTPStatus.NOT_FOUND
    assert not confirmed(domain)
    browser_of(operator).post(address)
    assert confirmed(domain)
    assert provider_for("x@acme.example").tenant_id == acme.id
    with tenant_scope(acme.id):
        assert AuditEvent.objects.filter(action="email_domain.confirmed", actor=operator).exists()


def test_a_domain_cannot_be_changed_once_it_is_there(domain, alice, browser_of) -> None:
    browser_of(alice).post(
        reverse("admin:sso_emaildomain_change", args=[domain.pk]), {"domain": "globex.example"}
    )
    with every_tenant():
        assert EmailDomain.objects.get().domain == "acme.example"


def test_a_domain_is_confirmed_for_one_organisation_at_most(domain, globex, operator, browser_of) -> None:
    with tenant_scope(globex.id):
        EmailDomain.objects.create(domain="acme.example", verified_at=timezone.now())
    page = (
        browser_of(operator)
        .post(reverse("admin:sso_emaildomain_confirm", args=[domain.pk]), follow=True)
        .content.decode()
    )
    assert "confirmed for another organisation" in page
    assert not confirmed(domain)
    with every_tenant(), pytest.raises(IntegrityError):
        EmailDomain.objects.filter(pk=domain.pk).update(verified_at=timezone.now())


def test_roles_of_new_members_may_be_chosen(acme, alice, browser_of) -> None:
    browser_of(alice).post(reverse(ADD), fields(default_role="manager"))
    assert only().default_role == Role.MANAGER
