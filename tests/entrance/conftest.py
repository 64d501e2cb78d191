"""People who sign in through the real page, as their browsers do."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from tenants.entrance.models import SignInPolicy
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401
from tests.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)
LOGIN = "/accounts/login/"


def try_to_sign_in(client: Client, email: str, password: str = PASSWORD, **request):
    return client.post(LOGIN, {"login": email, "password": password}, **request)


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    def sign(user: User, password: str = PASSWORD, agent: str = FIREFOX, ip: str = "198.51.100.7") -> Client:
        client = Client(headers={"user-agent": agent}, REMOTE_ADDR=ip)
        response = try_to_sign_in(client, user.email, password)
        assert response.status_code == 302, response.content.decode()
        return client

    return sign


@pytest.fixture
def policy() -> Callable[..., SignInPolicy]:
    def rule(tenant: Tenant, **fields: object) -> SignInPolicy:
        with tenant_scope(tenant.id):
            return SignInPolicy.objects.update_or_create(defaults=fields)[0]

    return rule


@pytest.fixture
def audited() -> Callable[[Tenant], list[str]]:
    def actions(tenant: Tenant) -> list[str]:
        with tenant_scope(tenant.id):
            return list(AuditEvent.objects.order_by("created").values_list("action", flat=True))

    return actions


def age(client: Client, *, signed_in: timedelta = timedelta(), used: timedelta = timedelta()) -> None:
    """As if this browser had signed in and been used so long ago."""
    now = timezone.now()
    rows = UserSession.objects.filter(session_key=client.session.session_key)
    assert rows.update(created_at=now - max(signed_in, used), last_seen_at=now - used) == 1


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


async def closing_code(t) -> int:
    import websockets

    with pytest.raises(websockets.ConnectionClosed) as closed, suppress(TimeoutError):
        while True:
            await t.frame()
    return closed.value.rcvd.code
