"""Signing out at the SAML provider as well, and being signed out from there."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.saml.conftest import deliver
from tests.sso.conftest import begin, query_of
from tests.sso.test_leaving import ended, is_in, way_out  # noqa: F401
from tests.sso.test_sign_in import actions, update

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dana(saml, acme_saml) -> None:
    saml.knows("dana")


def signed_in(saml) -> Client:
    client = Client()
    deliver(client, *saml.answer(begin(client, "dana@acme.example"), "dana"))
    assert is_in(client)
    return client


def followed(url: str, **cookies: str) -> str:
    """Where the provider leads from there."""
    reply = requests.get(url, cookies=cookies, allow_redirects=False, timeout=10)
    assert reply.status_code == 302, reply.text
    return reply.headers["Location"]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_who_signs_out_here_is_signed_out_there(saml, acme_saml):
    client = signed_in(saml)
    assert saml.told()["sessions"] == ["dana"]
    url = way_out(client)
    assert not is_in(client)
    assert url.startswith(f"{saml.issuer}/slo?") and {"SAMLRequest", "Signature"} <= query_of(url).keys()
    back = followed(url, idp="dana")
    assert back.startswith(f"http://testserver/accounts/saml/{acme_saml.pk}/sls/?SAMLResponse=")
    assert saml.told()["sessions"] == []
    reply = client.get(path_of(back))
    assert (reply.status_code, reply.headers["Location"]) == (302, "/accounts/login/")


@pytest.mark.parametrize("fields", [{"single_logout": False}, {"slo_url": ""}, {"active": False}])
def test_else_one_signs_out_here_alone(saml, acme_saml, fields):
    client = signed_in(saml)
    update(acme_saml, **fields)
    assert way_out(client) == ""
    assert not is_in(client)


def asked_there(saml) -> str:
    """The provider's request to end Dana's session, as the browser carries it."""
    return path_of(followed(f"{saml.issuer}/slo?account=dana"))


def test_a_session_that_ends_there_ends_here_with_its_sockets(
    saml,
    acme,
    acme_saml,
    bob,
    browser_of,
    ended,
    django_capture_on_commit_callbacks,
):
    older, client, bobs = signed_in(saml), signed_in(saml), browser_of(bob)
    key = client.session.session_key
    request = asked_there(saml)
    with django_capture_on_commit_callbacks(execute=True):
        reply = Client().get(request)
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith(f"{saml.issuer}/slo?SAMLResponse=")
    assert ended == [key]
    assert not is_in(client) and is_in(older) and is_in(bobs)
    assert "session.ended_by_provider" in actions(acme)
    done = requests.get(reply.headers["Location"], cookies={"idp": "dana"}, timeout=10)
    assert (done.status_code, done.text) == (200, "200")
    assert Client().get(request).status_code == 403


def refused(acme) -> list[str]:
    with tenant_scope(acme.id):
        events = AuditEvent.objects.filter(action="session.end_refused").order_by("created")
        return [event.detail["reason"].removeprefix("saml_sign_out_") for event in events]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda url: re.sub(r"&Signature=[^&]+", "", url), "signature"),
        (lambda url: re.sub(r"&SigAlg=[^&]+", "", url), "signature"),
        (lambda url: url.replace("&Signature=", "&Signature=AAAA"), "signature"),
        (lambda url: re.sub(r"RelayState=[^&]+", "RelayState=else", url), "signature"),
        (lambda url: f"{url}&SAMLRequest=else", "unreadable"),
        (lambda url: f"{url}&SAML%52equest=else", "unreadable"),
        (lambda url: url.partition("?")[0], "unreadable"),
        (lambda url: url.partition("?")[0] + "?SAMLRequest=x&Signature=x&SigAlg=x", "unreadable"),
    ],
)
def test_a_request_that_is_not_the_providers(saml, acme, acme_saml, change, reason):
    client = signed_in(saml)
    assert Client().get(change(asked_there(saml))).status_code == 403
    assert is_in(client)
    assert refused(acme) in ([reason], ["signature"])


def test_a_request_signed_by_somebody_else(saml, acme, another_key):
    saml.start(logout={"key": another_key[0], "cert": another_key[1]})
    client = signed_in(saml)
    assert Client().get(asked_there(saml)).status_code == 403
    assert is_in(client)
    assert refused(acme) == ["signature"]


def test_a_request_of_another_issuer(saml, acme):
    saml.start(logout={"issuer": "https://evil.example"})
    client = signed_in(saml)
    assert Client().get(asked_there(saml)).status_code == 403
    assert is_in(client)
    assert refused(acme) == ["invalid"]


def test_acmes_request_at_globexs_address_ends_nothing(saml, acme, acme_saml, globex, globex_saml):
    client = signed_in(saml)
    request = asked_there(saml).replace(str(acme_saml.pk), str(globex_saml.pk))
    assert Client().get(request).status_code == 403
    assert is_in(client)


def test_an_old_request_ends_nothing(saml, acme, acme_saml, monkeypatch):
    from datetime import timedelta

    from tenants.sso.saml import sign_out

    client = signed_in(saml)
    request = asked_there(saml)
    monkeypatch.setattr(sign_out, "OLDEST", timedelta(0))
    assert Client().get(request).status_code == 403
    assert is_in(client)
    assert refused(acme) == ["expired"]


def test_the_page_of_a_refusal_says_so(saml, acme_saml):
    page = unescape(Client().get(f"/accounts/saml/{acme_saml.pk}/sls/?SAMLRequest=x").content.decode())
    assert "nobody was signed out" in page
