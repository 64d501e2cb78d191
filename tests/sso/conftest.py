"""A real OpenID Connect provider beside the tests, and Acme and Globex, which sign in with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.utils import timezone

from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider
from tests.services import node_server

SECRET = "a secret of the client's"
TEST = "http://testserver"


@dataclass
class OidcServer:
    """The provider as a test plays with it."""

    issuer: str
    clients: list[dict[str, Any]] = field(default_factory=list)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def start(self, **more: Any) -> None:
        """Anew, with nobody signed in. `tamper`, `discovery` and `userinfo` say what is to be wrong."""
        body = {"clients": self.clients, "accounts": self.accounts} | more
        requests.post(f"{self.issuer}/control", json=body, timeout=10).raise_for_status()

    def knows(self, account: str, **claims: Any) -> None:
        """An account with a verified address at Acme, unless told otherwise."""
        usual = {
            "email": f"{account}@acme.example",
            "email_verified": True,
            "name": account.title(),
            "groups": [],
        }
        self.accounts[account] = usual | claims
        self.start()

    def trusts(self, provider: IdentityProvider, base: str = TEST) -> None:
        callback = f"{base}/accounts/oidc/{provider.pk}/login/callback/"
        told = f"{base}/accounts/oidc/{provider.pk}/backchannel-logout/"
        self.clients.append(
            {
                "client_id": provider.client_id,
                "client_secret": provider.secret,
                "redirect_uris": [callback],
                "post_logout_redirect_uris": [f"{base}/accounts/login/"],
                "backchannel_logout_uri": f"{self.issuer}/received" if base == TEST else told,
                "backchannel_logout_session_required": True,
                "token_endpoint_auth_method": "client_secret_post",
            }
        )
        self.start()

    def told(self, what: str) -> list[Any]:
        found: list[Any] = requests.get(f"{self.issuer}/control", timeout=10).json()[what]
        return found

    @property
    def asked(self) -> list[dict[str, str]]:
        return self.told("asked")

    def signs(self, claims: dict[str, Any], key: str = "") -> str:
        return requests.post(f"{self.issuer}/sign", json={"claims": claims, "key": key}, timeout=10).text

    def sign_in(self, address: str, account: str, browser: requests.Session | None = None) -> str:
        """Where the provider sends a browser that came with `address` and signed in there."""
        return self.walk(browser or requests.Session(), address, {"login": account})

    def sign_out(self, address: str, browser: requests.Session) -> str:
        """Where the provider sends a browser that came with `address` and said yes there."""
        return self.walk(browser, address, {"logout": "yes"})

    def walk(self, browser: requests.Session, address: str, answer: dict[str, str]) -> str:
        """Through the provider's pages, each of whose forms is given the answer, until it leads elsewhere."""
        reply = browser.get(address, allow_redirects=False, timeout=10)
        while True:
            if reply.is_redirect and not reply.headers["Location"].startswith(("/", self.issuer)):
                return reply.headers["Location"]
            if reply.is_redirect:
                url = requests.compat.urljoin(reply.url, reply.headers["Location"])
                reply = browser.get(url, allow_redirects=False, timeout=10)
            else:
                reply.raise_for_status()
                action = re.search(r'action="([^"]+)"', reply.text)
                hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', reply.text))
                url = unescape(action[1]) if action else reply.url
                reply = browser.post(url, hidden | answer, allow_redirects=False, timeout=10)


@pytest.fixture(scope="session")
def oidc_process() -> Iterator[str]:
    yield from node_server("oidc-provider", "tests/sso/provider.mjs")


@pytest.fixture
def oidc(oidc_process: str, settings) -> OidcServer:
    settings.SSO_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    server = OidcServer(oidc_process)
    server.start()
    return server


def provider_of(tenant: Tenant, issuer: str, **fields: Any) -> IdentityProvider:
    """An active provider of the tenant, and its domain, confirmed."""
    with tenant_scope(tenant.id):
        provider = IdentityProvider(
            name=f"{tenant.name} ID", issuer=issuer, client_id=tenant.name.lower(), active=True,
            groups_claim="groups", **{"single_logout": True} | fields,
        )  # fmt: skip
        provider.secret = SECRET
        provider.save()
        EmailDomain.objects.create(domain=f"{tenant.name.lower()}.example", verified_at=timezone.now())
    return provider


@pytest.fixture
def acme_id(acme, oidc: OidcServer) -> IdentityProvider:
    provider = provider_of(acme, oidc.issuer)
    oidc.trusts(provider)
    return provider


@pytest.fixture
def globex_id(globex, oidc: OidcServer) -> IdentityProvider:
    provider = provider_of(globex, oidc.issuer)
    oidc.trusts(provider)
    return provider


def begin(client: Client, email: str, **more: str) -> str:
    """The provider's address to which the sign-in page leads."""
    page = client.post("/accounts/login/", {"login": email} | more).content.decode()
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found, page
    return unescape(found[1])


@pytest.fixture
def come_back(oidc: OidcServer) -> Callable[..., Any]:
    """The reply to a whole sign-in of an account: page, provider, callback."""

    def walk(
        account: str, *, email: str = "", client: Client | None = None, also: str = "", **more: str
    ) -> Any:
        browser = client or Client()
        address = begin(browser, email or str(oidc.accounts[account]["email"]), **more)
        return browser.get(oidc.sign_in(address, account) + also)

    return walk


def refusals(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        events = AuditEvent.objects.filter(action="sign_in.refused").order_by("created")
        return [event.detail["reason"] for event in events]


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
