"""What has become of an answer's sources, and which of them contradict each other: only for who may read them now."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse
from django.utils import timezone

from chat.models import AnswerPassage, Message
from ingestion.models import Collection, Document, Passage
from tenants.scoping import tenant_scope

QUESTION = "How long is parental leave?"
OLD = "# Leave\n\nEvery parent gets 14 weeks of parental leave at full pay.\n"
NEW = "# Leave\n\nEvery parent gets 16 weeks of parental leave at full pay.\n"


@pytest.fixture
def says(settings) -> Callable[[str], None]:
    def say(text: str) -> None:
        settings.CHAT_MODEL = f"scripted:text={text}"

    return say


@pytest.fixture
def asked(installation, acme, handbook, upload, alice, bob, tab, says) -> Callable:
    """Bob asks, of documents by their names; gives the frames."""

    async def ask(answer: str, **texts: str) -> list[dict]:
        for name, text in texts.items():
            await sync_to_async(upload)(alice, handbook, text, f"{name}.md")
        says(answer)
        async with tab(bob) as t:
            return await t.ask(QUESTION)

    return ask


@pytest.fixture
def changes_for(browser_of) -> Callable:
    def get(person, conversation: str) -> list[dict]:
        reply = browser_of(person).get(reverse("conversation-changes", args=[conversation]))
        assert reply.status_code == 200
        return reply.json()["items"]

    return get


@pytest.fixture
def shown_to(browser_of) -> Callable:
    """The answer as the page gets it anew."""

    def get(person, conversation: str) -> dict:
        reply = browser_of(person).get(reverse("conversation-show", args=[conversation]))
        return reply.json()["messages"][-1]

    return get


def in_acme(acme, work: Callable):
    with tenant_scope(acme.id):
        return work()


inside = sync_to_async(in_acme)


async def test_only_the_asker_learns_of_changes(asked, browser_of, bob, alice, carol, client) -> None:
    [accepted, *_] = await asked("14 weeks of parental leave [1]", policy=OLD)
    address = reverse("conversation-changes", args=[accepted["conversation"]])

    def statuses() -> list[int]:
        return [browser_of(person).get(address).status_code for person in (bob, alice, carol)]

    assert await sync_to_async(statuses)() == [200, 404, 404]
    assert (await sync_to_async(client.get)(address)).status_code == 401


async def test_a_source_whose_passage_has_gone_from_its_newest_version_has_changed(
    asked, changes_for, upload, alice, bob, handbook
) -> None:
    [accepted, *_] = await asked("14 weeks of parental leave [1]", policy=OLD)
    changes = sync_to_async(changes_for)
    assert await changes(bob, accepted["conversation"]) == []
    await sync_to_async(upload)(
        alice, handbook, OLD.replace(" gets", "\ngets") + "\nMore is said here.", "policy.md"
    )
    assert await changes(bob, accepted["conversation"]) == [], "a newer version that says the same"
    await sync_to_async(upload)(alice, handbook, NEW, "policy.md")
    [item] = await changes(bob, accepted["conversation"])
    assert (item["message"], item["question"]) == (accepted["message"], QUESTION)
    [source] = item["sources"]
    assert (source["number"], source["code"], source["title"]) == (1, "changed", "Leave")


async def test_a_deleted_source_is_told_of_and_one_that_may_no_longer_be_read_is_not(
    asked, changes_for, acme, bob
) -> None:
    [accepted, *_] = await asked("14 weeks of parental leave [1]", policy=OLD)
    changes = sync_to_async(changes_for)
    await inside(acme, lambda: Document.objects.update(deleted_at=timezone.now()))
    [item] = await changes(bob, accepted["conversation"])
    assert [source["code"] for source in item["sources"]] == ["deleted"]
    await inside(acme, lambda: Collection.objects.update(everyone=False))
    assert await changes(bob, accepted["conversation"]) == []


async def test_an_answer_as_of_an_earlier_day_stays_what_it_was(
    asked, changes_for, upload, acme, alice, bob, handbook
) -> None:
    [accepted, *_] = await asked("14 weeks of parental leave [1]", policy=OLD)
    await sync_to_async(upload)(alice, handbook, NEW, "policy.md")
    await inside(acme, lambda: Message.objects.update(as_of=timezone.localdate()))
    assert await sync_to_async(changes_for)(bob, accepted["conversation"]) == []


async def test_sources_that_contradict_each_other_are_sent_and_stored_as_places(
    asked, shown_to, acme, bob, installation
) -> None:
    frames = await asked("14 weeks of parental leave [1] or 16 [2].", old=OLD, new=NEW)
    [differs] = [f for f in frames if f["type"] == "differs"]
    assert differs["how"] == "compared"
    quotes = {side["quote"] for side in differs["sides"]}
    assert quotes == {OLD.splitlines()[-1], NEW.splitlines()[-1]}
    assert [side["newer"] for side in differs["sides"]] == [False, False], "both are of today"
    stored = await inside(acme, lambda: Message.objects.get(role="answer").differs)
    assert "weeks" not in str(stored)
    item = await sync_to_async(shown_to)(bob, frames[0]["conversation"])
    assert [d["sides"] for d in item["differs"]] == [differs["sides"]]


async def test_the_side_of_the_later_day_is_the_newer_one(asked, shown_to, acme, bob) -> None:
    frames = await asked("14 weeks of parental leave [1] or 16 [2].", old=OLD, new=NEW)

    def age() -> None:
        document = Document.objects.get(name="old.md")
        version = document.current_version
        version.effective_from = timezone.now().replace(year=2020)
        version.save()

    await inside(acme, age)
    item = await sync_to_async(shown_to)(bob, frames[0]["conversation"])
    newer = {side["quote"]: side["newer"] for side in item["differs"][0]["sides"]}
    assert newer == {OLD.splitlines()[-1]: False, NEW.splitlines()[-1]: True}


async def test_a_contradiction_is_gone_with_the_right_to_either_side(
    asked, shown_to, acme, bob, alice
) -> None:
    frames = await asked("14 weeks of parental leave [1] or 16 [2].", old=OLD, new=NEW)

    def move() -> None:
        board = Collection.objects.create(name="Board")
        Document.objects.filter(name="old.md").update(collection=board)

    await inside(acme, move)
    item = await sync_to_async(shown_to)(bob, frames[0]["conversation"])
    assert item["differs"] == []
    assert "14 weeks" not in str(item["citations"])
    assert len(item["passages"]) == 1, "nor is it among what was found"


async def test_what_the_model_marks_as_a_contradiction_is_shown_as_its_word(asked, bob) -> None:
    one, other = (
        "# Garage\n\nVisitors leave their cars outside.\n",
        "# Parking\n\nGuests may use parental leave bays.\n",
    )
    frames = await asked("The documents disagree on parental leave [1 vs 2].", old=one, new=other)
    [differs] = [f for f in frames if f["type"] == "differs"]
    assert differs["how"] == "model"
    assert {side["number"] for side in differs["sides"]} == {1, 2}
    text = "".join(f["text"] for f in frames if f["type"] == "delta")
    assert text == "The documents disagree on parental leave [1][2]."


async def test_an_answer_that_says_nothing_answers_it_is_noted_and_its_mark_not_shown(asked, bob) -> None:
    frames = await asked("The passages do not say so [0].", old=OLD)
    assert [f["code"] for f in frames if f["type"] == "notice"] == ["unanswered"]
    assert "".join(f["text"] for f in frames if f["type"] == "delta") == "The passages do not say so."


async def test_without_a_model_contradictions_are_found_too(
    installation, acme, handbook, upload, alice, bob, tab, settings
) -> None:
    await sync_to_async(upload)(alice, handbook, OLD, "old.md")
    await sync_to_async(upload)(alice, handbook, NEW, "new.md")
    settings.CHAT_URL = ""
    async with tab(bob) as t:
        frames = await t.ask("How many weeks of parental leave at full pay?")
    assert [f["how"] for f in frames if f["type"] == "differs"] == ["compared"]


async def test_a_found_but_unused_source_opens_with_its_passage_marked(
    asked, browser_of, acme, bob, carol
) -> None:
    frames = await asked(
        "14 weeks of parental leave [1].", old=OLD, other="# Trips\n\nHotels cost up to 90 euros.\n"
    )
    unused = await inside(acme, lambda: AnswerPassage.objects.get(quote=""))
    text = await inside(acme, lambda: Passage.objects.get(pk=unused.passage_id).text)
    address = reverse("source", args=[frames[0]["message"], unused.number])
    item = (await sync_to_async(lambda: browser_of(bob).get(address, {"around": "1"}))()).json()
    assert item["quote"] == text
    assert item["view_url"] is None
    assert (await sync_to_async(lambda: browser_of(carol).get(address))()).status_code == 404
