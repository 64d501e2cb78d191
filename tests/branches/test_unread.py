"""Answers that their person has not looked at are marked on every device, and for nobody else."""

import pytest
from asgiref.sync import sync_to_async

QUESTION = "How long is parental leave?"


@pytest.fixture
def ready(installation, alice, handbook, upload):
    upload(alice, handbook)
    return installation


def unread_of(client) -> list[bool]:
    return [item["unread"] for item in client.get("/api/conversations/").json()["items"]]


async def test_an_answer_is_unread_until_a_tab_has_looked_at_it(ready, bob, tab, browser_of) -> None:
    async with tab(bob) as asking, tab(bob) as elsewhere:
        accepted = (await asking.ask(QUESTION))[0]
        news = (await elsewhere.until("unread"))[-1]
        assert (news["conversation"], news["unread"]) == (accepted["conversation"], True)
        assert (news["title"], news["status"]) == (QUESTION, "complete")
        client = await sync_to_async(browser_of)(bob)
        assert await sync_to_async(unread_of)(client) == [True]
        await elsewhere.send(type="seen", conversation=accepted["conversation"])
        for t in (asking, elsewhere):
            assert (await t.until("unread"))[-1]["unread"] is False
        assert await sync_to_async(unread_of)(client) == [False]


async def test_nobody_else_hears_of_it_or_marks_it(ready, bob, alice, carol, tab, browser_of) -> None:
    async with tab(alice) as colleague, tab(carol) as outsider, tab(bob) as t:
        accepted = (await t.ask(QUESTION))[0]
        for other in (colleague, outsider):
            await other.send(type="seen", conversation=accepted["conversation"])
            heard = await other.until("failed")
            assert [frame.get("code") for frame in heard] == ["not_found"]
    client = await sync_to_async(browser_of)(bob)
    assert await sync_to_async(unread_of)(client) == [True]


async def test_an_incognito_answer_is_told_to_no_other_tab(ready, bob, acme, tab) -> None:
    def allow() -> None:
        from tenants.datarights.models import DataRules
        from tenants.scoping import tenant_scope

        with tenant_scope(acme.id):
            DataRules.objects.create(incognito=True)

    await sync_to_async(allow)()
    async with tab(bob) as asking, tab(bob) as elsewhere:
        await asking.send(type="ask", client_id="c", conversation=None, text=QUESTION, incognito=True)
        await asking.until("finished", "failed")
        await asking.ask(QUESTION, client_id="d")
        heard = await elsewhere.until("unread")
    assert [frame["title"] for frame in heard if frame["type"] == "unread"] == [QUESTION]
