"""Rights that change while people are at it. Who may open what at all is in `tests/matrix/`."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from chat.models import Conversation, Message
from ingestion.actions import delete_document, move_document
from ingestion.models import Collection
from ingestion.purging import purge_document
from tenants.access import require_member
from tenants.models import Group
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, text_of, upload, upstream, web  # noqa: F401

SECRET = "16 weeks"


@pytest.fixture
def scene(installation, alice, bob, carol, handbook, upload):
    """A document at Acme, and Bob's answered question about it."""
    document = upload(alice, handbook)
    with tenant_scope(handbook.tenant_id):
        conversation = Conversation.objects.create(user=bob, title=f"About {SECRET}")
        question = Message.objects.create(conversation=conversation, user=bob, role="question", text=SECRET)
        answer = Message.objects.create(
            conversation=conversation, user=bob, role="answer", question=question, text=f"{SECRET} [1]"
        )
        passage = document.current_version.passages.first()
        answer.passages.create(
            tenant_id=handbook.tenant_id, number=1, passage=passage, version=document.current_version,
            collection=handbook, title=document.title, start=passage.start, end=passage.end, score=1,
            quote=passage.text[:20], quote_start=passage.start, quote_end=passage.start + 20,
        )  # fmt: skip
    return document, conversation, answer


def show(scene) -> str:
    return f"/api/conversations/{scene[1].pk}/"


def test_an_unknown_id_and_a_foreign_one_look_the_same(scene, carol, browser_of) -> None:
    foreign = browser_of(carol).get(show(scene))
    unknown = browser_of(carol).get(f"/api/conversations/{uuid4()}/")
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)


async def test_carol_finds_nothing_of_acme_by_asking(scene, carol, installation, tab) -> None:
    async with tab(carol) as t:
        frames = await t.ask("How long is parental leave?")
    assert SECRET not in str(frames)
    assert installation.chats == []


async def closing_code(t) -> int:
    import websockets

    with pytest.raises(websockets.ConnectionClosed) as closed:
        while True:
            await t.frame()
    return closed.value.rcvd.code


async def test_nobody_is_shown_out(scene, tab) -> None:
    async with tab(None) as t:
        assert await closing_code(t) == 4401


async def test_a_socket_from_another_site_is_refused(scene, bob, tab) -> None:
    import websockets

    with pytest.raises(websockets.InvalidStatus):
        async with tab(bob, origin="https://evil.example"):
            pass


async def test_signing_out_elsewhere_ends_the_next_question(scene, bob, tab) -> None:
    browser = Client()
    await sync_to_async(browser.force_login)(bob, backend="django.contrib.auth.backends.ModelBackend")
    async with tab(bob, client=browser) as t:
        await t.send(type="ping")
        await t.until("pong")
        await sync_to_async(browser.session.flush)()
        await t.send(type="ask", client_id="c1", conversation=None, text="Hi")
        assert await closing_code(t) == 4401


async def test_a_deactivated_person_is_refused_at_the_next_question(scene, bob, tab) -> None:
    async with tab(bob) as t:
        await t.send(type="ping")
        await t.until("pong")  # by then it has been let in
        bob.is_active = False
        await sync_to_async(bob.save)()
        frames = await t.ask("How long is parental leave?")
    assert (frames[-1]["type"], frames[-1]["code"]) == ("failed", "not_allowed")


async def test_a_narrowed_collection_counts_from_the_next_question_on(
    scene,
    bob,
    acme,
    handbook,
    tab,
    browser_of,
) -> None:
    def narrow() -> None:
        with tenant_scope(acme.id):
            Collection.objects.filter(pk=handbook.pk).update(everyone=False)
            handbook.groups.add(Group.objects.create(name="Board"))

    async with tab(bob) as t:
        assert any(f["type"] == "cited" for f in await t.ask("How long is parental leave?"))
        await sync_to_async(narrow)()
        frames = await t.ask("How long is parental leave?", client_id="c2")
    assert "no documents that you may read" in text_of(frames)
    browser = await sync_to_async(browser_of)(bob)
    assert (
        await sync_to_async(browser.get)(f"/api/messages/{scene[2].pk}/sources/1/")
    ).status_code == HTTPStatus.NOT_FOUND
    shown = (await sync_to_async(browser.get)(show(scene))).json()
    [citation] = shown["messages"][1]["citations"]
    assert (citation["available"], citation["quote"]) == (False, "")


@pytest.mark.parametrize("moved", [True, False])
def test_the_quotes_of_a_purged_document_stay_with_its_last_readers(
    scene, alice, bob, acme, browser_of, moved
) -> None:
    document = scene[0]
    with tenant_scope(acme.id):
        admin = require_member(alice.id, tenant=acme.id)
        if moved:
            move_document(document, collection=Collection.objects.create(name="Board"), member=admin)
        delete_document(document, admin)
        purge_document(document.pk)
    shown = browser_of(bob).get(show(scene)).json()
    [citation] = shown["messages"][1]["citations"]
    assert (citation["available"], bool(citation["quote"])) == (not moved, not moved)
