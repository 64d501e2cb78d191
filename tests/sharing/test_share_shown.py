"""What a reader of a shared conversation sees: what they may read themselves, at that moment."""

import pytest
from django.test import Client

from chat.models import AnswerPassage, Conversation, Message
from ingestion.actions import delete_document, move_document
from ingestion.models import Collection
from tenants.access import require_member
from tenants.scoping import tenant_scope
from tests.sharing.conftest import add_answer, post

OPEN = ("What may a hotel cost?", "180 euros [1].")
CLOSED = ("Whom do we buy?", "Initech, in spring [1].")
SECRETS = ("Initech", "Merger", "spring")


def shown(items: list[dict]) -> list[str]:
    return ["withheld" if item.get("withheld") else item["text"] for item in items]


def test_a_reader_sees_answers_with_their_sources(talk, share, read, dora, open_paper) -> None:
    row = share(talk((*OPEN, [open_paper])))
    [question, answer] = read(dora, row)
    assert shown([question, answer]) == list(OPEN)
    [citation] = answer["citations"]
    assert (citation["title"], citation["quote"]) == ("Travel policy", "Hotels may cost 180 euros.")


def test_an_answer_from_a_source_that_the_reader_may_not_read_is_withheld_whole(
    talk, share, read, bob, dora, manager, closed_paper, browser_of
) -> None:
    row = share(talk((*CLOSED, [closed_paper])))
    assert shown(read(dora, row)) == [CLOSED[0], "withheld"]
    page = browser_of(dora).get(f"/shared/{row.key}/").content.decode()
    assert not any(secret in page for secret in SECRETS)
    assert "One answer is not shown to you" in page
    for user in (bob, manager):
        assert shown(read(user, row)) == list(CLOSED)


def test_one_unreadable_source_of_several_withholds_the_answer_even_if_it_is_not_cited(
    talk, share, read, acme, dora, open_paper, closed_paper
) -> None:
    row = share(talk((*OPEN, [open_paper, closed_paper])))
    with tenant_scope(acme.id):
        AnswerPassage.objects.filter(number=2).update(quote="")
    assert shown(read(dora, row)) == [OPEN[0], "withheld"]


def test_later_answers_may_repeat_a_withheld_one_and_earlier_ones_cannot(
    talk, share, read, dora, open_paper, closed_paper
) -> None:
    row = share(
        talk(
            (*OPEN, [open_paper]), (*CLOSED, [closed_paper]), ("And then?", "As said: Initech.", [open_paper])
        )
    )
    assert shown(read(dora, row)) == [*OPEN, CLOSED[0], "withheld", "And then?", "withheld"]


def test_an_answer_that_was_replaced_still_taints_what_came_after_it(
    talk, share, read, acme, dora, open_paper, closed_paper
) -> None:
    conversation = talk((*CLOSED, [closed_paper]), ("And then?", "As said: Initech.", []))
    with tenant_scope(acme.id):
        add_answer(Message.objects.filter(role="question").order_by("id")[0], "I cannot say.", [open_paper])
    row = share(conversation)
    assert shown(read(dora, row)) == [CLOSED[0], "I cannot say.", "And then?", "withheld"]


def test_a_right_given_or_taken_counts_from_the_next_opening_on(
    talk, share, read, acme, dora, board, closed_paper
) -> None:
    row = share(talk((*CLOSED, [closed_paper])))
    for change, expected in ((board.people.add, CLOSED[1]), (board.people.remove, "withheld")):
        with tenant_scope(acme.id):
            change(dora)
        assert shown(read(dora, row))[1] == expected


def test_a_moved_source_counts_where_it_is_now(
    talk, share, read, acme, alice, dora, board, open_paper
) -> None:
    row = share(talk((*OPEN, [open_paper])))
    with tenant_scope(acme.id):
        move_document(open_paper, collection=board, member=require_member(alice.id, tenant=acme.id))
    assert shown(read(dora, row))[1] == "withheld"


