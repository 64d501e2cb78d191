"""Branches as everything else that reads messages sees them; and what others may do about them."""

import json

import pytest
from django.test import Client

from chat.actions import edit_question
from chat.errors import NotFound
from chat.models import Message
from chat.sharing.actions import Audience, share_conversation, update_share
from chat.sharing.shown import shared_messages
from chat.tree import end_of_path
from ingestion.models import Collection
from tenants.access import Visitor, require_member
from tenants.scoping import tenant_scope
from tests.sharing.conftest import add_answer


def texts(items: list[dict]) -> list[str]:
    return ["withheld" if item.get("withheld") else item["text"] for item in items]


def post(client: Client, path: str):
    return client.post(path, json.dumps({}), content_type="application/json")


def test_nobody_else_flips_compares_or_edits(bobs, alice, manager, carol, browser_of, acme) -> None:
    talk = bobs()
    posted = talk.ask()
    again = talk.retry(posted.answer)
    for user in (alice, manager, carol):
        assert post(browser_of(user), f"/api/messages/{posted.answer}/choose").status_code == 404
        assert browser_of(user).get(f"/api/messages/{posted.answer}/answers").status_code == 404
    assert post(Client(), f"/api/messages/{posted.answer}/choose").status_code == 401
    session = browser_of(alice).cookies["sessionid"].value
    with pytest.raises(NotFound):
        edit_question(
            Visitor(session, alice.id, acme.id), client_id="x", message=posted.question, text="Mine?"
        )
    with tenant_scope(acme.id):
        assert end_of_path(talk.conversation) == again.answer
        assert Message.objects.count() == 3


def test_comparing_shows_the_quotes_that_may_be_read_now(
    talk, bob, acme, handbook, open_paper, browser_of
) -> None:
    row = talk(("What may a hotel cost?", "180 euros [1].", [open_paper]))
    with tenant_scope(acme.id):
        question, answer = row.messages.order_by("id")
        add_answer(question, "At most 180 euros [1].", [open_paper])
    path = f"/api/messages/{answer.pk}/answers"
    [first, second] = browser_of(bob).get(path).json()["answers"]
    assert (first["text"], second["text"]) == ("180 euros [1].", "At most 180 euros [1].")
    assert first["citations"][0]["quote"] == second["citations"][0]["quote"] == "Hotels may cost 180 euros."
    with tenant_scope(acme.id):
        Collection.objects.filter(pk=handbook.pk).update(everyone=False)
    hidden = browser_of(bob).get(path).json()["answers"]
    assert [item["citations"][0]["available"] for item in hidden] == [False, False]
    assert browser_of(bob).get(f"/api/messages/{question.pk}/answers").status_code == 404


def test_export_and_print_hold_the_shown_path_and_a_persons_data_all_of_it(bobs, bob, browser_of) -> None:
    talk = bobs()
    first = talk.ask("Old words?")
    talk.edit(first.question, "New words?")
    client = browser_of(bob)
    exported = client.get(f"/chat/{talk.conversation}/export.json").json()["messages"]
    assert exported[0]["text"] == "New words?"
    assert len(exported) == 2
    assert "## Old words?" not in client.get(f"/chat/{talk.conversation}/export.md").content.decode()
    printed = client.get(f"/chat/{talk.conversation}/print/").content.decode()
    assert "New words?" in printed.split("print-data")[1]
    assert "Old words?" not in printed.split("print-data")[1]


def test_a_share_shows_the_path_as_it_was_shared(bobs, bob, dora, acme) -> None:
    talk = bobs()
    first = talk.ask("One?")
    talk.ask("Two?")
    with tenant_scope(acme.id):
        owner, reader = talk.member, require_member(dora.id, tenant=acme.id)
        share = share_conversation(talk.row, Audience(), owner)
    talk.edit(first.question, "Another?")
    with tenant_scope(acme.id):
        assert texts(shared_messages(share, reader))[::2] == ["One?", "Two?"]
        share.conversation.refresh_from_db()
        update_share(share, owner)
        assert texts(shared_messages(share, reader))[::2] == ["Another?"]


def test_an_edit_that_avoids_a_closed_source_can_be_shared(
    bobs, talk, bob, dora, acme, open_paper, closed_paper
) -> None:
    """What stands in another branch taints nothing here; every answer to a question before it does."""
    row = talk(("Whom do we buy?", "Initech [1].", [closed_paper]))
    bobs_talk = bobs()
    bobs_talk.conversation = row.pk
    with tenant_scope(acme.id):
        question = row.messages.get(role="question")
    posted = bobs_talk.edit(question.pk, "What may a hotel cost?")
    with tenant_scope(acme.id):
        reader = require_member(dora.id, tenant=acme.id)
        share = share_conversation(bobs_talk.row, Audience(), bobs_talk.member)
        assert "withheld" not in texts(shared_messages(share, reader))
        add_answer(Message.objects.get(pk=posted.question), "As said: Initech [1].", [closed_paper])
    bobs_talk.ask("And then?")
    with tenant_scope(acme.id):
        share.conversation.refresh_from_db()
        update_share(share, bobs_talk.member)
        assert texts(shared_messages(share, reader))[-1] == "withheld"


def test_search_finds_every_branch_and_opening_a_hit_shows_it(bobs, bob, browser_of) -> None:
    talk = bobs()
    first = talk.ask("Where is the pangolin kept?")
    talk.edit(first.question, "Where is the badger kept?")
    client = browser_of(bob)
    [hit] = client.get("/api/conversations/search?q=pangolin").json()["items"]
    assert hit["message"] == str(first.question)
    shown = post(client, f"/api/messages/{hit['message']}/choose").json()["messages"]
    assert shown[0]["text"] == "Where is the pangolin kept?"
    again = client.get(f"/api/conversations/{talk.conversation}/").json()["messages"]
    assert [item["id"] for item in again] == [item["id"] for item in shown]


def test_an_answer_that_came_to_nothing_is_no_version_once_there_is_another(bobs, bob, acme) -> None:
    talk = bobs()
    first = talk.ask()
    with tenant_scope(acme.id):
        Message.objects.filter(pk=first.answer).update(text="", status="failed")
    again = talk.retry(first.answer)
    assert again.versions is None
