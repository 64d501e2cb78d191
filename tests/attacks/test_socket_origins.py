"""Pages of other sites, ports and names that try to open a socket with a person's session."""

import pytest
import websockets

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
