"""A provider's requests against an organisation."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tenants.models import AuditEvent, Tenant
from tenants.scim.models import ScimToken
from tenants.scim.tokens import make_token
from tenants.scoping import tenant_scope

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Provider:
    """An identity provider that holds a token."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=True)
        self.token = token

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"content_type": "application/scim+json"} if body is not None else {}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(
            method, f"/scim/v2/{path}", _encoded(body), headers={"Authorization": f"Bearer {self.token}"} | names, **given
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any) -> Any:
        return self.send("POST", path, body)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, *operations: Any, **headers: str) -> Any:
        return self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)

    def find(self, kind: str, wanted: str) -> list[dict[str, Any]]:
        response = self.client.get(
            f"/scim/v2/{kind}", {"filter": wanted}, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert response.status_code == 200, response.content
        return response.json().get("Resources", [])

    def user(self, first: str, /, **more: Any) -> dict[str, Any]:
        """A new user, by the first word of an address at Acme."""
        body = {"schemas": [USER], "userName": f"{first}@acme.example", "externalId": f"ext-{first}", **more}
        response = self.post("Users", body)
        assert response.status_code == 201, response.content
        return response.json()

    def group(self, name: str, *members: str) -> dict[str, Any]:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
        response = self.post("Groups", body)
        assert response.status_code == 201, response.content
        return response.json()


def _encoded(body: Any) -> bytes:
    import json

    return b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()


@pytest.fixture
def provider_of(db) -> Callable[..., Provider]:
    def make(tenant: Tenant, name: str = "Entra ID") -> Provider:
        with tenant_scope(tenant.id):
            return Provider(make_token(ScimToken(name=name), actor=None))

    return make


@pytest.fixture
def provider(provider_of, acme) -> Provider:
    return provider_of(acme)


@pytest.fixture
def events_of() -> Callable[[Tenant, str], list[AuditEvent]]:
    def find(tenant: Tenant, action: str) -> list[AuditEvent]:
        with tenant_scope(tenant.id):
            return list(AuditEvent.objects.filter(action=action).order_by("created"))

    return find
