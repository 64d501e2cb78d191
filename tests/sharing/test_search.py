"""Search over one's own messages: what the person's page shows, and nothing else."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.actions import delete_conversation, restore_conversation
from chat.models import Message
from chat.search import actions
from chat.search.fold import fold, pieces, snippet, terms
from chat.search.models import SearchText
from tenants.access import require_member
from tenants.scoping import every_tenant, tenant_scope
from tests.sharing.conftest import add_answer


@pytest.fixture
def find(browser_of):
    """What a search of this person finds: (title, snippet) with the marked places in brackets."""

    def look(user, query: str) -> list[tuple[str, str]]:
        response = browser_of(user).get("/api/conversations/search", {"q": query})
        assert response.status_code == 200
        return [(marked(item["title"]), marked(item["snippet"])) for item in response.json()["items"]]

    return look


def marked(parts: list[dict]) -> str:
    return "".join(f"[{part['text']}]" if part["mark"] else part["text"] for part in parts)


def test_questions_answers_and_names_are_found_without_case_and_accents(talk, bob, find) -> None:
    talk(("Was kostet die Übernachtung?", "Höchstens 180 Euro.", []), title="Reisen")
    assert find(bob, "ubernachtung") == [("Reisen", "Was kostet die [Übernachtung]?")]
    assert find(bob, "HÖCHST") == [("Reisen", "[Höchst]ens 180 Euro.")]
    assert find(bob, "reisen") == [("[Reisen]", "")]
    assert find(bob, "euro 180") == [("Reisen", "Höchstens [180] [Euro].")]
    assert find(bob, '"180 euro"') == [("Reisen", "Höchstens [180 Euro].")]
    assert find(bob, '"euro 180"') == []
    assert find(bob, "nowhere") == []


@pytest.mark.parametrize("query", ["", " ", "a", '""', "%", "\x00"])
def test_too_little_finds_nothing(talk, bob, find, query) -> None:
    talk(("a % b", "a_b", []))
    assert find(bob, query) == []


@pytest.mark.parametrize("query", ["%%", "a_b", "' OR 1=1 --", "\\", "(*"])
def test_signs_of_query_languages_are_only_signs(talk, bob, find, query) -> None:
    talk(("axb", "nothing", []))
    assert find(bob, query) == []


def test_nobody_finds_what_others_wrote(talk, bob, alice, dora, carol, find, share, open_paper) -> None:
    conversation = talk(("What may a hotel cost?", "180 euros", [open_paper]))
    share(conversation)
    assert find(bob, "hotel")
    for user in (alice, dora, carol):
        assert find(user, "hotel") == []
    assert Client().get("/api/conversations/search?q=hotel").status_code == 401


def test_sources_are_not_searched_so_a_lost_one_is_not_found_by_its_words(
    talk, bob, find, closed_paper
) -> None:
    talk(("Whom do we buy?", "A company [1].", [closed_paper]))
    assert find(bob, "Initech") == []
    assert find(bob, "Merger") == []
    assert find(bob, "company") != []


def test_an_answer_that_was_replaced_or_is_being_written_is_not_found(talk, acme, bob, find) -> None:
    conversation = talk(("Question", "First try", []))
    with tenant_scope(acme.id):
        asked = Message.objects.get(conversation=conversation, role="question")
        second = add_answer(asked, "Second try")
        assert find(bob, "try") == [("Costs", "Second [try]")]
        Message.objects.filter(pk=second.pk).update(text="Third try")  # what was found stays what was shown
        third = add_answer(asked, "Half wri")
        Message.objects.filter(pk=third.pk).update(status="streaming")
        assert find(bob, "half") == []
        Message.objects.filter(pk=third.pk).update(status="complete", text="Half written")
    assert find(bob, "written") == [("Costs", "Half [written]")]


def test_a_deleted_conversation_is_found_again_only_when_that_is_undone(talk, acme, bob, find) -> None:
    conversation = talk(("Question", "Answer", []))
    assert find(bob, "answer")
    with tenant_scope(acme.id):
        delete_conversation(conversation)
        assert find(bob, "answer") == []
        restore_conversation(conversation.pk, require_member(bob.id, tenant=acme.id))
    assert find(bob, "answer")
    with tenant_scope(acme.id):
        conversation.delete()
    with every_tenant():
        assert not SearchText.objects.exists()


def test_many_old_messages_are_made_searchable_piece_by_piece(talk, acme, bob, monkeypatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 3)
    talk(("oldest", "one", []), ("two", "three", []), ("four", "five", []))
    with tenant_scope(acme.id):
        member = require_member(bob.id, tenant=acme.id)
        assert actions.search("five", member) == ([], True)
        found, more = actions.search("five", member)
        assert (len(found), more) == (1, False)


@pytest.mark.sqlite
def test_a_search_reads_the_texts_of_one_person(talk, acme, bob) -> None:
    talk(("oldest", "one", []))
    with tenant_scope(acme.id), CaptureQueriesContext(connection) as captured:
        actions.search("oldest", require_member(bob.id, tenant=acme.id))
    read = [
        q["sql"]
        for q in captured.captured_queries
        if q["sql"].startswith("SELECT") and "chat_message" in q["sql"]
    ]
    assert read
    with connection.cursor() as cursor:
        for sql in read:
            plan = [row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert not [step for step in plan if step.startswith("SCAN")], (sql, plan)


def test_marks_are_pieces_of_text_and_never_html() -> None:
    text = "<b onclick=x>Straße & Co</b>"
    assert pieces(text, terms("strasse")) == [
        {"text": "<b onclick=x>", "mark": False},
        {"text": "Straße", "mark": True},
        {"text": " & Co</b>", "mark": False},
    ]


def test_marks_stand_where_the_words_do_whatever_folding_does_to_lengths() -> None:
    text = "ﬁne Ǆ İstanbul café 한글 ΣΟΦΟΣ"
    for word in text.split():
        assert marked(pieces(text, [fold(word)])) == text.replace(word, f"[{word}]")


def test_a_snippet_is_short_and_begins_near_the_place() -> None:
    long = "word " * 100 + "needle" + " word" * 100
    cut = marked(snippet(long, ["needle"]))
    assert "[needle]" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert len(cut) < 170


def test_a_query_of_many_words_is_cut(bob, browser_of) -> None:
    assert len(terms("a b c d e f g h i j k")) == 8
    assert browser_of(bob).get("/api/conversations/search", {"q": "x" * 201}).status_code == 400
