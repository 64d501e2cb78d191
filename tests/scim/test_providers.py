"""Requests in the shapes that Microsoft and Okta document for their provisioning clients."""

import json
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Any

import pytest

from tenants.access import member_of
from tenants.models import Group, User
from tenants.scoping import tenant_scope

RECORDED = Path(__file__).parent / "recorded"


def played(provider, name: str) -> dict[str, Any]:
    """Send a provider's requests in order. `$name` in one is what an answer before it gave under `keep`."""
    kept: dict[str, Any] = {}
    for step in json.loads((RECORDED / f"{name}.json").read_text()):
        filled = json.loads(Template(json.dumps(step)).substitute(kept))
        answer = provider.send(filled["method"], filled["path"], filled.get("body"))
        assert answer.status_code == filled["status"], (filled, answer.content)
        shown = answer.json() if answer.content else {}
        for path, value in filled.get("shows", {}).items():
            assert value_at(shown, path) == value, (filled, shown)
        for name_kept, path in step.get("keep", {}).items():
            kept[name_kept] = value_at(shown, path)
    return kept


def value_at(shown: Any, path: str) -> Any:
    for part in path.split("."):
        shown = shown[int(part)] if part.isdigit() else shown.get(part)
    return shown


@pytest.mark.parametrize("name", ["entra", "okta"])
def test_a_provider_is_understood_from_the_first_test_to_the_last_removal(
    provider, acme, alice, bob, name
) -> None:
    played(provider, name)
    user = User.objects.get(email="ada@acme.example")
    assert (user.name, user.is_active) == ("Ada King", False)
    assert member_of(user.pk, tenant=acme.pk) is None
    with tenant_scope(acme.id):
        assert not Group.objects.exists()


def test_the_recordings_name_no_real_people() -> None:
    for path in RECORDED.iterdir():
        assert "acme.example" in path.read_text()
        assert "@microsoft" not in path.read_text() and "@okta" not in path.read_text()


def test_nothing_is_there_for_a_provider_without_a_token(provider) -> None:
    provider.token = ""
    assert provider.get('Users?filter=userName%20eq%20"x"').status_code == HTTPStatus.UNAUTHORIZED
