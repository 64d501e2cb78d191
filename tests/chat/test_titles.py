"""Titles that the model writes, from the question alone."""

import json

import pytest
from asgiref.sync import sync_to_async

from assistant.title import cleaned
from benchmarks.upstream import Script
from chat.models import Conversation, Message
from tenants.datarights.models import DataRules
from tenants.scoping import tenant_scope

QUESTION = "How long is parental leave, and who pays for it while I am away from work?"

pytestmark = pytest.mark.usefixtures("titles_written")


@pytest.fixture
def titles_written(settings) -> None:
    settings.CHAT_TITLES = True


@pytest.fixture
def policy(installation, upload, alice, handbook):
    upload(alice, handbook)


def told(upstream) -> list[str]:
    """What requests for a title said to the model."""
    return [
        json.dumps(chat.body["messages"]) for chat in upstream.chats if "Name the question" in str(chat.body)
    ]


async def title_of(acme, conversation: str) -> str:
    def look() -> str:
        with tenant_scope(acme.id):
            return Conversation.objects.get(pk=conversation).title

    return await sync_to_async(look)()


async def test_every_tab_hears_the_title_and_the_model_is_told_the_question_alone(
    policy, upstream, tab, bob, alice, carol, acme
) -> None:
    upstream.enqueue(Script(text='"**Parental leave**."\n'), kind="whole")
    async with tab(bob) as one, tab(bob) as two, tab(alice) as hers, tab(carol) as theirs:
        conversation = (await one.ask(QUESTION))[0]["conversation"]
        for each in (one, two):
            frame = (await each.until("title"))[-1]
            assert frame == {"type": "title", "conversation": conversation, "title": "Parental leave"}
        for other in (hers, theirs):
            await other.send(type="ping")
            assert (await other.frame())["type"] == "pong"
    assert await title_of(acme, conversation) == "Parental leave"
    [request] = told(upstream)
    assert QUESTION in request
    assert "16 weeks" not in request
    assert "policy" not in request

    def spent():
        with tenant_scope(acme.id):
            return Message.objects.get(role="answer").usage["title"]

    assert (await sync_to_async(spent)())["output"] > 0


async def test_a_name_that_the_person_gave_is_not_replaced(policy, upstream, tab, bob, acme) -> None:
    upstream.enqueue(Script(text="Written by the model"), kind="whole")

    def rename(conversation: str) -> None:
        with tenant_scope(acme.id):
            Conversation.objects.filter(pk=conversation).update(title="My own")

    async with tab(bob) as one:
        await one.send(type="ask", client_id="1", conversation=None, text=QUESTION)
        conversation = (await one.until("accepted"))[-1]["conversation"]
        await sync_to_async(rename)(conversation)
        await one.until("finished")
        await one.ask("And in Oslo?", conversation, "2")
    assert await title_of(acme, conversation) == "My own"
    assert told(upstream) == []


async def test_the_question_stays_the_title_when_the_model_fails_or_says_too_much(
    policy, upstream, tab, bob, acme
) -> None:
    upstream.enqueue(Script(status=500), Script(status=500), Script(text="word " * 100), kind="whole")
    async with tab(bob) as one:
        for client_id in ("1", "2"):
            conversation = (await one.ask(QUESTION, client_id=client_id))[0]["conversation"]
            assert (await title_of(acme, conversation)).startswith("How long is parental leave")


async def test_an_incognito_conversation_is_never_named(policy, upstream, tab, bob, acme) -> None:
    def allow() -> None:
        with tenant_scope(acme.id):
            DataRules.objects.create(incognito=True)

    await sync_to_async(allow)()
    async with tab(bob) as one:
        await one.send(type="ask", client_id="1", conversation=None, text=QUESTION, incognito=True)
        await one.until("finished")
        await one.ask("And in Oslo?", client_id="2")
    assert not any("incognito" in request.lower() for request in told(upstream))
    assert len([request for request in told(upstream) if QUESTION in request]) == 0


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Parental leave", "Parental leave"),
        ("  “Elternzeit und Gehalt”.\n\nMehr dazu", "Elternzeit und Gehalt"),
        ("Title: **Leave**", "Leave"),
        ("# Leave", "Leave"),
        ("إجازة الوالدين", "إجازة الوالدين"),
        ("Le\u202eave\u200b\x07", "Le ave"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("", ""),
        ("\n \n", ""),
        ("word " * 60, ""),
        ("A heading that goes on and on about leave and pay and the rest", "A heading that goes on and on about leave and pay and the…"),
    ],
    ids=["plain", "quoted", "labelled", "heading", "arabic", "unseen", "html", "nothing", "blank", "essay", "long"],
)  # fmt: skip
def test_a_title_is_one_short_line_without_decoration(said, title) -> None:
    assert cleaned(said) == title
