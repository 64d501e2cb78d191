"""Who may open what: every address and every frame, by role. A new route without a row fails here."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from chat.models import Conversation, Message
from chat.sharing.models import Share
from ingestion.actions import delete_document, move_document
from ingestion.models import Collection
from ingestion.purging import purge_document
from tenants.access import require_member
from tenants.models import Group
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, text_of, upload, upstream, web  # noqa: F401

OK, GONE, LOGIN, DENIED, NOT_YOURS, UNKNOWN = (
    HTTPStatus.OK,
    HTTPStatus.FOUND,
    HTTPStatus.FOUND,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.NOT_FOUND,
)
FORBIDDEN, UNFIT, MALFORMED = HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST

SCIM = {
    "scim-config": "ServiceProviderConfig",
    "scim-resource-types": "ResourceTypes",
    "scim-resource-type": "ResourceTypes/User",
    "scim-schemas": "Schemas",
    "scim-schema": "Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "scim-users": "Users",
    "scim-users-search": "Users/.search",
    "scim-user": f"Users/{uuid4()}",
    "scim-groups": "Groups",
    "scim-groups-search": "Groups/.search",
    "scim-group": f"Groups/{uuid4()}",
    "scim-unknown": "Me",
}

# name -> (method, nobody, Bob who owns it, Alice his admin, Carol of another organisation)
TABLE = {
    "chat": ("get", LOGIN, OK, OK, OK),
    "conversation": ("get", LOGIN, OK, NOT_YOURS, NOT_YOURS),
    "conversation-list": ("get", DENIED, OK, OK, OK),
    "conversation-show": ("get", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "conversation-rename": ("post", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "conversation-delete": ("post", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "conversation-restore": ("post", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "source": ("get", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "document-file": ("get", LOGIN, OK, OK, NOT_YOURS),
    "documents": ("get", LOGIN, FORBIDDEN, OK, OK),
    "documents-list": ("get", DENIED, FORBIDDEN, OK, OK),
    "documents-progress": ("get", DENIED, FORBIDDEN, OK, OK),
    "documents-summary": ("get", DENIED, FORBIDDEN, OK, OK),
    "documents-choices": ("get", DENIED, FORBIDDEN, OK, OK),
    "documents-upload": ("post", DENIED, FORBIDDEN, UNFIT, UNFIT),
    "documents-act": ("json", DENIED, FORBIDDEN, OK, NOT_YOURS),
    "documents-show": ("get", DENIED, FORBIDDEN, OK, NOT_YOURS),
    "documents-text": ("get", DENIED, FORBIDDEN, OK, NOT_YOURS),
    "documents-passages": ("get", DENIED, FORBIDDEN, OK, NOT_YOURS),
    "documents-rename": ("json", DENIED, FORBIDDEN, OK, NOT_YOURS),
    "documents-password": ("json", DENIED, FORBIDDEN, MALFORMED, NOT_YOURS),
    "conversation-search": ("get", DENIED, OK, OK, OK),
    "conversation-print": ("get", LOGIN, OK, NOT_YOURS, NOT_YOURS),
    "conversation-markdown": ("get", LOGIN, OK, NOT_YOURS, NOT_YOURS),
    "conversation-json": ("get", LOGIN, OK, NOT_YOURS, NOT_YOURS),
    "own-links": ("get", LOGIN, OK, OK, OK),
    "share": ("get", LOGIN, OK, OK, NOT_YOURS),
    "share-continue": ("post", LOGIN, GONE, GONE, NOT_YOURS),
    "share-source": ("get", DENIED, OK, OK, NOT_YOURS),
    "share-about": ("get", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "share-save": ("json", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "share-update": ("post", DENIED, OK, NOT_YOURS, NOT_YOURS),
    "share-withdraw": ("post", DENIED, OK, NOT_YOURS, NOT_YOURS),
    **dict.fromkeys(SCIM, ("get", DENIED, DENIED, DENIED, DENIED)),  # a session is no token
    "metrics": ("get", NOT_YOURS, NOT_YOURS, NOT_YOURS, NOT_YOURS),
    "readyz": ("get", OK, OK, OK, OK),
}
FREE = {"", "healthz"}  # the redirect to the chat, and the sign of life
SECRET = "16 weeks"


def routes(patterns, prefix: str = ""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield pattern.name, prefix + str(pattern.pattern)


def test_every_route_has_its_row() -> None:
    ours = {
        name or path
        for name, path in routes(get_resolver().url_patterns)
        if not path.startswith(("accounts/", "admin/"))
    }
    assert ours - FREE == set(TABLE)


@pytest.fixture
def scene(installation, alice, bob, carol, handbook, upload):
    """A document at Acme, and Bob's answered question about it."""
    document = upload(alice, handbook)
    with tenant_scope(handbook.tenant_id):
        conversation = Conversation.objects.create(user=bob, title=f"About {SECRET}")
        question = Message.objects.create(conversation=conversation, user=bob, role="question", text=SECRET)
        answer = Message.objects.create(
            conversation=conversation, user=bob, role="answer", question=question, text=f"{SECRET} [1]",
            finished_at=timezone.now(),
        )  # fmt: skip
        passage = document.current_version.passages.first()
        answer.passages.create(
            tenant_id=handbook.tenant_id, number=1, passage=passage, version=document.current_version,
            collection=handbook, title=document.title, start=passage.start, end=passage.end, score=1,
            quote=passage.text[:20], quote_start=passage.start, quote_end=passage.start + 20,
        )  # fmt: skip
        Share.objects.create(conversation=conversation, key="key-of-the-link", title=conversation.title)
    return document, conversation, answer


