"""Gaps: grouped by meaning, shown to those who tend the matter, and never a way into people's conversations."""

import pytest
from django.urls import reverse

from chat.actions import delete_conversation
from chat.gaps import trying
from chat.gaps.models import AnswerRules, GapQuestion, GapState, KnowledgeGap
from chat.gaps.noting import note_ending
from chat.gaps.sorting import drop_empty, sort_waiting
from chat.models import Conversation
from chat.retention import remove
from ingestion.models import Collection
from tenants.models import AuditEvent, Membership, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream  # noqa: F401

PARKING = "Where can I park my car at the office?"
PARKING_TOO = "Where may I park my car at the office?"
PAY = "Which day is salary paid each month?"
LIST = "/admin/gaps/knowledgegap/"


@pytest.fixture
def asked(installation, ask, acme, bob, dora, handbook):
    """Two have asked about parking and one about pay."""
    ask(bob, acme, PARKING, near=handbook)
    ask(dora, acme, PARKING_TOO, near=handbook)
    ask(bob, acme, PAY, near=handbook)
    sort_waiting()


@pytest.fixture
def gap(asked, acme) -> KnowledgeGap:
    with tenant_scope(acme.id):
        return GapQuestion.objects.get(question__text=PARKING).gap


def change(gap: KnowledgeGap) -> str:
    return reverse("admin:gaps_knowledgegap_change", args=[gap.pk])


