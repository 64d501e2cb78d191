"""A real SAML identity provider beside the tests, and Acme and Globex, which sign in with it."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider, Protocol
from tenants.sso.saml.keys import new_key
from tests.services import node_server
from tests.sso.conftest import begin

Change = Callable[[str], str]
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


@dataclass
class SamlServer:
    """The provider as a test plays with it."""

    issuer: str
    key: str
    certificate: str
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, str]] = field(default_factory=dict)

    def start(self, **more: Any) -> None:
        """Anew, with nobody signed in. `tamper`, `logout` and `metadata` say what is to be wrong."""
        body = {
            "key": self.key,
            "cert": self.certificate,
            "accounts": self.accounts,
            "services": self.services,
        }
        requests.post(f"{self.issuer}/control", json=body | more, timeout=10).raise_for_status()

    def knows(self, account: str, *, format: str = "", **attributes: Any) -> None:
        usual = {"email": f"{account}@acme.example", "displayName": account.title(), "groups": []}
        wanted = {name: value for name, value in (usual | attributes).items() if value is not None}
        self.accounts[account] = {"attributes": wanted} | ({"format": format} if format else {})
        self.start()

    def trusts(self, provider: IdentityProvider, base: str = "http://testserver") -> str:
        """Take our side's addresses and certificate; returns our entity ID there."""
        place = f"{base}/accounts/saml/{provider.pk}"
        self.services[f"{place}/metadata/"] = {
            "acs": f"{place}/acs/",
            "sls": f"{place}/sls/",
            "cert": provider.own_certificate,
        }
        self.start()
        return f"{place}/metadata/"

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.issuer}/control", timeout=10).json()
        return found

    def answer(self, address: str, account: str) -> tuple[str, dict[str, str]]:
        """Where the provider has a browser post, and what, once the account has signed in there."""
        reply = requests.post(address, {"login": account}, timeout=10)
        reply.raise_for_status()
        action = re.search(r'action="([^"]+)"', reply.text)
        assert action, reply.text
        fields = re.findall(r'name="(SAMLResponse|RelayState)"\s+value="([^"]*)"', reply.text)
        return unescape(action[1]), {name: unescape(value) for name, value in fields}


@pytest.fixture(scope="session")
def saml_process() -> Iterator[str]:
    yield from node_server("samlp", "tests/saml/provider.mjs")


@pytest.fixture(scope="session")
def idp_key() -> tuple[str, str]:
    return new_key()


@pytest.fixture(scope="session")
def another_key() -> tuple[str, str]:
    return new_key()


@pytest.fixture
def saml(saml_process: str, idp_key, settings) -> SamlServer:
    settings.SSO_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    server = SamlServer(saml_process, *idp_key)
    server.start()
    return server


def saml_provider_of(
    tenant: Tenant, server: SamlServer, own_key: tuple[str, str], **fields: Any
) -> IdentityProvider:
    """An active provider of the tenant, and its domain, confirmed."""
    with tenant_scope(tenant.id):
        provider = IdentityProvider(
            name=f"{tenant.name} ID", protocol=Protocol.SAML, issuer=server.issuer, active=True,
            sso_url=f"{server.issuer}/sso", slo_url=f"{server.issuer}/slo", certificates=server.certificate,
            own_certificate=own_key[1], groups_claim="groups", **{"trust_email": True, "single_logout": True} | fields,
        )  # fmt: skip
        provider.secret = own_key[0]
        provider.save()
        EmailDomain.objects.create(domain=f"{tenant.name.lower()}.example", verified_at=timezone.now())
    return provider


@pytest.fixture
def acme_saml(acme, saml: SamlServer, another_key) -> IdentityProvider:
    provider = saml_provider_of(acme, saml, another_key)
    saml.trusts(provider)
    return provider


@pytest.fixture
def globex_saml(globex, saml: SamlServer, another_key) -> IdentityProvider:
    provider = saml_provider_of(globex, saml, another_key)
    saml.trusts(provider)
    return provider


def altered(fields: dict[str, str], change: Change) -> dict[str, str]:
    xml = base64.b64decode(fields["SAMLResponse"]).decode()
    return fields | {"SAMLResponse": base64.b64encode(change(xml).encode()).decode()}


def deliver(client: Client, address: str, fields: dict[str, str]) -> Any:
    """The post from the provider's site, which comes without our cookies, and what follows with them."""
    stranger = Client()
    reply = stranger.post(urlsplit(address).path, fields)
    if reply.status_code != 302:
        return reply
    client.cookies["saml-acs-session"] = stranger.cookies["saml-acs-session"].value
    return client.get(reply.headers["Location"])


@pytest.fixture
def arrive(saml: SamlServer) -> Callable[..., Any]:
    """The reply to a whole sign-in of an account: page, provider, response, and the visit after it."""

    def walk(
        account: str,
        *,
        email: str = "",
        client: Client | None = None,
        change: Change | None = None,
        **more: str,
    ) -> Any:
        browser = client or Client()
        said = saml.accounts[account]["attributes"].get("email")
        address = begin(browser, email or said or f"{account}@acme.example", **more)
        place, fields = saml.answer(address, account)
        return deliver(browser, place, altered(fields, change) if change else fields)

    return walk
