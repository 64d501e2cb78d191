"""A token opens one organisation, until it is revoked; an admin makes it and sees it once."""

import logging
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from tenants.scim.bearer import WRONG_A_MINUTE
from tenants.scim.models import ScimToken
from tenants.scim.tokens import hash_of
from tenants.scoping import tenant_scope
from tests.scim.conftest import Provider

ADD = "admin:scim_scimtoken_add"


def made_in_admin(client: Client, name: str) -> str:
    response = client.post(reverse(ADD), {"name": name})
    assert "no-store" in response.headers["Cache-Control"]
    token = response.context["token"]
    assert token in response.content.decode()
    return token


def row_of(tenant, name: str) -> ScimToken:
    with tenant_scope(tenant.id):
        return ScimToken.objects.get(name=name)


def test_token_is_shown_once_and_kept_as_a_hash(acme, alice, browser_of, events_of) -> None:
    alices = browser_of(alice)
    token = made_in_admin(alices, "Okta")
    row = row_of(acme, "Okta")
    assert (row.hash, row.created_by, row.last_used) == (hash_of(token), alice, None)
    for page in (
        reverse("admin:scim_scimtoken_changelist"),
        reverse("admin:scim_scimtoken_change", args=[row.pk]),
    ):
        body = alices.get(page).content.decode()
        assert "Okta" in body
        assert token not in body and row.hash not in body
    assert Provider(token).get("Users").status_code == HTTPStatus.OK
    assert row_of(acme, "Okta").last_used is not None
    [event] = events_of(acme, "scim_token.made")
    assert event.actor == alice and token not in str(event.detail)


def test_tokens_are_rotated_without_a_gap(acme, alice, browser_of, events_of) -> None:
    alices = browser_of(alice)
    old, new = (Provider(made_in_admin(alices, name)) for name in ("2026", "2027"))
    assert (old.get("Users").status_code, new.get("Users").status_code) == (HTTPStatus.OK, HTTPStatus.OK)
    revoke = reverse("admin:scim_scimtoken_revoke", args=[row_of(acme, "2026").pk])
    assert alices.get(revoke).status_code == HTTPStatus.NOT_FOUND
    alices.post(revoke)
    refused = old.get("Users")
    assert refused.status_code == HTTPStatus.UNAUTHORIZED
    assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert refused.json()["status"] == "401"
    assert refused["WWW-Authenticate"].startswith("Bearer")
    assert new.get("Users").status_code == HTTPStatus.OK
    assert events_of(acme, "scim_token.revoked")[0].actor == alice
    assert events_of(acme, "scim_token.refused")[0].detail["name"] == "2026"


@pytest.mark.parametrize("who", ["manager", "bob", "carol"])
def test_outsiders_make_and_revoke_no_tokens(who, request, provider, acme, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))
    row = row_of(acme, "Entra ID")
    client.post(reverse(ADD), {"name": "Mine"})
    client.post(reverse("admin:scim_scimtoken_revoke", args=[row.pk]))
    client.post(reverse("admin:scim_scimtoken_delete", args=[row.pk]), {"post": "yes"})
    with tenant_scope(acme.id):
        assert list(ScimToken.objects.values_list("name", "revoked")) == [("Entra ID", None)]
    assert provider.get("Users").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer scim_guess", "Basic {token}", "Bearer {hash}", "bearer \x7f"]
)
def test_a_wrong_token_opens_nothing(provider, given) -> None:
    value = given.format(token=provider.token, hash=hash_of(provider.token))
    answer = Client().get("/scim/v2/Users", headers={"Authorization": value})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer["Content-Type"] == "application/scim+json"


def test_a_session_is_no_token(alice, browser_of) -> None:
    assert browser_of(alice).get("/scim/v2/Users").status_code == HTTPStatus.UNAUTHORIZED


def test_someone_elses_session_beside_a_token_changes_nothing(provider, acme, carol, browser_of) -> None:
    provider.client = browser_of(carol)
    provider.user("dan")
    assert {row["userName"] for row in provider.find("Users", "userName pr")} == {"dan@acme.example"}


def test_who_keeps_guessing_is_slowed_and_shuts_nobody_out(provider, caplog) -> None:
    caplog.set_level(logging.CRITICAL)
    guessing = Provider("scim_guess")
    statuses = [guessing.get("Users").status_code for _ in range(WRONG_A_MINUTE + 1)]
    assert statuses[-2:] == [HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS]
    assert guessing.get("Users")["Retry-After"] == "60"
    assert provider.get("Users").status_code == HTTPStatus.OK


def test_no_csrf_token_is_asked_for(provider) -> None:
    provider.client = Client(enforce_csrf_checks=True)
    provider.user("dan")


def test_every_token_name_is_taken_once(acme, alice, browser_of) -> None:
    made_in_admin(browser_of(alice), "Okta")
    page = browser_of(alice).post(reverse(ADD), {"name": "Okta"}).content.decode()
    assert "already has one with this name" in page