def text(client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_members_and_other_organisations_see_no_gap(
    gap, ask, bob, carol, globex, operator, browser_of
) -> None:
    for outsider in (bob, operator):
        for path in (LIST, change(gap)):
            assert browser_of(outsider).get(path, follow=True).status_code == 403
    carols = browser_of(carol)
    assert "Knowledge gaps" in text(carols, LIST)
    assert str(gap.pk) not in text(carols, LIST)
    assert carols.get(change(gap)).status_code == 302
    for verb in ("upload", "try", "solve"):
        carols.post(f"{LIST}{gap.pk}/{verb}/")
    with tenant_scope(gap.tenant_id):
        gap.refresh_from_db()
        assert gap.state == GapState.OPEN


def test_questions_of_two_organisations_never_share_a_gap(
    asked, ask, globex, carol, alice, acme, browser_of
) -> None:
    ask(carol, globex, PARKING)
    sort_waiting()
    with tenant_scope(globex.id):
        assert GapQuestion.objects.get().gap.questions.count() == 1
    with tenant_scope(acme.id):
        assert KnowledgeGap.objects.count() == 2
        assert GapQuestion.objects.filter(gap__tenant=globex).count() == 0


def test_a_manager_of_chosen_collections_sees_theirs_alone(gap, ask, acme, bob, manager, browser_of) -> None:
    with tenant_scope(acme.id):
        mine = Collection.objects.create(name="Mine", everyone=True)
        mine.managers.add(manager)
        Membership.objects.filter(user=manager).update(tends_chosen=True)
    ask(bob, acme, "How do I order business cards?", near=mine)
    sort_waiting()
    with tenant_scope(acme.id):
        theirs = KnowledgeGap.objects.get(collection=mine)
    mias = browser_of(manager)
    shown = text(mias, LIST)
    assert str(theirs.pk) in shown
    assert str(gap.pk) not in shown
    assert mias.get(change(gap)).status_code == 302
    mias.post(f"{LIST}{gap.pk}/solve/")
    with tenant_scope(acme.id):
        gap.refresh_from_db()
        assert gap.state == GapState.OPEN


def test_like_questions_form_one_gap_that_says_why(asked, acme) -> None:
    with tenant_scope(acme.id):
        first, second = GapQuestion.objects.filter(question__text__contains="park").order_by("created")
        assert first.gap_id == second.gap_id
        assert first.nearness is None  # it began the gap
        assert second.nearness > 0.8
        assert KnowledgeGap.objects.count() == 2


def test_words_are_hidden_until_enough_people_have_asked(
    gap, ask, acme, bob, erik, alice, browser_of
) -> None:
    client = browser_of(alice)
    ask(bob, acme, PARKING)  # the same person again
    sort_waiting()
    for path in (LIST, change(gap)):
        assert "park" not in text(client, path)
        assert "Shown from 3 people on" in text(client, path)
    ask(erik, acme, PARKING)
    sort_waiting()
    shown = text(client, change(gap))
    assert PARKING in shown
    assert PARKING_TOO in shown
    for person in ("Bob Berg", "Dora Dahl", "Erik Ek"):
        assert person not in shown
    with tenant_scope(acme.id):
        event = AuditEvent.objects.filter(action="gap.shown", object_id=gap.pk).get()
        assert len(event.detail["questions"]) == 4


def test_a_question_that_was_sent_is_shown_alone(gap, post, acme, bob, alice, browser_of) -> None:
    with tenant_scope(acme.id):
        answer = GapQuestion.objects.get(question__text=PARKING).question.answers.get()
    post(bob, f"/api/messages/{answer.pk}/send-question", sent=True)
    shown = text(browser_of(alice), change(gap))
    assert PARKING in shown
    assert PARKING_TOO not in shown
    assert "1 wording not shown" in shown
    post(bob, f"/api/messages/{answer.pk}/send-question", sent=False)
    assert PARKING not in text(browser_of(alice), change(gap))


def test_comments_are_shown_without_their_author(gap, post, acme, bob, alice, browser_of) -> None:
    with tenant_scope(acme.id):
        answer = GapQuestion.objects.get(question__text=PARKING).question.answers.get()
    post(
        bob, f"/api/messages/{answer.pk}/feedback", helpful=False, reasons=["outdated"], comment="<b>Old</b>"
    )
    shown = text(browser_of(alice), change(gap))
    assert "It is outdated" in shown
    assert "&lt;b&gt;Old&lt;/b&gt;" in shown
    assert "Bob" not in shown
    assert "Rated bad" in text(browser_of(alice), LIST)


@pytest.mark.parametrize("how", ["deleted", "removed", "person gone"])
def test_what_people_take_away_counts_no_more(how, gap, acme, bob, dora, alice, browser_of) -> None:
    with tenant_scope(acme.id):
        for row in Conversation.objects.filter(title__contains="park"):
            if how == "deleted":
                delete_conversation(row)
        if how == "removed":
            remove(list(Conversation.objects.filter(title__contains="park").values_list("pk", flat=True)))
        if how == "person gone":
            User.objects.filter(pk__in=[bob.pk, dora.pk]).delete()
    assert str(gap.pk) not in text(browser_of(alice), LIST)
    with tenant_scope(acme.id):
        drop_empty()
        assert KnowledgeGap.objects.filter(pk=gap.pk).exists() == (how == "deleted")


def test_incognito_questions_never_count(installation, ask, acme, bob) -> None:
    ask(bob, acme, PARKING, incognito=True)
    with tenant_scope(acme.id):
        assert not GapQuestion.objects.exists()


def test_a_conversation_with_files_counts_only_what_is_sent(installation, ask, post, acme, bob) -> None:
    with tenant_scope(acme.id):
        row = Conversation.objects.create(user=bob, title="Mine")
        Collection.with_private.create(pk=row.pk, name=str(row.pk), private_to=bob)
        asked = row.messages.create(tenant_id=acme.pk, user=bob, role="question", text=PARKING)
        answer = row.messages.create(
            tenant_id=acme.pk, user=bob, role="answer", question=asked, text="No.", status="complete"
        )
        note_ending(answer.pk)
    post(bob, f"/api/messages/{answer.pk}/feedback", helpful=False)
    with tenant_scope(acme.id):
        assert not GapQuestion.objects.exists()
    post(bob, f"/api/messages/{answer.pk}/send-question", sent=True)
    with tenant_scope(acme.id):
        assert GapQuestion.objects.get().sent


def test_an_organisation_chooses_from_how_many_people_on(gap, acme, alice, browser_of) -> None:
    with tenant_scope(acme.id):
        AnswerRules.objects.create(people=2)
    assert PARKING in text(browser_of(alice), change(gap))


def test_only_admins_change_the_rules(acme, manager, alice, browser_of) -> None:
    assert browser_of(manager).get("/admin/gaps/answerrules/").status_code == 403
    page = browser_of(alice).get("/admin/gaps/answerrules/", follow=True)
    assert page.status_code == 200
    assert browser_of(alice).post(page.redirect_chain[-1][0], {"people": 1}).status_code == 200
    browser_of(alice).post(page.redirect_chain[-1][0], {"people": 5, "follow_ups": "on"})
    with tenant_scope(acme.id):
        row = AnswerRules.objects.get()
        assert (row.counting, row.people, row.follow_ups) == (False, 5, True)
        assert AuditEvent.objects.filter(action="answer_rules.changed").exists()


def test_a_gap_is_assigned_and_its_state_told_in_the_audit_trail(
    gap, acme, alice, manager, browser_of
) -> None:
    said = {
        "state": "working",
        "assignee": manager.pk,
        "collection": gap.collection_id,
        "note": "Ask Facilities",
    }
    assert browser_of(alice).post(change(gap), said).status_code == 302
    with tenant_scope(acme.id):
        gap.refresh_from_db()
        assert (gap.state, gap.assignee_id, gap.note) == ("working", manager.pk, "Ask Facilities")
        assert AuditEvent.objects.filter(action="gap.changed", object_id=gap.pk).exists()
    browser_of(alice).post(f"{LIST}{gap.pk}/solve/")
    with tenant_scope(acme.id):
        assert AuditEvent.objects.get(action="gap.state_changed").detail["after"] == "solved"


@pytest.mark.parametrize(("state", "then"), [("solved", "open"), ("dismissed", "dismissed")])
def test_what_is_asked_again_is_open_again_unless_it_was_dismissed(state, then, gap, ask, acme, erik) -> None:
    with tenant_scope(acme.id):
        KnowledgeGap.objects.filter(pk=gap.pk).update(state=state)
    ask(erik, acme, PARKING)
    sort_waiting()
    with tenant_scope(acme.id):
        gap.refresh_from_db()
        assert gap.state == then


def test_another_embedding_model_keeps_the_groups(asked, acme, settings) -> None:
    settings.EMBEDDING_MODEL = "another"
    assert sort_waiting() == 3
    assert sort_waiting() == 0
    with tenant_scope(acme.id):
        assert KnowledgeGap.objects.count() == 2
        assert set(GapQuestion.objects.values_list("embedded_by", flat=True)) == {"another"}


def test_questions_wait_while_the_embedding_model_is_away(installation, ask, acme, bob, settings) -> None:
    ask(bob, acme, PARKING)
    address, settings.EMBEDDING_URL = settings.EMBEDDING_URL, "http://127.0.0.1:9/v1"
    assert sort_waiting() == 0
    settings.EMBEDDING_URL = address
    assert sort_waiting() == 1


def test_an_upload_for_a_gap_is_tried_and_the_figures_are_shown(
    gap, acme, alice, handbook, upload, browser_of
) -> None:
    client = browser_of(alice)
    to = client.post(f"{LIST}{gap.pk}/upload/")
    assert to.url.endswith(f"?collection={handbook.pk}")
    assert trying.try_waiting() == 0  # nothing has come yet
    upload(alice, handbook, text="# Parking\n\nYou may park my car at the office where it says so.\n")
    assert trying.try_waiting() == 1
    assert trying.try_waiting() == 0
    shown = " ".join(text(client, change(gap)).split())
    assert "<strong>2 of 2</strong> questions tried again" in shown


def test_each_question_is_tried_with_its_askers_rights(
    gap, acme, alice, dora, handbook, upload, browser_of
) -> None:
    with tenant_scope(acme.id):
        closed = Collection.objects.create(name="Closed")
        closed.people.add(dora)
        KnowledgeGap.objects.filter(pk=gap.pk).update(collection=closed, state="working")
    upload(alice, closed, text="# Parking\n\nYou may park my car at the office where it says so.\n")
    trying.try_waiting()
    with tenant_scope(acme.id):
        gap.refresh_from_db()
        assert (gap.now_answered, gap.tried) == (1, 2)


ADD = "/admin/verified/verifiedanswer/add/"


def test_a_gap_is_answered_once(gap, acme, alice, bob, handbook, browser_of) -> None:
    with tenant_scope(acme.id):
        AnswerRules.objects.create(people=2)
    client = browser_of(alice)
    page = text(client, f"{ADD}?gap={gap.pk}")
    assert PARKING in page
    said = {"questions": f"{PARKING}\n{PARKING_TOO}", "text": "In the yard.", "collection": handbook.pk}
    assert client.post(f"{ADD}?gap={gap.pk}", said).status_code == 302
    with tenant_scope(acme.id):
        gap.refresh_from_db()
        assert gap.state == "solved"
        assert gap.verified.text == "In the yard."
        assert gap.verified.author_id == alice.pk
        assert {row.embedded_by for row in gap.verified.wordings.all()} == {"instant"}
        assert AuditEvent.objects.filter(action="verified_answer.added").exists()
        trying.try_again(gap.pk)
        gap.refresh_from_db()
        assert (gap.now_answered, gap.tried) == (2, 2)


def test_verified_answers_are_written_by_those_who_tend_their_readers_collection(
    installation, acme, globex, bob, carol, manager, handbook, browser_of
) -> None:
    assert browser_of(bob).get(ADD, follow=True).status_code == 403
    with tenant_scope(acme.id):
        Membership.objects.filter(user=manager).update(tends_chosen=True)
    said = {"questions": PARKING, "text": "In the yard.", "collection": handbook.pk}
    for outsider in (manager, carol):
        response = browser_of(outsider).post(ADD, said)
        assert response.status_code == 200
        assert "Select a valid choice" in response.content.decode()


def test_versions_are_kept_brought_back_and_retired(
    installation, acme, alice, carol, handbook, browser_of
) -> None:
    from assistant.verified.models import VerifiedAnswer

    client = browser_of(alice)
    said = {"questions": PARKING, "text": "In the yard.", "collection": handbook.pk}
    client.post(ADD, said)
    with tenant_scope(acme.id):
        row = VerifiedAnswer.objects.get()
    path = f"/admin/verified/verifiedanswer/{row.pk}/"
    client.post(f"{path}change/", said | {"text": "On the roof."})
    assert "Bring back version 1" in text(client, f"{path}change/")
    browser_of(carol).post(f"{path}version/1/")
    client.post(f"{path}version/1/")
    with tenant_scope(acme.id):
        row.refresh_from_db()
        assert (row.version, row.text) == (3, "In the yard.")
    browser_of(carol).post(f"{path}retire/")
    client.post(f"{path}retire/")
    assert "Retired" in text(client, "/admin/verified/verifiedanswer/")
    with tenant_scope(acme.id):
        row.refresh_from_db()
        assert row.retired_at
        assert AuditEvent.objects.filter(action="verified_answer.retired").count() == 1


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ("\n".join(f"Q {n}" for n in range(21)), "At most 20"),
        ("x" * 501, "at most 500"),
        (" \n ", "required"),
    ],
    ids=["many", "long", "none"],
)
def test_the_number_and_length_of_wordings_is_bounded(
    questions, words, installation, alice, handbook, browser_of
) -> None:
    said = {"questions": questions, "text": "Yes.", "collection": handbook.pk}
    response = browser_of(alice).post(ADD, said)
    assert response.status_code == 200
    assert words in response.content.decode()
