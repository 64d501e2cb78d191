"""Pages of other sites, ports and names that try to open a socket with a person's session."""

import pytest
import websockets

from tenants.audit.refusals import FOREIGN_PAGE
from tenants.db import in_database
from tenants.models import AuditEvent, Tenant
from tenants.scoping import tenant_scope
from tests.chat.conftest import web  # noqa: F401

FOREIGN = [
    None,
    "null",
    "",
    "https://evil.example",
    "http://{web}.evil.example",
    "http://evil.example#{web}",
    "http://evil.example/{web}",
    "http://{web}@evil.example",
    "http://evil{web}",
    "https://{web}",
    "http://{host}",
    "http://{host}:1",
    "http://localhost:{port}",
    "http://{web}/",
    "http://{web}, http://evil.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_no_other_page_opens_a_socket(db, web: str, origin: str | None) -> None:
    host, _, port = web.partition(":")
    headers = {} if origin is None else {"Origin": origin.format(web=web, host=host, port=port)}
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(f"ws://{web}/ws/chat/", additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403


async def test_who_was_used_by_another_page_is_told_in_their_organisations_log(
    transactional_db,
    acme,
    bob,
    browser_of,
    web: str,
) -> None:
    session = (await in_database(browser_of, bob)).cookies["sessionid"].value
    for _ in range(2):
        headers = {
            "Origin": "https://evil.example",
            "Cookie": f"sessionid={session}",
            "User-Agent": "probe/1",
        }
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(f"ws://{web}/ws/chat/", additional_headers=headers):
                pass
    [event] = await in_database(told, acme)
    assert (event.actor_id, event.detail["reason"]) == (bob.pk, FOREIGN_PAGE)
    assert event.address == "127.0.0.1"


def told(tenant: Tenant) -> list[AuditEvent]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.filter(action="access.refused"))


async def test_a_name_that_leads_here_by_rebinding_opens_none(db, web: str) -> None:
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"ws://{web}/ws/chat/", additional_headers=headers):
            pass


async def test_two_origins_open_none(db, web: str) -> None:
    headers = [("Origin", f"http://{web}"), ("Origin", "https://evil.example")]
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"ws://{web}/ws/chat/", additional_headers=headers):
            pass
