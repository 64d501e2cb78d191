"""Ratings of answers: one's own alone, changed, taken back, and kept when another answer is written."""

import pytest

from chat.gaps.models import AnswerRules, Feedback, GapQuestion
from chat.models import Message
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

QUESTION = "What may a hotel in Oslo cost?"


@pytest.fixture
def answer(ask, bob, acme) -> Message:
    return ask(bob, acme, QUESTION)


def path(answer: Message, what: str = "feedback") -> str:
    return f"/api/messages/{answer.pk}/{what}"


@pytest.mark.parametrize("what", ["feedback", "send-question"])
def test_nobody_else_rates_an_answer_or_sends_its_question(what, answer, post, alice, carol, acme) -> None:
    for outsider in (alice, carol):
        said = post(outsider, path(answer, what), helpful=False, sent=True)
        assert said.status_code == 404
    with tenant_scope(acme.id):
        assert not Feedback.objects.exists()
        assert not GapQuestion.objects.get().sent


def test_a_rating_is_changed_and_taken_back(answer, post, bob, acme) -> None:
    down = post(
        bob, path(answer), helpful=False, reasons=["outdated", "wrong"], comment=" Since May. "
    ).json()
    assert down["feedback"] == {"helpful": False, "reasons": ["wrong", "outdated"], "comment": "Since May."}
    up = post(bob, path(answer), helpful=True, reasons=["wrong"], comment="Not kept.").json()
    assert up["feedback"] == {"helpful": True, "reasons": [], "comment": ""}
    assert post(bob, path(answer), helpful=None).json()["feedback"] is None
    with tenant_scope(acme.id):
        assert not Feedback.objects.exists()


def test_a_rating_stays_with_its_answer_when_another_is_written(answer, post, bob, acme, browser_of) -> None:
    post(bob, path(answer), helpful=False)
    with tenant_scope(acme.id):
        again = Message.objects.create(
            conversation=answer.conversation,
            user=bob,
            role="answer",
            question=answer.question,
            text="Better.",
        )
        assert Feedback.objects.get().message_id == answer.pk
    shown = browser_of(bob).get(f"/api/conversations/{answer.conversation_id}/").json()["messages"]
    assert [each["feedback"] for each in shown if each["id"] == str(again.pk)] == [None]
    with tenant_scope(acme.id):
        assert GapQuestion.objects.get().disliked


def test_the_page_shows_the_rating_to_its_author(answer, post, bob, browser_of) -> None:
    post(bob, path(answer), helpful=False, reasons=["unclear"], send=True)
    [_, shown] = browser_of(bob).get(f"/api/conversations/{answer.conversation_id}/").json()["messages"]
    assert shown["feedback"]["reasons"] == ["unclear"]
    assert shown["question_sent"] is True


def test_a_question_is_sent_and_taken_back_and_the_audit_trail_says_so(answer, post, bob, acme) -> None:
    assert post(bob, path(answer, "send-question"), sent=True).json()["question_sent"] is True
    with tenant_scope(acme.id):
        event = AuditEvent.objects.get(action="gap.question_sent")
        assert (event.actor_id, event.object_id) == (bob.pk, answer.question_id)
        assert QUESTION not in str(event.detail)
    assert post(bob, path(answer, "send-question"), sent=False).json()["question_sent"] is False


def test_an_incognito_answer_is_neither_counted_nor_rated(ask, post, bob, acme) -> None:
    hidden = ask(bob, acme, QUESTION, incognito=True)
    assert post(bob, path(hidden), helpful=False).status_code == 404
    assert post(bob, path(hidden, "send-question"), sent=True).status_code == 404
    with tenant_scope(acme.id):
        assert not GapQuestion.objects.exists()


def test_an_organisation_that_does_not_count_keeps_ratings_and_no_question(ask, post, bob, acme) -> None:
    with tenant_scope(acme.id):
        AnswerRules.objects.create(counting=False)
    post(bob, path(ask(bob, acme, QUESTION)), helpful=False)
    with tenant_scope(acme.id):
        assert Feedback.objects.count() == 1
        assert not GapQuestion.objects.exists()


def test_thanks_are_no_gap(ask, bob, acme) -> None:
    ask(bob, acme, "Thanks!", text="You are welcome.")
    with tenant_scope(acme.id):
        assert not GapQuestion.objects.exists()


def test_a_better_rating_clears_what_only_the_rating_had_noted(ask, post, bob, acme) -> None:
    answer = ask(bob, acme, QUESTION)
    with tenant_scope(acme.id):
        GapQuestion.objects.all().delete()  # as if it had been answered
    post(bob, path(answer), helpful=False, send=True)
    post(bob, path(answer), helpful=True)
    with tenant_scope(acme.id):
        assert not GapQuestion.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"helpful": "yes"},
        {"helpful": False, "reasons": ["<b>"]},
        {"helpful": False, "reasons": "wrong"},
        {"helpful": False, "comment": "x" * 2001},
        {"helpful": False, "send": "yes"},
    ],
    ids=["no-boolean", "unknown-reason", "no-list", "too-long", "no-flag"],
)
def test_what_cannot_be_read_is_refused(body, answer, post, bob, acme) -> None:
    assert post(bob, path(answer), **body).status_code == 400
    with tenant_scope(acme.id):
        assert not Feedback.objects.exists()
