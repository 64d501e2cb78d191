"""The list of conversations: pinned, archived, deleted and tagged by the person whose it is, and by nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Conversation, Message
from chat.presentation import LIST_LENGTH
from chat.prompts.models import SavedPrompt
from chat.rail.models import Tag
from chat.tasks import apply_retention
from tenants.datarights.models import LegalHold
from tenants.scoping import tenant_scope

LIST = "/api/conversations/"


@pytest.fixture
def talk(acme, bob):
    """`talk("Costs")`: a conversation of Bob's, the newer the later it is made."""

    def make(title: str, owner=bob, **fields) -> Conversation:
        with tenant_scope(acme.id):
            row = Conversation.objects.create(user=owner, title=title, **fields)
            Message.objects.create(conversation=row, user=owner, role="question", text=title)
        return row

    return make


@pytest.fixture
def bobs(browser_of, bob):
    return Person(browser_of(bob))


@pytest.fixture
def alices(browser_of, alice):
    return Person(browser_of(alice))


@pytest.fixture
def carols(browser_of, carol):
    return Person(browser_of(carol))


class Person:
    def __init__(self, client) -> None:
        self.client = client

    def post(self, path: str, **body: object):
        return self.client.post(path, body, content_type="application/json")

    def does(self, row: Conversation, verb: str, **body: object) -> int:
        return self.post(f"{LIST}{row.pk}/{verb}", **body).status_code

    def titles(self, **query: str) -> list[str]:
        return [item["title"] for item in self.items(**query)]

    def items(self, **query: str) -> list[dict]:
        response = self.client.get(LIST, query)
        assert response.status_code == 200
        return response.json()["items"]

    def tag(self, name: str, colour: str = "teal", **more: object) -> str:
        response = self.post("/api/tags/save", name=name, colour=colour, **more)
        assert response.status_code == 200, response.content
        return response.json()["saved"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [("pin", {"pinned": True}), ("archive", {"archived": True}), ("tags", {"tags": []}), ("delete", {})],
)
def test_nobody_touches_what_another_person_asked(talk, alices, carols, acme, verb, body) -> None:
    row = talk("Costs")
    for person in (alices, carols):
        assert person.does(row, verb, **body) == 404
    with tenant_scope(acme.id):
        row.refresh_from_db()
        assert (row.pinned_at, row.archived_at, row.deleted_at) == (None, None, None)


def test_a_deleted_conversation_is_brought_back_by_its_owner_alone(talk, bobs, alices, carols) -> None:
    row = talk("Costs")
    assert bobs.does(row, "delete") == 200
    assert bobs.titles() == []
    assert (alices.does(row, "restore"), carols.does(row, "restore")) == (404, 404)
    assert bobs.does(row, "restore") == 200
    assert bobs.titles() == ["Costs"]


def test_a_tag_is_put_renamed_and_deleted_by_its_owner_alone(talk, bobs, alices, carols, acme) -> None:
    row, tag = talk("Costs"), bobs.tag("Travel")
    for person in (alices, carols):
        assert person.post("/api/tags/save", id=tag, name="Mine", colour="red").status_code == 404
        assert person.post(f"/api/tags/{tag}/delete").status_code == 404
        assert person.client.get("/chat/").context["chat_data"]["tags"] == []
    assert bobs.does(row, "tags", tags=[alices.tag("Alice's")]) == 404
    with tenant_scope(acme.id):
        assert Tag.objects.get(pk=tag).name == "Travel"
        assert not row.tags.exists()


def test_a_list_by_somebody_elses_tag_is_empty(talk, bobs, alices) -> None:
    row, tag = talk("Costs"), bobs.tag("Travel")
    bobs.does(row, "tags", tags=[tag])
    assert alices.titles(tag=tag) == []
    assert bobs.titles(tag=tag) == ["Costs"]


def test_pinned_ones_come_first_and_archived_ones_in_their_own_list(talk, bobs) -> None:
    costs, leave, plan = talk("Costs"), talk("Leave"), talk("Plan")
    assert bobs.does(costs, "pin", pinned=True) == 200
    assert bobs.does(plan, "archive", archived=True) == 200
    assert bobs.titles() == ["Costs", "Leave"]
    assert bobs.titles(archived="1") == ["Plan"]
    assert bobs.client.get("/chat/").context["chat_data"]["archived"] is True
    bobs.does(costs, "archive", archived=True)
    bobs.does(plan, "pin", pinned=True)
    assert bobs.titles() == ["Plan", "Leave"]
    assert [(item["title"], item["pinned"]) for item in bobs.items(archived="1")] == [("Costs", False)]
    bobs.does(plan, "pin", pinned=False)
    bobs.does(leave, "archive", archived=False)
    assert bobs.titles() == ["Plan", "Leave"]


def test_a_long_list_comes_in_pages_with_pinned_ones_only_once(talk, bobs) -> None:
    rows = [talk(f"{number:03}") for number in range(LIST_LENGTH + 10)]
    bobs.does(rows[0], "pin", pinned=True)
    first = bobs.items()
    assert [item["title"] for item in first[:2]] == ["000", f"{LIST_LENGTH + 9:03}"]
    rest = bobs.titles(before=first[-1]["updated"])
    assert [item["title"] for item in first[1:]] + rest == [row.title for row in rows[:0:-1]]


