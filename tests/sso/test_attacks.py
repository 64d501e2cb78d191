"""What somebody may try against the sign-in by a provider. All of it is refused, and written down."""

import pytest
from django.test import Client

from tenants.actions import add_member
from tenants.models import Membership, Role, User
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider
from tests.sso.conftest import begin, query_of, refusals

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dana(oidc, acme_id) -> None:
    oidc.knows("dana")


def nobody_came_in(client: Client) -> bool:
    return (
        "_auth_user_id" not in client.session and not User.objects.filter(email="dana@acme.example").exists()
    )


@pytest.mark.parametrize("state", ["", "&state=", "&state=wrong"])
def test_missing_or_wrong_state(acme_id, acme, state):
    client = Client()
    begin(client, "dana@acme.example")
    reply = client.get(f"/accounts/oidc/{acme_id.pk}/login/callback/?code=abc{state}")
    assert reply.status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["state"]


def test_the_state_of_another_browser(oidc, acme_id, acme):
    """Login CSRF: a victim is to be signed in as the attacker."""
    attacker, victim = Client(), Client()
    back = oidc.sign_in(begin(attacker, "dana@acme.example"), "dana")
    assert victim.get(back).status_code == 403
    assert nobody_came_in(victim)
    assert refusals(acme) == ["state"]


def test_a_used_callback_is_used_up(oidc, acme_id, acme):
    client = Client()
    back = oidc.sign_in(begin(client, "dana@acme.example"), "dana")
    assert client.get(back).status_code == 302
    client.logout()
    assert client.get(back).status_code == 403
    assert refusals(acme) == ["state"]