@pytest.mark.parametrize("purged", [False, True])
def test_a_source_that_was_deleted_is_shown_to_nobody_new(
    talk, share, read, acme, alice, dora, open_paper, purged
) -> None:
    row = share(talk((*OPEN, [open_paper])))
    with tenant_scope(acme.id):
        delete_document(open_paper, require_member(alice.id, tenant=acme.id))
        if purged:
            open_paper.delete()
    assert shown(read(dora, row))[1] == "withheld"


def test_a_source_opens_through_the_link_for_those_who_may_read_it(
    talk, share, acme, bob, dora, carol, board, open_paper, closed_paper, browser_of
) -> None:
    conversation = talk((*OPEN, [open_paper]), (*CLOSED, [closed_paper]))
    row = share(conversation)
    with tenant_scope(acme.id):
        first, second = Message.objects.filter(role="answer").order_by("id")
    path = f"/api/shared/{row.key}/%s/sources/%s/"
    opened = browser_of(dora).get(path % (first.pk, 1))
    assert opened.json()["quote"] == "Hotels may cost 180 euros."
    for client, message, number in (
        (browser_of(dora), second, 1),
        (browser_of(dora), first, 2),
        (browser_of(carol), first, 1),
    ):
        refused = client.get(path % (message.pk, number))
        assert refused.status_code == 404
        assert not any(secret in refused.content.decode() for secret in SECRETS)
    assert Client().get(path % (first.pk, 1)).status_code == 401
    assert browser_of(dora).get(f"/api/messages/{first.pk}/sources/1/").status_code == 404
    post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/withdraw")
    assert browser_of(dora).get(path % (first.pk, 1)).status_code == 404


def test_a_source_of_another_conversation_does_not_open_through_the_link(
    talk, share, acme, dora, open_paper, browser_of
) -> None:
    row = share(talk((*OPEN, [open_paper])))
    other = talk((*OPEN, [open_paper]))
    with tenant_scope(acme.id):
        answer = Message.objects.get(conversation=other, role="answer")
    assert browser_of(dora).get(f"/api/shared/{row.key}/{answer.pk}/sources/1/").status_code == 404


def test_continuing_copies_what_the_reader_may_read_and_nothing_else(
    talk, share, acme, bob, dora, open_paper, closed_paper, browser_of
) -> None:
    original = talk((*OPEN, [open_paper]), (*CLOSED, [closed_paper]))
    row = share(original)
    response = browser_of(dora).post(f"/shared/{row.key}/continue")
    with tenant_scope(acme.id):
        copy = Conversation.objects.exclude(pk=original.pk).get()
        assert (copy.user, response.url) == (dora, f"/chat/{copy.pk}/")
        assert list(copy.messages.values_list("text", "user")) == [(text, dora.pk) for text in OPEN]
        assert copy.messages.last().usage == {}
    own = browser_of(dora).get(f"/api/conversations/{copy.pk}/").json()["messages"]
    assert own[1]["citations"][0]["quote"] == "Hotels may cost 180 euros."
    assert browser_of(bob).get(f"/api/conversations/{copy.pk}/").status_code == 404


def test_nothing_is_copied_where_nothing_may_be_read(
    talk, share, acme, dora, carol, closed_paper, browser_of
) -> None:
    row = share(talk((*CLOSED, [closed_paper])))
    assert browser_of(dora).post(f"/shared/{row.key}/continue").url == f"/shared/{row.key}/"
    assert browser_of(carol).post(f"/shared/{row.key}/continue").status_code == 404
    with tenant_scope(acme.id):
        assert Conversation.objects.count() == 1


def test_what_was_copied_hides_its_quotes_when_the_right_ends(
    talk, share, acme, dora, handbook, open_paper, browser_of
) -> None:
    row = share(talk((*OPEN, [open_paper])))
    copied = browser_of(dora).post(f"/shared/{row.key}/continue").url.split("/")[-2]
    with tenant_scope(acme.id):
        Collection.objects.filter(pk=handbook.pk).update(everyone=False)
    own = browser_of(dora).get(f"/api/conversations/{copied}/").json()["messages"]
    assert own[1]["citations"][0] | {"title": ""} == own[1]["citations"][0] | {
        "title": "",
        "quote": "",
        "available": False,
    }