def test_tags_are_shown_filtered_by_renamed_and_taken_away(talk, bobs) -> None:
    row, _other = talk("Costs"), talk("Leave")
    tag = bobs.tag("Travel")
    assert bobs.does(row, "tags", tags=[tag]) == 200
    assert [item["tags"] for item in bobs.items(tag=tag)] == [[tag]]
    assert bobs.tag(" Trips  abroad ", "red", id=tag) == tag
    assert bobs.client.get("/chat/").context["chat_data"]["tags"] == [
        {"id": tag, "name": "Trips abroad", "colour": "red"}
    ]
    assert bobs.post(f"/api/tags/{tag}/delete").json()["items"] == []
    assert [item["tags"] for item in bobs.items()] == [[], []]


@pytest.mark.parametrize(
    ("name", "colour", "code"),
    [("", "red", "empty_name"), ("\x00 ", "red", "empty_name"), ("travel", "red", "name_taken"), ("New", "url()", "malformed")],
)  # fmt: skip
def test_a_tag_needs_a_name_of_its_own_and_a_known_colour(bobs, name, colour, code) -> None:
    bobs.tag("Travel")
    response = bobs.post("/api/tags/save", name=name, colour=colour)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_two_people_may_have_a_tag_of_the_same_name(bobs, alices) -> None:
    assert bobs.tag("Travel") != alices.tag("Travel")


@pytest.mark.parametrize("body", [{}, {"pinned": 1}, {"pinned": "yes"}])
def test_a_body_that_says_nothing_clear_changes_nothing(talk, bobs, body) -> None:
    assert bobs.does(talk("Costs"), "pin", **body) == 400


def test_an_incognito_conversation_is_in_no_list_that_could_be_ordered(talk, bobs) -> None:
    row = talk("Incognito", incognito=True)
    tag = bobs.tag("Travel")
    for verb, body in (("pin", {"pinned": True}), ("archive", {"archived": True}), ("tags", {"tags": [tag]})):
        assert bobs.does(row, verb, **body) == 400
    assert bobs.titles() == []


def test_a_held_incognito_conversation_does_not_come_back_by_undo(talk, bobs, acme, bob) -> None:
    row = talk("Incognito", incognito=True)
    with tenant_scope(acme.id):
        LegalHold.objects.create(person=bob, reason="A matter")
    assert bobs.does(row, "delete") == 200
    assert bobs.does(row, "restore") == 404
    with tenant_scope(acme.id):
        assert Conversation.objects.get(pk=row.pk).deleted_at


def test_deleted_prompts_and_conversations_go_after_a_day_but_held_ones_stay(talk, bob, alice, acme) -> None:
    past = timezone.now() - timedelta(days=2)
    talk("Bob's", deleted_at=past)
    with tenant_scope(acme.id):
        Conversation.objects.create(user=alice, title="Held", deleted_at=past)
        SavedPrompt.objects.create(user=bob, name="Old", text="a", deleted_at=past)
        SavedPrompt.objects.create(user=bob, name="Just now", text="a", deleted_at=timezone.now())
        SavedPrompt.objects.create(user=bob, name="Live", text="a")
        SavedPrompt.objects.create(user=alice, name="Held", text="a", deleted_at=past)
        LegalHold.objects.create(person=alice, reason="A matter")
    apply_retention()
    with tenant_scope(acme.id):
        assert [row.title for row in Conversation.objects.all()] == ["Held"]
        assert {row.name for row in SavedPrompt.objects.all()} == {"Just now", "Live", "Held"}


def test_the_palette_finds_own_conversations_by_words_and_by_letters(talk, bobs, alices, carols) -> None:
    talk("Travel costs in Oslo"), talk("Übernachtung in Bergen"), talk("Leave")

    def found(person, query: str) -> list[str]:
        response = person.client.get("/api/palette", {"q": query})
        assert response.status_code == 200
        return [item["title"] for item in response.json()["conversations"]]

    assert found(bobs, "oslo cost") == ["Travel costs in Oslo"]
    assert found(bobs, "ubernacht") == ["Übernachtung in Bergen"]
    assert found(bobs, "trvl") == ["Travel costs in Oslo"]
    assert found(bobs, "") == ["Leave", "Übernachtung in Bergen", "Travel costs in Oslo"]
    assert found(bobs, "nowhere") == []
    assert (found(alices, "oslo"), found(carols, "oslo")) == ([], [])


def test_the_palette_finds_documents_that_one_may_read_now(
    bobs, alices, carols, handbook, add_document, acme
) -> None:
    document = add_document(handbook, "Travel policy")

    def found(person, query: str = "policy tra") -> list[str]:
        return [item["title"] for item in person.client.get("/api/palette", {"q": query}).json()["documents"]]

    assert found(bobs) == ["Travel policy"]
    assert found(bobs, "") == []
    assert found(carols) == []
    url = bobs.client.get("/api/palette", {"q": "travel"}).json()["documents"][0]["url"]
    assert bobs.client.get(url).status_code == 200
    with tenant_scope(acme.id):
        handbook.everyone = False
        handbook.save()
    assert found(bobs) == []
    assert bobs.client.get(url).status_code == 404
    assert document
