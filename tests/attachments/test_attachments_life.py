"""From a file in the composer to its citation, and to its end with the conversation."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.actions import delete_conversation
from chat.attachments import ending
from chat.attachments.models import Attachment
from chat.errors import QuestionRefused
from chat.models import Conversation
from chat.presentation import message_list
from chat.retention import UNDO, apply_retention
from ingestion.models import Collection, Document
from ingestion.purging import purge_document
from tenants.datarights.models import DataRules, LegalHold
from tenants.scoping import tenant_scope
from tests.attachments.conftest import NAME, SECRET


def everything(acme) -> tuple[int, int, int]:
    with tenant_scope(acme.id):
        return Attachment.objects.count(), Document.with_private.count(), Collection.with_private.count()


def purge_all(acme) -> None:
    with tenant_scope(acme.id):
        for document in Document.with_private.exclude(deleted_at=None):
            purge_document(document.pk)


def later(acme) -> None:
    """A day on."""
    with tenant_scope(acme.id):
        Collection.with_private.update(created=timezone.now() - ending.UNSENT_KEPT - timedelta(minutes=1))
    ending.sweep()


async def test_the_answer_cites_the_file_and_history_shows_it(
    installation, acme, bob, there, attach, read, tab
) -> None:
    item = await sync_to_async(attach)(bob)
    await sync_to_async(read)(item)
    async with tab(bob) as t:
        ask = {"type": "ask", "client_id": "c1", "conversation": None, "text": "What is the severance?"}
        await t.send(**ask, attachments=[item["id"]])
        frames = await t.until("finished", "failed")
    accepted = frames[0]
    assert accepted["conversation"] == item["conversation"]
    assert [file["name"] for file in accepted["question"]["attachments"]] == [NAME]
    cited = next(frame for frame in frames if frame["type"] == "cited")
    assert cited["title"] == "severance-offer" and cited["quote"] in SECRET
    assert "put into this conversation" in str(installation.chats[-1].body["messages"][0])

    def shown() -> list[dict]:
        with tenant_scope(acme.id):
            return message_list(Conversation.objects.get(), there)

    question, answer = await sync_to_async(shown)()
    assert [(file["name"], file["state"]) for file in question["attachments"]] == [(NAME, "ready")]
    assert answer["citations"][0]["available"]


async def test_the_question_waits_for_its_file_and_goes_on_without_one_that_cannot_be_read(
    installation, acme, bob, attach, read, tab
) -> None:
    good = await sync_to_async(attach)(bob)
    bad = await sync_to_async(attach)(
        bob, text="%PDF-1.7 broken", name="b.pdf", conversation=good["conversation"]
    )
    async with tab(bob) as t:
        ask = {"type": "ask", "client_id": "c1", "conversation": None, "text": "What is the severance?"}
        await t.send(**ask, attachments=[good["id"], bad["id"]])
        assert (await t.frame())["type"] == "accepted"
        for item in (good, bad):
            await sync_to_async(read)(item)
        frames = await t.until("finished", "failed")
    assert [frame["type"] for frame in frames[:2]] == ["notice", "searching"]
    assert frames[0]["code"] == "files_left_out"
    assert any(frame["type"] == "cited" and frame["title"] == "severance-offer" for frame in frames)


async def test_stop_ends_the_waiting(installation, bob, attach, tab) -> None:
    item = await sync_to_async(attach)(bob)
    async with tab(bob) as t:
        ask = {"type": "ask", "client_id": "c1", "conversation": None, "text": "What is the severance?"}
        await t.send(**ask, attachments=[item["id"]])
        accepted = await t.frame()
        await t.send(type="stop", message=accepted["message"])
        assert (await t.until("finished"))[-1]["status"] == "stopped"


def test_only_own_unsent_files_of_this_conversation_go_with_a_question(
    installation, acme, globex, bob, alice, carol, attach, post
) -> None:
    file = attach(bob)
    for user, tenant in ((alice, acme), (carol, globex)):
        with pytest.raises(QuestionRefused, match="has been removed"):
            post(user, tenant, files=[file])
    first = post(bob, acme, files=[file])
    assert str(first.conversation) == file["conversation"]
    with pytest.raises(QuestionRefused):  # sent already
        post(bob, acme, files=[file], conversation=first.conversation)
    other = post(bob, acme)
    with pytest.raises(QuestionRefused):  # of another conversation
        post(bob, acme, files=[attach(bob)], conversation=other.conversation)


def test_limits_are_told_in_plain_words(installation, bob, attach, settings) -> None:
    settings.ATTACHMENTS_PER_CONVERSATION = 2
    place = attach(bob)["conversation"]
    assert attach(bob, conversation=place)["conversation"] == place  # the same file is there once
    attach(bob, text="another", conversation=place)
    assert "up to 2 files" in attach(bob, text="third", conversation=place, status=422)["error"]["text"]
    settings.ATTACHMENTS_PER_CONVERSATION, settings.ATTACHMENTS_TOTAL_BYTES = 20, 100
    assert attach(bob, text="x" * 90, conversation=place, status=422)["error"]["code"] == "no_room"
    settings.ATTACHMENT_MAX_BYTES = 10
    assert attach(bob, text="x" * 90, status=422)["error"]["code"] == "too_large"
    assert attach(bob, text="", status=422)["error"]["code"] == "empty"


def test_pasted_pictures_of_one_name_are_kept_apart(installation, bob, attach) -> None:
    first = attach(bob, text="a", name="image.png")
    second = attach(bob, text="b", name="image.png", conversation=first["conversation"])
    assert (first["name"], second["name"]) == ("image.png", "image (2).png")


def test_a_removed_file_is_purged_and_found_no_more(
    installation, acme, bob, attach, read, browser_of
) -> None:
    row = read(attach(bob))
    assert browser_of(bob).post(f"/api/attachments/{row.pk}/remove").status_code == 200
    purge_all(acme)
    later(acme)
    assert everything(acme) == (0, 0, 0)


def test_files_go_with_their_conversation_and_come_back_with_it_before(
    installation, acme, bob, attach, read, post
) -> None:
    item = attach(bob)
    read(item)
    posted = post(bob, acme, files=[item])
    with tenant_scope(acme.id):
        row = Conversation.objects.get(pk=posted.conversation)
        delete_conversation(row)
    later(acme)
    assert everything(acme) == (1, 1, 1)  # it can be restored
    with tenant_scope(acme.id):
        Conversation.objects.update(deleted_at=timezone.now() - UNDO - timedelta(minutes=1))
    apply_retention()
    purge_all(acme)
    later(acme)
    assert everything(acme) == (0, 0, 0)


def test_files_of_an_incognito_conversation_go_with_it(installation, acme, bob, attach, read, post) -> None:
    with tenant_scope(acme.id):
        DataRules.objects.create(incognito=True)
    item = attach(bob)
    read(item)
    posted = post(bob, acme, files=[item], incognito=True)
    with tenant_scope(acme.id):
        delete_conversation(Conversation.objects.get(pk=posted.conversation))
    purge_all(acme)
    later(acme)
    assert everything(acme) == (0, 0, 0)


def test_files_that_were_never_sent_go_after_a_day(installation, acme, bob, attach) -> None:
    attach(bob)
    ending.sweep()
    assert everything(acme) == (1, 1, 1)
    later(acme)
    purge_all(acme)
    later(acme)
    assert everything(acme) == (0, 0, 0)


def test_a_legal_hold_keeps_what_is_removed_and_no_question_finds_it(
    installation, acme, alice, bob, attach, read, browser_of, there
) -> None:
    row = read(attach(bob))
    with tenant_scope(acme.id):
        LegalHold.objects.create(person=bob, reason="Case 7")
    assert browser_of(bob).post(f"/api/attachments/{row.pk}/remove").status_code == 200
    later(acme)
    purge_all(acme)
    attachments, documents, _ = everything(acme)
    assert (attachments, documents) == (0, 1)
    with tenant_scope(acme.id):
        kept = Document.with_private.get()
        assert kept.deleted_at is None and kept.collection_id != row.conversation
        LegalHold.objects.update(released_at=timezone.now())
    later(acme)
    purge_all(acme)
    assert everything(acme)[1] == 0
