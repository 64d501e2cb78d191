"""An answer belongs to its conversation: every tab, and every reconnect, ends with the same text."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from benchmarks.upstream import Script
from chat.actions import interrupt_orphans
from chat.models import Message
from tenants.scoping import every_tenant
from tests.chat.conftest import text_of

LONG = Script(text=" ".join(["Wörter 🙂 wandern weit."] * 30), rate=150)
QUESTION = "How long is parental leave?"


@pytest.fixture
def ready(installation, alice, handbook, upload):
    upload(alice, handbook)
    return installation


async def stored(message: str) -> Message:
    def load() -> Message:
        with every_tenant():
            return Message.objects.get(pk=message)

    return await sync_to_async(load)()


async def begin(t, text: str = QUESTION) -> list[dict]:
    await t.send(type="ask", client_id="c1", conversation=None, text=text)
    return await t.until("delta")


async def test_two_tabs_end_with_the_stored_text(ready, bob, tab) -> None:
    ready.enqueue(LONG)
    async with tab(bob) as first, tab(bob) as second:
        seen = await begin(first)
        await second.send(type="follow", conversation=seen[0]["conversation"], have=None)
        rest, other = await asyncio.gather(first.until("finished"), second.until("finished"))
    answer = await stored(seen[0]["message"])
    assert text_of(seen + rest) == text_of(other) == answer.text == LONG.text


async def test_a_second_tab_hears_of_a_question_asked_in_the_first(ready, bob, tab) -> None:
    async with tab(bob) as first, tab(bob) as second:
        seen = await first.ask(QUESTION)
        await second.send(type="follow", conversation=seen[0]["conversation"], have=None)
        await second.until("snapshot")
        await first.send(type="ask", client_id="c2", conversation=seen[0]["conversation"], text="And then?")
        heard = await second.until("finished")
    assert heard[0]["type"] == "accepted"
    assert heard[0]["question"]["text"] == "And then?"


async def test_closing_the_tab_changes_nothing(ready, bob, tab) -> None:
    ready.enqueue(LONG)
    async with tab(bob) as t:
        seen = await begin(t)
    async with tab(bob) as t:
        await t.send(
            type="follow",
            conversation=seen[0]["conversation"],
            have={"message": seen[0]["message"], "offset": len(text_of(seen))},
        )
        rest = await t.until("finished")
    assert text_of(seen + rest) == LONG.text
    assert (await stored(seen[0]["message"])).status == "complete"


@pytest.mark.parametrize("have", [0, 1, 7, 8, 60, 10_000])
async def test_a_reconnect_continues_at_the_exact_character(ready, bob, tab, have) -> None:
    async with tab(bob) as t:
        ready.enqueue(Script(text=LONG.text))
        seen = await t.ask(QUESTION)
        await t.send(
            type="follow",
            conversation=seen[0]["conversation"],
            have={"message": seen[0]["message"], "offset": have},
        )
        snapshot = (await t.until("snapshot"))[-1]
    start = have if have <= len(LONG.text) else 0
    assert (snapshot["offset"], snapshot["text"]) == (start, LONG.text[start:])
    assert snapshot["status"] == "complete"


async def test_reconnecting_again_and_again_in_mid_answer_loses_no_character(ready, bob, tab) -> None:
    ready.enqueue(LONG)
    async with tab(bob) as t:
        seen = await begin(t)
    while seen[-1]["type"] != "finished":
        async with tab(bob) as t:
            have = {"message": seen[0]["message"], "offset": len(text_of(seen))}
            await t.send(type="follow", conversation=seen[0]["conversation"], have=have)
            seen += await t.until("snapshot")
            if seen[-1]["status"] != "streaming":
                break
            seen += await t.until("delta", "finished")
    assert text_of(seen) == LONG.text


async def test_stop_works_from_any_tab_and_keeps_the_text(ready, bob, tab) -> None:
    ready.enqueue(LONG)
    async with tab(bob) as first, tab(bob) as second:
        seen = await begin(first)
        await second.send(type="stop", message=seen[0]["message"])
        seen += await first.until("finished")
    assert seen[-1]["status"] == "stopped"
    answer = await stored(seen[0]["message"])
    assert (answer.status, answer.text) == ("stopped", text_of(seen))
    assert 0 < len(answer.text) < len(LONG.text)


async def test_an_answer_whose_process_died_is_kept_and_marked(ready, bob, tab) -> None:
    async with tab(bob) as t:
        seen = await t.ask(QUESTION)

        def die() -> None:
            with every_tenant():
                Message.objects.filter(pk=seen[0]["message"]).update(status="streaming", text="Half an ans")
            interrupt_orphans(silent_for=timedelta(0))

        await sync_to_async(die)()
        await t.send(type="follow", conversation=seen[0]["conversation"], have=None)
        snapshot = (await t.until("snapshot"))[-1]
    assert (snapshot["status"], snapshot["text"]) == ("interrupted", "Half an ans")
    assert snapshot["error"]["retryable"]
