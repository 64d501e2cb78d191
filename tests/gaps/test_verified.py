"""Verified answers: before the documents, word for word, and for those alone who may read their collection."""

from datetime import date, timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from assistant.verified import actions
from assistant.verified.index import embed_waiting, find_verified
from assistant.verified.models import VerifiedAnswer, VerifiedRevision
from chat.models import AnswerPassage, Conversation, Message
from ingestion.models import Collection
from tenants.access import member_of
from tenants.models import AuditEvent, Membership, Role
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, text_of, upload, upstream, web  # noqa: F401

QUESTION = "May I bring my dog to the office?"
TEXT = "Yes, on **Fridays**, on a lead."


@pytest.fixture
def verify(installation, alice, acme):
    """`verify(collection)`: an answer of Alice's, indexed."""

    def write(collection: Collection, text: str = TEXT, wordings=(QUESTION,), **fields) -> VerifiedAnswer:
        with tenant_scope(collection.tenant_id):
            row = VerifiedAnswer(collection=collection, text=text, **fields)
            actions.publish(row, list(wordings), author=alice.pk)
        embed_waiting()
        return row

    return write


@pytest.fixture
def board(acme, bob) -> Collection:
    """Bob reads it, and who tends everything; Dora does not."""
    with tenant_scope(acme.id):
        row = Collection.objects.create(name="Board")
        row.people.add(bob)
    return row


def found(user, tenant, question=QUESTION):
    member = member_of(user.pk, tenant=tenant.pk)
    assert member
    with tenant_scope(tenant.pk):
        return async_to_sync(find_verified)(question, member)


def test_nobody_outside_its_readers_is_given_it(verify, board, acme, globex, bob, dora, carol) -> None:
    verify(board)
    assert found(bob, acme).passage.text == TEXT
    assert found(dora, acme) is None
    assert found(carol, globex) is None


def test_who_loses_the_right_loses_the_answer_with_the_next_question(verify, board, acme, bob) -> None:
    verify(board)
    assert found(bob, acme)
    with tenant_scope(acme.id):
        board.people.remove(bob)
    assert found(bob, acme) is None


@pytest.mark.parametrize("what", ["retired", "without readers", "deleted"])
def test_what_is_out_of_use_answers_nobody(what, verify, board, acme, bob, alice) -> None:
    row = verify(board)
    with tenant_scope(acme.id):
        if what == "retired":
            actions.retire(row, actor=alice.pk)
        elif what == "deleted":
            row.delete()
        else:
            board.delete()
    assert found(bob, acme) is None


def test_the_nearest_wording_counts_and_a_far_one_does_not(verify, handbook, acme, bob) -> None:
    verify(handbook, wordings=("Are dogs allowed in the office?", QUESTION))
    near = found(bob, acme, "may i bring my dog to the OFFICE")
    assert near.sure
    assert near.passage.title == QUESTION
    likely = found(bob, acme, "May I bring my cat to the canteen?")
    assert not likely.sure
    assert found(bob, acme, "How long is parental leave?") is None


def test_its_very_words_are_found_without_the_embedding_model(
    verify, handbook, acme, bob, settings, upstream
) -> None:
    verify(handbook)
    settings.EMBEDDING_URL = "http://127.0.0.1:9/v1"
    assert found(bob, acme, "may i bring my dog  to the office").sure


def test_a_guest_is_not_told_who_wrote_it(verify, handbook, acme, bob) -> None:
    verify(handbook)
    with tenant_scope(acme.id):
        handbook.people.add(bob)
        expires = date.today() + timedelta(days=9)
        Membership.objects.filter(user=bob).update(role=Role.GUEST, expires=f"{expires}T12:00Z")
    assert found(bob, acme).passage.standing.owner == ""


async def rows(tenant, model):
    def load():
        with tenant_scope(tenant.id):
            return list(model.objects.order_by("pk"))

    return await sync_to_async(load)()


async def test_it_is_given_word_for_word_before_any_document(
    verify, handbook, acme, alice, bob, tab, upload
) -> None:
    await sync_to_async(upload)(alice, handbook)
    row = await sync_to_async(verify)(handbook)
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
        assert text_of(frames) == f"{TEXT}\n\n[1]"
        [cited] = [frame for frame in frames if frame["type"] == "cited"]
        assert cited["verified"] is True
        assert (cited["title"], cited["quote"], cited["owner"]) == (QUESTION, TEXT, "Alice Arnold")
        _, answer = await rows(acme, Message)
        assert answer.model_name == "verified answer"
        events = [e for e in await rows(acme, AuditEvent) if e.action == "answer.sources"]
        assert events[-1].detail["verified_answers"] == [str(row.pk)]
        assert events[-1].detail["passages"] == []
        # Asked again, the documents answer.
        await t.send(type="retry", client_id="again", message=str(answer.pk))
        again = await t.until("finished", "failed")
    assert "passage 1" in text_of(again)
    assert not any(frame.get("verified") for frame in again if frame["type"] == "cited")


