"""The page that asks for the address first, for people, password managers and whoever tries addresses out."""

import re

import pytest
from django.core import mail
from django.test import Client

from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider
from tests.conftest import PASSWORD
from tests.sso.conftest import begin, query_of, refusals

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def page_for(**fields: str) -> str:
    text = Client().post(LOGIN, fields).content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def tag(page: str, name: str) -> str:
    return re.search(rf"<input[^>]*name=\"{name}\"[^>]*>", page)[0]


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def sso_only(acme_id, acme, alice) -> IdentityProvider:
    """Acme's people have no other way in, but for Alice."""
    with tenant_scope(acme.id):
        IdentityProvider.objects.filter(pk=acme_id.pk).update(sso_only=True, break_glass=alice)
    return acme_id


def test_the_address_is_asked_for_first(db) -> None:
    page = Client().get(LOGIN).content.decode()
    assert 'autocomplete="username"' in tag(page, "login")
    assert "autofocus" in tag(page, "login")
    # For password managers alone: seen by nobody and left out by the keyboard.
    for part in ('autocomplete="current-password"', 'tabindex="-1"', 'aria-hidden="true"', "visually-hidden"):
        assert part in tag(page, "password")


def test_an_address_without_a_provider_is_asked_for_a_password(bob) -> None:
    page = page_for(login=bob.email)
    assert f'value="{bob.email}"' in tag(page, "login")
    assert "autofocus" in tag(page, "password")
    assert "autofocus" not in tag(page, "login")
    assert "visually-hidden" not in tag(page, "password")


def test_the_page_does_not_tell_who_has_an_account(bob, globex_id) -> None:
    """Of a domain with a provider all go there, of any other all are asked for a password."""
    known, unknown = page_for(login=bob.email), page_for(login="zed@acme.example")
    assert known.replace("bob@", "zed@") == unknown
    wrong = page_for(login=bob.email, password="wrong"), page_for(login="zed@acme.example", password="wrong")
    assert wrong[0].replace("bob@", "zed@") == wrong[1]
    for email in ("carol@globex.example", "nobody@globex.example"):
        assert query_of(begin(Client(), email))["login_hint"] == email


def test_address_and_password_at_once_sign_in(bob) -> None:
    client = Client()
    reply = client.post(LOGIN, {"login": bob.email, "password": PASSWORD, "next": "/documents/"})
    assert reply.headers["Location"] == "/documents/"
    assert signed_in(client)


def test_in_two_steps_the_way_on_is_kept(bob) -> None:
    client = Client()
    page = client.post(LOGIN, {"login": bob.email, "next": "/documents/"}).content.decode()
    assert 'value="/documents/"' in tag(page, "next")
    reply = client.post(
        LOGIN, {"login": bob.email, "password": PASSWORD, "next": "/documents/", "step": "password"}
    )
    assert reply.headers["Location"] == "/documents/"


@pytest.mark.parametrize("login", ["", "bob", "bob@", "<b>@x"])
def test_what_is_no_address_is_asked_again(db, login) -> None:
    page = page_for(login=login)
    assert "Enter the e-mail address" in page
    assert "<b>@x" not in page


def test_the_second_step_needs_a_password(bob) -> None:
    page = page_for(login=bob.email, password="", step="password")
    assert "This field is required" in page


def test_a_domain_in_other_letters_leads_to_its_provider(acme_id) -> None:
    assert query_of(begin(Client(), " Dana@ACME.example "))["login_hint"] == "dana@acme.example"


def test_a_password_stays_possible_beside_a_provider(acme_id, bob) -> None:
    client = Client()
    page = client.get(f"{LOGIN}?password=1&next=/documents/").content.decode()
    assert "visually-hidden" not in tag(page, "password")
    assert "autofocus" in tag(page, "login")
    client.post(LOGIN, {"login": bob.email, "password": PASSWORD, "step": "password"})
    assert signed_in(client)


def test_a_stale_password_does_not_bar_the_way_to_the_provider(acme_id, bob) -> None:
    page = page_for(login=bob.email, password="stale, and filled in by a password manager")
    assert "Continue with Acme ID" in page
    begin(Client(), bob.email, password="stale", step="provider")


def test_a_provider_that_does_not_answer_is_told_and_written_down(acme_id, acme) -> None:
    with tenant_scope(acme.id):
        IdentityProvider.objects.update(issuer="http://127.0.0.1:9")
    assert "Acme ID cannot be reached" in page_for(login="dana@acme.example")
    assert refusals(acme) == ["provider"]


def test_a_provider_that_has_gone_meanwhile_or_whose_secret_is_lost_is_told(
    oidc, acme_id, acme, settings
) -> None:
    oidc.knows("dana")
    client = Client()
    back = oidc.sign_in(begin(client, "dana@acme.example"), "dana")
    settings.ENCRYPTION_KEY = "another"
    assert "cannot be reached" in page_for(login="dana@acme.example")
    assert client.get(back).status_code == 403
    with tenant_scope(acme.id):
        provider = IdentityProvider.objects.get()
        provider.issuer, provider.secret = "http://127.0.0.1:9", "new"
        provider.save()
    assert client.get(back).status_code == 403
    assert refusals(acme) == ["secret", "secret", "provider"]


def test_where_sign_in_is_the_providers_alone_passwords_are_refused(sso_only, acme, bob) -> None:
    client = Client()
    reply = client.post(LOGIN, {"login": bob.email, "password": PASSWORD})
    assert reply.status_code == 403
    assert "signs in with Acme ID, and no longer with a password" in reply.content.decode()
    assert not signed_in(client)
    assert client.get("/chat/").status_code == 302
    assert refusals(acme) == ["password"]


def test_a_wrong_password_does_not_tell_that_there_is_another_way(sso_only, bob, acme) -> None:
    assert "no longer with a password" not in page_for(login=bob.email, password="wrong")
    assert refusals(acme) == ["wrong password"]


def test_one_admin_keeps_a_password_while_they_are_admin(sso_only, acme, alice, membership_of) -> None:
    client = Client()
    client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    assert signed_in(client)
    membership = membership_of(alice, acme)
    with tenant_scope(acme.id):
        membership.role = "member"
        membership.save()
    client = Client()
    client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    assert not signed_in(client)


def test_others_keep_their_passwords(sso_only, carol, operator) -> None:
    for person in (carol, operator):
        client = Client()
        client.post(LOGIN, {"login": person.email, "password": PASSWORD})
        assert signed_in(client)


def test_a_provider_that_is_off_bars_nobody(sso_only, acme, bob) -> None:
    with tenant_scope(acme.id):
        IdentityProvider.objects.update(active=False)
    client = Client()
    client.post(LOGIN, {"login": bob.email, "password": PASSWORD})
    assert signed_in(client)


def test_no_link_to_a_new_password_where_there_are_none(sso_only, alice, bob) -> None:
    for person in (bob, alice):
        assert Client().post("/accounts/password/reset/", {"email": person.email}).status_code == 302
    to_bob, to_alice = mail.outbox
    assert "password/reset/key" not in to_bob.body
    assert "Your organisation signs in with Acme ID" in to_bob.body
    assert "password/reset/key" in to_alice.body


def test_refusals_name_no_password(sso_only, acme, bob) -> None:
    Client().post(LOGIN, {"login": bob.email, "password": PASSWORD})
    with tenant_scope(acme.id):
        assert PASSWORD not in str(list(AuditEvent.objects.values()))
