"""Who is deactivated loses what is open for them at once: sessions, sockets and running answers."""

from typing import Any

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from benchmarks.upstream import Script
from chat import protocol
from chat.models import Message, MessageStatus
from tenants.actions import add_member
from tenants.models import Membership, Role
from tenants.scim.models import ScimToken, ScimUser
from tenants.scim.tokens import make_token
from tenants.scoping import every_tenant, tenant_scope
from tests.chat.conftest import installation, open_tab, tab, text_of, upload, upstream, web  # noqa: F401
from tests.journey.conftest import wait_for
from tests.scim.conftest import PATCH

ENDLESS = Script(text="Eltern bekommen sechzehn Wochen. " * 5000, rate=60)
QUESTION = "How long is parental leave?"


@pytest.fixture
def scene(installation, acme, alice, bob, handbook, upload) -> dict[str, Any]:
    """A document to ask about, Bob at SCIM, and all that an admin's browser or a provider needs."""
    upload(alice, handbook)
    with tenant_scope(acme.id):
        token = make_token(ScimToken(name="Okta"), actor=None)
        row = ScimUser.objects.create(user=bob, user_name=bob.email)
        membership = Membership.objects.get(user=bob)
    admin = Client()
    admin.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return {
        "token": token,
        "user": f"/scim/v2/Users/{row.pk}",
        "change": reverse("admin:tenants_membership_change", args=[membership.pk]),
        "remove": reverse("admin:tenants_membership_delete", args=[membership.pk]),
        "session": admin.cookies["sessionid"].value,
    }


async def deactivate(web: str, scene: dict[str, Any], how: str) -> None:
    csrf = "a" * 32
    provider = {"Authorization": f"Bearer {scene['token']}"}
    admin = {"Cookie": f"sessionid={scene['session']}; csrftoken={csrf}", "X-CSRFToken": csrf}
    off = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    async with httpx.AsyncClient(base_url=f"http://{web}") as client:
        answer = await {
            "provider deactivates": lambda: client.patch(scene["user"], json=off, headers=provider),
            "provider deletes": lambda: client.delete(scene["user"], headers=provider),
            "admin deactivates": lambda: client.post(
                scene["change"], data={"name": "Bob Berg", "role": "member"}, headers=admin
            ),
            "admin removes": lambda: client.post(scene["remove"], data={"post": "yes"}, headers=admin),
        }[how]()
    assert answer.status_code in (200, 204, 302), answer.text


async def closing_code(t: Any) -> int:
    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await t.frame()
    return closed.value.rcvd.code


def ending_of(message: str) -> Message:
    def ended() -> Message | None:
        with every_tenant():
            return Message.objects.filter(pk=message).exclude(status=MessageStatus.STREAMING).first()

    return wait_for(ended)


@pytest.mark.parametrize(
    "how", ["provider deactivates", "provider deletes", "admin deactivates", "admin removes"]
)
async def test_sockets_close_and_the_running_answer_stops_with_what_it_has(
    scene, installation, bob, tab, web, how
) -> None:
    installation.enqueue(ENDLESS)
    async with tab(bob) as asking, tab(bob) as idle:
        await idle.send(type="ping")
        assert (await idle.frame())["type"] == "pong"
        await asking.send(type="ask", client_id="c1", conversation=None, text=QUESTION)
        seen = await asking.until("delta")
        await deactivate(web, scene, how)
        assert [await closing_code(t) for t in (asking, idle)] == [protocol.SIGNED_OUT] * 2
    answer = await sync_to_async(ending_of)(seen[0]["message"])
    assert answer.status == MessageStatus.INTERRUPTED
    assert answer.text.startswith(text_of(seen)) and len(answer.text) < len(ENDLESS.text)


async def test_a_colleagues_tab_stays_open(scene, alice, tab, web) -> None:
    async with tab(alice) as hers:
        await deactivate(web, scene, "provider deactivates")
        await hers.send(type="ping")
        assert (await hers.frame())["type"] == "pong"


async def test_what_is_open_in_another_organisation_stays_open(scene, globex, bob, web) -> None:
    def at_globex() -> Client:
        add_member(globex, email=bob.email, name="", role=Role.MEMBER)
        client = Client()
        client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        session["tenant"] = str(globex.pk)
        session.save()
        return client

    there = await sync_to_async(at_globex)()
    async with open_tab(web, bob) as here, open_tab(web, bob, client=there) as elsewhere:
        await deactivate(web, scene, "provider deactivates")
        assert await closing_code(here) == protocol.SIGNED_OUT
        await elsewhere.send(type="ping")
        assert (await elsewhere.frame())["type"] == "pong"
