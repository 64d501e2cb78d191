"""Pictures beside the sources of an answer: told to who may read the document now, and to nobody else."""

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from chat.models import AnswerPassage, Conversation, Message
from ingestion import tasks
from ingestion.models import Collection, Document, DocumentVersion, PictureSet
from ingestion.parse import detect
from tenants.scoping import tenant_scope
from tests.ingestion.illustrated import figure, illustrated_pdf

PLACE = (72.0, 300.0, 240.0, 180.0)


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[tuple[str, str]]:
    """What workers were told, in the place of a broker."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(tasks.pictures, "delay", lambda *ids: told.append(ids))
    return told


def illustrate(document: Document) -> Document:
    """Pictures on its first and third page; page two has none."""
    page = ("Words", [(figure(), PLACE)])
    data = illustrated_pdf(page, ("Words alone", []), ("Words", [(figure("olive"), PLACE)]))
    with tenant_scope(document.tenant_id):
        version = DocumentVersion.objects.get(pk=document.current_version_id)
        default_storage.delete(version.file.name)
        version.file.save("original", ContentFile(data), save=False)
        version.media_type, version.ready_at = detect.PDF, timezone.now()
        version.save()
    return document


@pytest.fixture
def answer(open_paper, closed_paper, talk, acme) -> Message:
    """Cites page 1 of what all may read, and page 3 of what Bob may and Dora may not."""
    conversation = talk(
        ("How much?", "That much [1] [2].", [illustrate(open_paper), illustrate(closed_paper)])
    )
    with tenant_scope(acme.id):
        AnswerPassage.objects.filter(number=1).update(page=1)
        AnswerPassage.objects.filter(number=2).update(page=3)
        return conversation.messages.get(role="answer")


def asked(browser, answer: Message) -> dict:
    response = browser.get(reverse("answer-pictures", args=[answer.pk]))
    assert response.status_code == 200, response.content
    return response.json()


def shown(browser, conversation) -> list[dict]:
    path = reverse("conversation-show", args=[conversation])
    *_, last = browser.get(path).json()["messages"]
    return [citation.get("pictures", "left out") for citation in last["citations"]]


def take(sent: list[tuple[str, str]]) -> None:
    for ids in sent:
        tasks.pictures(*ids)


def test_only_the_owner_of_an_answer_asks_for_its_pictures(
    answer, sent, bob, dora, alice, carol, operator, client, browser_of
) -> None:
    path = reverse("answer-pictures", args=[answer.pk])
    for stranger, status in ((dora, 404), (alice, 404), (carol, 404), (operator, 403)):
        assert browser_of(stranger).get(path).status_code == status
    assert client.get(path).status_code == 401
    assert sent == []


def test_pictures_are_taken_once_when_they_are_first_wanted(answer, sent, bob, browser_of, acme) -> None:
    browser = browser_of(bob)
    assert shown(browser, answer.conversation_id) == [None, None]
    assert sent == [], "nobody has looked at the answer yet"
    assert asked(browser, answer)["pending"]
    assert asked(browser, answer)["pending"]
    assert len(sent) == 2, "once a document"
    take(sent)
    found = asked(browser, answer)
    assert not found["pending"]
    assert [(item["number"], [p["page"] for p in item["pictures"]]) for item in found["items"]] == [
        (1, [1]),
        (2, [3]),
    ]
    [first], [second] = shown(browser, answer.conversation_id)
    assert (first["unit"], first["width"], first["height"]) == ("page", 480, 360)
    for picture in (first, second):
        assert browser.get(picture["url"]).status_code == browser.get(picture["small"]).status_code == 200
    panel = browser.get(reverse("source", args=[answer.pk, 2])).json()
    assert panel["pictures"] == [second]


def test_a_task_that_never_came_back_is_sent_again(answer, sent, bob, browser_of) -> None:
    asked(browser_of(bob), answer)
    cache.clear()  # as time does
    asked(browser_of(bob), answer)
    assert len(sent) == 4


def test_a_broker_that_is_away_fails_nobody(answer, bob, browser_of, monkeypatch) -> None:
    def away(*ids: str) -> None:
        raise OperationalError("refused")

    monkeypatch.setattr(tasks.pictures, "delay", away)
    assert asked(browser_of(bob), answer)["pending"]


def test_who_loses_the_right_is_told_of_no_picture(answer, sent, bob, browser_of, acme) -> None:
    browser = browser_of(bob)
    asked(browser, answer)
    take(sent)
    [_, [lost]] = shown(browser, answer.conversation_id)
    with tenant_scope(acme.id):
        Collection.objects.get(name="Board").people.clear()
    assert shown(browser, answer.conversation_id)[1] == "left out"
    assert [item["number"] for item in asked(browser, answer)["items"]] == [1]
    assert browser.get(lost["url"]).status_code == 404
    assert lost["url"] not in browser.get(f"/chat/{answer.conversation_id}/").content.decode()


def test_of_a_deleted_document_nothing_is_told_or_taken(answer, sent, bob, browser_of, acme) -> None:
    with tenant_scope(acme.id):
        Document.objects.update(deleted_at=timezone.now())
    assert asked(browser_of(bob), answer) == {
        "items": [{"number": 1, "pictures": []}, {"number": 2, "pictures": []}],
        "pending": False,
    }
    assert sent == []


def test_pictures_on_other_pages_are_not_shown(answer, sent, bob, browser_of, acme) -> None:
    with tenant_scope(acme.id):
        AnswerPassage.objects.update(page=2)
    asked(browser_of(bob), answer)
    take(sent)
    assert shown(browser_of(bob), answer.conversation_id) == [[], []]


def test_a_text_holds_no_pictures_and_nobody_waits_for_them(open_paper, talk, sent, bob, browser_of) -> None:
    conversation = talk(("How much?", "That much [1].", [open_paper]))
    assert shown(browser_of(bob), conversation.pk) == [[]]


def test_the_pictures_of_a_conversation_cost_one_query(answer, sent, bob, browser_of) -> None:
    browser = browser_of(bob)
    asked(browser, answer)
    take(sent)
    with CaptureQueriesContext(connection) as queries:
        shown(browser, answer.conversation_id)
    assert sum(PictureSet._meta.db_table in query["sql"] for query in queries) == 1


def test_readers_of_a_shared_answer_see_the_pictures_that_are_theirs_to_see(
    open_paper, closed_paper, talk, share, sent, bob, dora, browser_of, acme
) -> None:
    conversation: Conversation = talk(
        ("How much?", "That much [1].", [illustrate(open_paper)]),
        ("When?", "In spring [1].", [illustrate(closed_paper)]),
    )
    with tenant_scope(acme.id):
        AnswerPassage.objects.update(page=1)
        answers = list(conversation.messages.filter(role="answer"))
    for each in answers:
        asked(browser_of(bob), each)
    take(sent)
    link = share(conversation, everyone=True)
    page = browser_of(dora).get(reverse("share", args=[link.key])).content.decode()
    told = [
        version
        for version in (open_paper.current_version_id, closed_paper.current_version_id)
        if f"/documents/{version}/pictures/1/" in page
    ]
    assert told == [open_paper.current_version_id]
    source = browser_of(dora).get(reverse("share-source", args=[link.key, answers[0].pk, 1])).json()
    assert len(source["pictures"]) == 1