def test_a_stolen_code_is_worth_nothing_without_the_verifier(oidc, acme_id, acme):
    """PKCE: the attacker puts a victim's code into a sign-in of their own."""
    victim, attacker = Client(), Client()
    stolen = query_of(oidc.sign_in(begin(victim, "dana@acme.example"), "dana"))
    own = query_of(begin(attacker, "mallory@acme.example"))["state"]
    reply = attacker.get(
        f"/accounts/oidc/{acme_id.pk}/login/callback/",
        {"code": stolen["code"], "state": own, "iss": oidc.issuer},
    )
    assert reply.status_code == 403
    assert nobody_came_in(attacker)
    assert refusals(acme) == ["provider"]


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        ({"claims": {"nonce": "of another sign-in"}}, "id_token_nonce"),
        ({"claims": {"nonce": None}}, "id_token_nonce"),
        ({"claims": {"iss": "https://evil.example"}}, "id_token_issuer"),
        ({"claims": {"aud": "globex"}}, "id_token_audience"),
        ({"claims": {"aud": ["acme", "globex"], "azp": "globex"}}, "id_token_audience"),
        ({"claims": {"exp": 1_000_000_000}}, "id_token_expired"),
        ({"key": "another"}, "id_token_signature"),
        ({"key": "client_secret"}, "id_token_signature"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in(oidc, acme, come_back, tamper, reason):
    oidc.start(tamper=tamper)
    client = Client()
    assert come_back("dana", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == [reason]


def test_a_client_that_does_not_know_its_secret(oidc, acme_id, acme, come_back):
    """The tests' provider asks for it, so that the other tests prove that it is sent."""
    with tenant_scope(acme.id):
        acme_id.secret = "another"
        acme_id.save()
    client = Client()
    assert come_back("dana", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["provider"]


def test_userinfo_of_another_person(oidc, acme, come_back):
    oidc.start(userinfo={"sub": "alice", "email": "alice@acme.example"})
    assert come_back("dana").status_code == 403
    assert refusals(acme) == ["userinfo_subject"]


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
def test_an_answer_of_another_issuer(oidc, acme_id, acme, iss):
    """Mix-up, RFC 9207."""
    client = Client()
    back = query_of(oidc.sign_in(begin(client, "dana@acme.example"), "dana"))
    reply = client.get(f"/accounts/oidc/{acme_id.pk}/login/callback/", back | {"iss": iss})
    assert reply.status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["mix_up"]


def test_the_answer_of_one_provider_at_the_callback_of_another(oidc, acme, globex, globex_id, carol):
    """Mix-up between organisations: Acme's code and state are taken to Globex."""
    client = Client()
    back = query_of(oidc.sign_in(begin(client, "dana@acme.example"), "dana"))
    assert client.get(f"/accounts/oidc/{globex_id.pk}/login/callback/", back).status_code == 403
    assert nobody_came_in(client)
    assert refusals(globex) == ["state"]


@pytest.mark.parametrize("verified", [False, None, "false", 0, 1])
def test_an_unverified_address_takes_no_account_over(oidc, acme, bob, come_back, verified):
    oidc.knows("mallory", email="bob@acme.example", email_verified=verified)
    client = Client()
    assert come_back("mallory", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["email_not_verified"]


def test_trusted_addresses_need_no_word_but_a_no_is_a_no(oidc, acme_id, acme, bob, come_back):
    with tenant_scope(acme.id):
        IdentityProvider.objects.filter(pk=acme_id.pk).update(trust_email=True)
    oidc.knows("bob", email_verified=None)
    assert come_back("bob").status_code == 302
    oidc.knows("dana", email_verified=False)
    assert come_back("dana").status_code == 403


@pytest.mark.parametrize(
    "email",
    ["carol@globex.example", "x@gmail.example", "x@sub.acme.example", "", "dana@acme.example@evil.example"],
)
def test_addresses_of_other_domains(oidc, acme, globex_id, carol, come_back, email):
    oidc.knows("mallory", email=email)
    client = Client()
    assert come_back("mallory", email="dana@acme.example", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme)[0] in ("foreign_domain", "no_email")


def test_globexs_provider_lets_nobody_into_acme(oidc, acme, globex, globex_id, bob, alice, come_back):
    """Globex's admin owns its provider, and has it say that somebody is Alice."""
    oidc.knows("alice")
    client = Client()
    assert come_back("alice", email="carol@globex.example", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(globex) == ["foreign_domain"]


def test_an_account_of_another_organisation_is_not_taken_over(oidc, acme, globex, come_back):
    """An address at Acme's domain whose account Globex tends."""
    eve = add_member(globex, email="eve@acme.example", name="Eve", role=Role.MEMBER)
    oidc.knows("eve")
    reply = come_back("eve")
    assert reply.status_code == 403
    assert "Globex" not in reply.content.decode()
    assert refusals(acme) == ["account_elsewhere"]
    with every_tenant():
        assert Membership.objects.filter(user=eve).count() == 1


def test_an_operators_account_is_not_taken_over(oidc, acme, come_back):
    User.objects.create_superuser("root@acme.example", "password", name="Root")
    oidc.knows("root")
    assert come_back("root").status_code == 403
    assert refusals(acme) == ["account_elsewhere"]


def test_an_account_that_another_organisation_has_taken_in_since_is_left_alone(
    oidc, acme, globex, bob, come_back
):
    oidc.knows("bob")
    assert come_back("bob").status_code == 302
    add_member(globex, email=bob.email, name="Bob", role=Role.MEMBER)
    assert come_back("bob").status_code == 403
    assert refusals(acme) == ["account_elsewhere"]


def test_an_unconfirmed_domain_leads_nobody_and_lets_nobody_in(oidc, acme, globex, globex_id, come_back):
    """Globex's admin enters a domain that Acme has not claimed."""
    with tenant_scope(globex.id):
        EmailDomain.objects.create(domain="else.example")
    page = Client().post("/accounts/login/", {"login": "x@else.example"}).content.decode()
    assert "http-equiv" not in page and 'name="password"' in page
    oidc.knows("mallory", email="x@else.example")
    assert come_back("mallory", email="carol@globex.example").status_code == 403
    assert refusals(globex) == ["foreign_domain"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_next_leads_nowhere_else(oidc, come_back, elsewhere):
    assert come_back("dana", next=elsewhere).headers["Location"] == "/chat/"


def test_next_leads_within_the_installation(oidc, come_back):
    assert come_back("dana", next="/documents/").headers["Location"] == "/documents/"


def test_a_personal_google_account_is_none_of_the_organisations(oidc, acme_id, acme, come_back):
    with tenant_scope(acme.id):
        IdentityProvider.objects.filter(pk=acme_id.pk).update(kind="google")
    assert come_back("dana").status_code == 403
    assert refusals(acme) == ["personal_account"]
    oidc.knows("dana", hd="acme.example")
    oidc.start(claimsInIdToken=True)
    assert come_back("dana").status_code == 302


def test_a_signed_in_person_is_not_joined_to_a_providers_account(
    oidc, acme, globex, carol, come_back, browser_of
):
    """`process=connect` would tie Dana's account at the provider to Carol."""
    from allauth.socialaccount.models import SocialAccount

    client = Client()
    address = begin(client, "dana@acme.example", process="connect")
    client.force_login(carol, backend="django.contrib.auth.backends.ModelBackend")
    client.get(oidc.sign_in(address, "dana"))
    assert not SocialAccount.objects.filter(user=carol).exists()


def test_a_provider_that_is_off_or_unknown_does_not_exist(oidc, acme_id, acme):
    with tenant_scope(acme.id):
        IdentityProvider.objects.filter(pk=acme_id.pk).update(active=False)
    for pk in (acme_id.pk, "0192f0c1-2b3c-7def-8000-000000000000", "x", "openid_connect"):
        assert Client().get(f"/accounts/oidc/{pk}/login/callback/?code=a&state=b").status_code == 404


def test_the_session_is_a_new_one_after_the_sign_in(oidc, acme_id):
    """Session fixation."""
    client = Client()
    back = oidc.sign_in(begin(client, "dana@acme.example"), "dana")
    before = client.session.session_key
    client.get(back)
    assert client.session.session_key != before


def test_the_old_password_of_an_account_that_nobody_owned_opens_nothing(
    oidc, acme_id, acme, globex, come_back
):
    """Somebody of the organisation that the person has left may know it."""
    user = add_member(
        globex, email="dana@acme.example", name="Dana", role=Role.MEMBER, password="known to Globex"
    )
    with tenant_scope(globex.id):
        Membership.objects.get(user=user).delete()
    old = Client()
    old.force_login(user)
    assert come_back("dana").status_code == 302
    user.refresh_from_db()
    assert not user.check_password("known to Globex")
    assert "_auth_user_id" not in old.session or old.get("/chat/").status_code == 302
