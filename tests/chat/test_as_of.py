"""Questions about an earlier day, and what a citation says about the age of its source."""

from datetime import date, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chat.models import Message
from ingestion.days import end_of, in_words, today
from ingestion.models import Collection, Document, DocumentVersion
from tenants.scoping import tenant_scope
from tests.chat.conftest import text_of

QUESTION = "How long is parental leave?"
THEN, SINCE = date(2026, 2, 1), date(2026, 3, 10)


@pytest.fixture
def two(installation, alice, handbook, upload, acme):
    """Ten weeks until March 2026, twelve since."""
    document = upload(alice, handbook, "Parental leave lasts ten weeks.")
    upload(alice, handbook, "Parental leave lasts twelve weeks.")
    with tenant_scope(acme.id):
        first, second = document.versions.order_by("number")
        change = end_of(SINCE)
        DocumentVersion.objects.filter(pk=first.pk).update(
            effective_from=change - timedelta(days=90), effective_until=change
        )
        DocumentVersion.objects.filter(pk=second.pk).update(effective_from=change)
        Document.objects.update(owner=alice)
    return document


def change(acme, **fields) -> None:
    with tenant_scope(acme.id):
        Document.objects.update(**fields)


def cited(frames) -> dict:
    return next(frame for frame in frames if frame["type"] == "cited")


async def ask(tab, person, **more):
    async with tab(person) as t:
        await t.send(type="ask", client_id="c1", conversation=None, text=QUESTION, **more)
        return await t.until("finished", "failed")


async def test_answer_is_of_the_day_that_was_asked_about_and_says_so(two, bob, acme, tab, browser_of) -> None:
    frames = await ask(tab, bob, as_of=THEN.isoformat())
    assert "ten weeks" in str(cited(frames)["quote"])
    assert frames[0]["as_of"] == "2026-02-01"
    browser = await sync_to_async(browser_of)(bob)
    shown = await sync_to_async(browser.get)(f"/api/conversations/{frames[0]['conversation']}/")
    assert [item["as_of"] for item in shown.json()["messages"]] == ["2026-02-01", "2026-02-01"]


async def test_trying_again_and_coming_back_keep_the_day(two, bob, acme, tab, installation) -> None:
    async with tab(bob) as t:
        await t.send(type="ask", client_id="c1", conversation=None, text=QUESTION, as_of=THEN.isoformat())
        first = await t.until("finished")
        await t.send(type="retry", client_id="c2", message=first[0]["message"])
        again = await t.until("finished")
        await t.send(type="follow", conversation=first[0]["conversation"], have=None)
        [snapshot] = await t.until("snapshot")
    assert again[0]["as_of"] == snapshot["as_of"] == snapshot["question"]["as_of"] == "2026-02-01"
    assert "ten weeks" in cited(again)["quote"]
    said = [call.body["messages"][0]["content"] for call in installation.chats]
    assert all("as of 1 February 2026" in words for words in said)


async def test_without_a_day_it_is_answered_from_today(two, bob, tab) -> None:
    frames = await ask(tab, bob)
    assert "twelve weeks" in cited(frames)["quote"]
    assert frames[0]["as_of"] is None


async def test_a_day_to_come_is_refused_in_words(two, bob, acme, tab) -> None:
    tomorrow = today() + timedelta(days=1)
    frames = await ask(tab, bob, as_of=tomorrow.isoformat())
    assert [(f["type"], f["code"]) for f in frames] == [("failed", "future_day")]
    assert in_words(tomorrow) in frames[0]["text"]

    def count() -> int:
        with tenant_scope(acme.id):
            return Message.objects.count()

    assert await sync_to_async(count)() == 0


async def test_carol_finds_nothing_of_acme_as_of_any_day(two, carol, tab) -> None:
    frames = await ask(tab, carol, as_of=THEN.isoformat())
    assert "weeks" not in str(frames).replace(QUESTION, "")


async def test_citation_tells_how_old_its_source_is_and_what_speaks_against_it(two, bob, acme, tab) -> None:
    yesterday = today() - timedelta(days=1)
    await sync_to_async(change)(acme, valid_until=yesterday, review_on=yesterday)
    source = cited(await ask(tab, bob))
    assert (source["version"], source["owner"]) == (2, "Alice Arnold")
    assert [mark["code"] for mark in source["marks"]] == ["expired", "overdue"]
    assert source["marks"][0]["text"] == f"Expired on {in_words(yesterday)}"
    assert source["marks"][1]["text"] == f"Review overdue since {in_words(yesterday)}"


async def test_last_day_of_validity_and_of_review_are_not_over(two, bob, acme, tab) -> None:
    await sync_to_async(change)(acme, valid_until=today(), review_on=today())
    assert cited(await ask(tab, bob))["marks"] == []


def source(browser_of, person, message):
    return browser_of(person).get(f"/api/messages/{message}/sources/1/")


async def test_source_of_an_old_answer_says_that_a_newer_version_exists(
    two, alice, bob, acme, handbook, upload, tab, browser_of
) -> None:
    frames = await ask(tab, bob)
    await sync_to_async(upload)(alice, handbook, "Parental leave lasts thirty weeks.")
    shown = (await sync_to_async(source)(browser_of, bob, frames[0]["message"])).json()
    assert "twelve weeks" in shown["quote"]
    assert shown["current"] is False
    [mark] = shown["marks"]
    assert mark == {
        "code": "replaced",
        "text": f"A newer version exists: version 3, since {in_words(timezone.localdate())}",
    }


async def test_age_and_owner_are_told_to_readers_alone(two, bob, acme, handbook, tab, browser_of) -> None:
    frames = await ask(tab, bob)

    def close() -> None:
        with tenant_scope(acme.id):
            Collection.objects.filter(pk=handbook.pk).update(everyone=False)

    await sync_to_async(close)()
    browser = await sync_to_async(browser_of)(bob)
    shown = await sync_to_async(browser.get)(f"/api/conversations/{frames[0]['conversation']}/")
    [citation] = shown.json()["messages"][1]["citations"]
    assert (citation["available"], citation["owner"], citation["marks"]) == (False, "", [])
    assert (await sync_to_async(source)(browser_of, bob, frames[0]["message"])).status_code == 404
    assert text_of(frames)