def address(name: str, scene) -> str:
    document, conversation, answer = scene
    return {
        "chat": "/chat/",
        "conversation": f"/chat/{conversation.pk}/",
        "conversation-list": "/api/conversations/",
        "conversation-show": f"/api/conversations/{conversation.pk}/",
        "conversation-rename": f"/api/conversations/{conversation.pk}/rename",
        "conversation-delete": f"/api/conversations/{conversation.pk}/delete",
        "conversation-restore": f"/api/conversations/{conversation.pk}/restore",
        "source": f"/api/messages/{answer.pk}/sources/1/",
        "document-file": f"/documents/{document.current_version_id}/file/",
        "documents": "/documents/",
        "documents-list": f"/documents/api/?collection={document.collection_id}",
        "documents-progress": f"/documents/api/progress?ids={document.pk}",
        "documents-summary": f"/documents/api/summary?collection={document.collection_id}",
        "documents-choices": f"/documents/api/choices?collection={document.collection_id}",
        "documents-upload": "/documents/api/upload",
        "documents-act": "/documents/api/act",
        "documents-show": f"/documents/api/{document.pk}/",
        "documents-text": f"/documents/api/{document.pk}/text",
        "documents-passages": f"/documents/api/{document.pk}/passages",
        "documents-rename": f"/documents/api/{document.pk}/title",
        "documents-password": f"/documents/api/{document.pk}/password",
        "conversation-search": "/api/conversations/search?q=weeks",
        "conversation-print": f"/chat/{conversation.pk}/print/",
        "conversation-markdown": f"/chat/{conversation.pk}/export.md",
        "conversation-json": f"/chat/{conversation.pk}/export.json",
        "own-links": "/shared/",
        "share": "/shared/key-of-the-link/",
        "share-continue": "/shared/key-of-the-link/continue",
        "share-source": f"/api/shared/key-of-the-link/{answer.pk}/sources/1/",
        "share-about": f"/api/conversations/{conversation.pk}/share",
        "share-save": f"/api/conversations/{conversation.pk}/share/save",
        "share-update": f"/api/conversations/{conversation.pk}/share/update",
        "share-withdraw": f"/api/conversations/{conversation.pk}/share/withdraw",
        **{scim: f"/scim/v2/{path}" for scim, path in SCIM.items()},
        "metrics": "/metrics",
        "readyz": "/readyz",
    }[name]


def sent(client: Client, name: str, scene):
    """The request of a row."""
    method, at = TABLE[name][0], address(name, scene)
    if method == "json":
        body = {"title": "New", "action": "retry", "documents": [str(scene[0].pk)]}
        return client.post(at, body, content_type="application/json")
    return getattr(client, method)(at, {"title": "New"} if method == "post" else None)


def body_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


@pytest.mark.parametrize("name", TABLE)
def test_each_address_by_role(name, scene, alice, bob, carol, browser_of) -> None:
    _, *expected = TABLE[name]
    for client, status in zip(
        (Client(), browser_of(bob), browser_of(alice), browser_of(carol)), expected, strict=True
    ):
        response = sent(client, name, scene)
        assert response.status_code == status, (name, status)


@pytest.mark.parametrize("name", TABLE)
def test_no_answer_to_carol_or_nobody_holds_a_word_of_acme(name, scene, carol, browser_of) -> None:
    for client in (Client(), browser_of(carol)):
        said = body_of(sent(client, name, scene))
        assert SECRET not in said
        assert "policy" not in said.lower().replace("content-security-policy", "")


def test_an_unknown_id_and_a_foreign_one_look_the_same(scene, carol, browser_of) -> None:
    foreign = browser_of(carol).get(address("conversation-show", scene))
    unknown = browser_of(carol).get(f"/api/conversations/{uuid4()}/")
    assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("who", ["alice", "carol"])
async def test_no_frame_reaches_into_another_persons_conversation(scene, who, tab, request) -> None:
    _, conversation, answer = scene
    person = request.getfixturevalue(who)
    frames = [
        {"type": "ask", "client_id": "x1", "conversation": str(conversation.pk), "text": "Hi"},
        {"type": "retry", "client_id": "x2", "message": str(answer.pk)},
        {"type": "follow", "conversation": str(conversation.pk), "have": None},
    ]
    async with tab(person) as t:
        for frame in frames:
            await t.send(**frame)
            reply = await t.frame()
            assert (reply["type"], reply["code"]) == ("failed", "not_found")
            assert SECRET not in str(reply)
        await t.send(type="stop", message=str(answer.pk))
        await t.send(type="ping")
        assert (await t.frame())["type"] == "pong"


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
    assert (await sync_to_async(browser.get)(address("source", scene))).status_code == NOT_YOURS
    shown = (await sync_to_async(browser.get)(address("conversation-show", scene))).json()
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
    shown = browser_of(bob).get(address("conversation-show", scene)).json()
    [citation] = shown["messages"][1]["citations"]
    assert (citation["available"], bool(citation["quote"])) == (not moved, not moved)