async def test_one_that_is_only_likely_goes_before_the_passages(
    verify, handbook, acme, alice, bob, tab, upload
) -> None:
    await sync_to_async(upload)(alice, handbook)
    await sync_to_async(verify)(handbook)
    async with tab(bob) as t:
        frames = await t.ask("May I bring my cat to the canteen?")
    [passages] = [frame["items"] for frame in frames if frame["type"] == "passages"]
    assert [item["verified"] for item in passages[:2]] == [True, False]
    assert [item["number"] for item in passages] == list(range(1, len(passages) + 1))


async def test_the_past_is_answered_by_documents_alone(verify, handbook, acme, bob, tab) -> None:
    await sync_to_async(verify)(handbook)
    async with tab(bob) as t:
        await t.send(type="ask", client_id="1", conversation=None, text=QUESTION, as_of="2026-01-01")
        frames = await t.until("finished", "failed")
    assert TEXT not in text_of(frames)


@pytest.fixture
def given(verify, board, acme, bob, tab):
    """Bob has been given the board's answer."""
    row = verify(board, review_on=date(2026, 1, 1))

    async def ask():
        async with tab(bob) as t:
            await t.ask(QUESTION)

    async_to_sync(ask)()
    with tenant_scope(acme.id):
        return row, Message.objects.get(role="answer")


def page(client, answer):
    return client.get(f"/api/conversations/{answer.conversation_id}/").json()["messages"][1]


def source(client, answer):
    return client.get(f"/api/messages/{answer.pk}/sources/1/")


def test_what_was_given_is_marked_as_time_goes_on(given, acme, alice, bob, browser_of) -> None:
    row, answer = given
    client = browser_of(bob)
    [cited] = page(client, answer)["citations"]
    assert cited["verified"] is True
    assert cited["owner"] == "Alice Arnold"
    assert [mark["code"] for mark in cited["marks"]] == ["overdue"]
    with tenant_scope(acme.id):
        row.text = "No."
        actions.publish(row, [QUESTION], author=alice.pk)
        assert VerifiedRevision.objects.count() == 2
    shown = source(client, answer).json()
    assert shown["quote"] == TEXT
    assert [mark["code"] for mark in shown["marks"]] == ["replaced"]
    with tenant_scope(acme.id):
        actions.retire(row, actor=alice.pk)
    assert page(client, answer)["citations"][0]["marks"][0]["code"] == "expired"


@pytest.mark.parametrize("how", ["moved", "moved and deleted", "no reader"])
def test_the_source_closes_with_the_right_to_read_it(how, given, acme, bob, browser_of) -> None:
    row, answer = given
    client = browser_of(bob)
    assert source(client, answer).status_code == 200
    with tenant_scope(acme.id):
        if how.startswith("moved"):
            VerifiedAnswer.objects.update(collection=Collection.objects.create(name="Closed"))
            row.refresh_from_db()
            if how != "moved":
                row.delete()
        else:
            row.collection.people.clear()
    assert source(client, answer).status_code == 404
    [cited] = page(client, answer)["citations"]
    assert cited["available"] is False
    assert TEXT not in str(cited)


def test_a_shared_answer_is_withheld_from_who_may_not_read_it(
    given, acme, bob, dora, erik, board, browser_of, post
) -> None:
    _, answer = given
    with tenant_scope(acme.id):
        board.people.add(erik)
    url = post(bob, f"/api/conversations/{answer.conversation_id}/share/save", everyone=True).json()["share"][
        "url"
    ]
    path = url[url.index("/shared/") :]
    assert "Fridays" not in browser_of(dora).get(path).content.decode()
    assert "Fridays" in browser_of(erik).get(path).content.decode()


def test_documents_it_rests_on_are_named_to_those_who_may_read_them(
    given, acme, bob, handbook, add_document, browser_of
) -> None:
    row, answer = given
    with tenant_scope(acme.id):
        closed = Collection.objects.create(name="Closed")
    documents = [add_document(handbook, "House rules"), add_document(closed, "Secret")]
    with tenant_scope(acme.id):
        row.sources.set(documents)
    assert [each["title"] for each in source(browser_of(bob), answer).json()["documents"]] == ["House rules"]


def test_it_is_forgotten_with_the_conversation(given, acme) -> None:
    from chat.gaps.models import VerifiedCitation
    from chat.retention import remove

    with tenant_scope(acme.id):
        remove(list(Conversation.objects.values_list("pk", flat=True)))
        assert not VerifiedCitation.objects.exists()
        assert not AnswerPassage.objects.exists()
