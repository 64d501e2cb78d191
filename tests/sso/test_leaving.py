"""Signing out at the OpenID Connect provider as well, and being signed out from there."""

import re
import time
from collections.abc import Iterator
from html import unescape

import pytest
import requests
from allauth.usersessions.models import UserSession
from django.test import Client

from tenants.entrance.sessions import sessions_ended
from tenants.models import AuditEvent, Role
from tenants.scoping import tenant_scope
from tests.sso.conftest import begin, query_of
from tests.sso.test_sign_in import actions, update

pytestmark = pytest.mark.django_db
EVENT = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture(autouse=True)
def dana(oidc, acme_id) -> None:
    oidc.knows("dana")


@pytest.fixture
def ended() -> Iterator[list[str]]:
    """The sessions whose sockets are told to close."""
    keys: list[str] = []

    def note(sender, keys: list[str], found=keys, **kwargs) -> None:
        found.extend(keys)

    sessions_ended.connect(note)
    yield keys
    sessions_ended.disconnect(note)


def signed_in(oidc, browser: requests.Session | None = None) -> Client:
    client = Client()
    client.get(oidc.sign_in(begin(client, "dana@acme.example"), "dana", browser))
    assert client.get("/chat/").status_code == 200
    return client


def is_in(client: Client) -> bool:
    return client.get("/chat/").status_code == 200


def way_out(client: Client, path: str = "/accounts/logout/") -> str:
    page = client.post(path).content.decode()
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_who_signs_out_here_is_signed_out_there(oidc, acme_id, path):
    update(acme_id, default_role=Role.ADMIN)  # so that the admin's own way out is open as well
    browser = requests.Session()
    client = signed_in(oidc, browser)
    url = way_out(client, path)
    assert not is_in(client)
    assert url.startswith(f"{oidc.issuer}/session/end?")
    assert query_of(url).keys() == {"client_id", "post_logout_redirect_uri", "id_token_hint"}
    assert oidc.sign_out(url, browser) == "http://testserver/accounts/login/"
    page = browser.get(begin(Client(), "dana@acme.example"), timeout=10)
    assert '<input name="login"' in page.text


def test_the_id_token_is_kept_encrypted(oidc):
    client = signed_in(oidc)
    kept = client.session["at_provider"]["id_token"]
    assert kept and not kept.startswith("ey")
    assert "id_token" not in str(UserSession.objects.get(user__email="dana@acme.example").data)


@pytest.mark.parametrize("wish", ["not wished", "not offered", "not reachable"])
def test_else_one_signs_out_here_alone(oidc, acme_id, wish):
    client = signed_in(oidc)
    if wish == "not wished":
        update(acme_id, single_logout=False)
    else:
        from django.core.cache import cache

        cache.clear()
        oidc.start(
            discovery={"end_session_endpoint": None}
            if wish == "not offered"
            else {"issuer": "https://x.example"}
        )
    assert way_out(client) == ""
    assert not is_in(client)


def test_a_sign_out_by_password_leads_nowhere_else(acme_id, bob, browser_of):
    assert way_out(browser_of(bob)) == ""


def logout(provider, token: str):
    return Client().post(f"/accounts/oidc/{provider.pk}/backchannel-logout/", {"logout_token": token})


def test_a_session_that_ends_there_ends_here_with_its_sockets_and_no_other(
    oidc, acme, acme_id, ended, django_capture_on_commit_callbacks
):
    here, there = requests.Session(), requests.Session()
    client, other = signed_in(oidc, here), signed_in(oidc, there)
    key = client.session.session_key
    oidc.sign_out(
        f"{oidc.issuer}/session/end?client_id=acme&post_logout_redirect_uri=http://testserver/accounts/login/",
        here,
    )
    (token,) = oidc.told("received")
    with django_capture_on_commit_callbacks(execute=True):
        reply = logout(acme_id, token)
    assert (reply.status_code, "no-store" in reply.headers["Cache-Control"]) == (200, True)
    assert ended == [key]
    assert not is_in(client) and is_in(other)
    assert "session.ended_by_provider" in actions(acme)
    assert logout(acme_id, token).status_code == 400


def test_a_token_without_a_session_ends_all_of_the_person(oidc, acme_id, bob, browser_of):
    clients = [signed_in(oidc), signed_in(oidc)]
    bobs = browser_of(bob)
    token = oidc.signs({"aud": "acme", "sub": "dana", "jti": "1", "events": EVENT})
    assert logout(acme_id, token).status_code == 200
    assert not any(map(is_in, clients))
    assert is_in(bobs)


GOOD = {"aud": "acme", "sub": "dana", "jti": "1", "events": EVENT}


@pytest.mark.parametrize(
    ("claims", "key", "reason"),
    [
        ({}, "another", "signature"),
        ({}, "client_secret", "signature"),
        ({"iss": "https://evil.example"}, "", "issuer"),
        ({"aud": "globex"}, "", "audience"),
        ({"events": None}, "", "signature"),
        ({"events": {"http://schemas.openid.net/event/else": {}}}, "", "event"),
        ({"nonce": "x"}, "", "nonce"),
        ({"jti": None}, "", "signature"),
        ({"sub": None}, "", "subject"),
        ({"sub": ["dana"]}, "", "signature"),
        ({"iat": 1_000_000_000}, "", "expired"),
        ({"exp": 1_000_000_000}, "", "expired"),
    ],
)
def test_a_logout_token_that_is_none(oidc, acme, acme_id, claims, key, reason):
    client = signed_in(oidc)
    said = {name: value for name, value in (GOOD | claims).items() if value is not None}
    assert logout(acme_id, oidc.signs(said, key)).status_code == 400
    assert is_in(client)
    with tenant_scope(acme.id):
        event = AuditEvent.objects.get(action="session.end_refused")
    assert event.detail["reason"] == f"logout_token_{reason}"


def test_an_id_token_and_nonsense_end_nothing(oidc, acme_id):
    client = signed_in(oidc)
    now = int(time.time())
    id_token = oidc.signs({"aud": "acme", "sub": "dana", "exp": now + 60, "nonce": "x"})
    for token in (id_token, "", "x", "a.b.c", "x" * 20_000):
        assert logout(acme_id, token).status_code == 400
    assert Client().get(f"/accounts/oidc/{acme_id.pk}/backchannel-logout/").status_code == 405
    assert is_in(client)


def test_globexs_provider_ends_no_session_of_acme(oidc, acme_id, globex_id):
    client = signed_in(oidc)
    token = oidc.signs(GOOD | {"aud": "globex"})
    assert logout(globex_id, token).status_code == 200
    assert logout(acme_id, oidc.signs(GOOD | {"aud": "globex"})).status_code == 400
    assert is_in(client)


def test_strangers_fill_no_audit_trail(oidc, acme, acme_id):
    for _ in range(30):
        assert logout(acme_id, "x").status_code == 400
        assert Client().get(f"/accounts/oidc/{acme_id.pk}/login/callback/?code=a&state=b").status_code == 403
    with tenant_scope(acme.id):
        written = AuditEvent.objects.filter(action__in=["session.end_refused", "sign_in.refused"])
        assert written.count() == 20
        assert written.order_by("created").last().detail["reason"] == "too_many"
    assert is_in(signed_in(oidc))
