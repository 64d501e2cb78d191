"""An answer that broke off is gone on with: joined without a seam, and only from what may be read now."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from assistant.resume import Seam, up_to_a_word
from benchmarks.upstream.script import Script
from chat.models import AnswerPassage, Message
from ingestion.actions import delete_document
from ingestion.models import Collection, Document
from tenants.access import require_member
from tenants.scoping import tenant_scope
from tests.chat.conftest import Tab, text_of

QUESTION = "How long is parental leave?"
SENTENCE = "Every parent gets 16 weeks of leave at full pay [1], and nobody has to ask for it twice."
WORDS = SENTENCE.split()


def joined(before: str, pieces: list[str]) -> str:
    seam = Seam(before)
    return before + "".join([*map(seam.feed, pieces), seam.flush()])


@given(
    known=st.integers(1, len(WORDS) - 1),
    half=st.integers(0, 3),
    repeated=st.one_of(st.just(0), st.integers(2, len(WORDS))),
    size=st.integers(1, 9),
)
def test_whether_the_model_goes_on_repeats_or_begins_anew_the_text_is_the_same(
    known, half, repeated, size
) -> None:
    begun = " ".join([*WORDS[:known], WORDS[known][:half].rstrip("[")])
    before = up_to_a_word(begun)
    rest = " ".join(WORDS[max(0, known - repeated) :])
    pieces = [rest[n : n + size] for n in range(0, len(rest), size)]
    assert joined(before, pieces) == SENTENCE


def test_a_model_that_begins_anew_repeats_nothing() -> None:
    for before in ("Every parent gets ", "Every parent gets 16 weeks of leave at full pay [1],"):
        assert joined(before, [SENTENCE]) == SENTENCE


def test_what_follows_is_kept_apart_from_a_finished_sentence() -> None:
    assert joined("It is so.", ["Then it", " is not."]) == "It is so. Then it is not."
    assert joined("- one\n", ["- two"]) == "- one\n- two"
    assert joined("It is so [1]", [", mostly."]) == "It is so [1], mostly."
    assert joined("", ["Yes."]) == "Yes."
    assert up_to_a_word("Half a wor") == "Half a "
    assert up_to_a_word("Wor") == ""


@pytest.fixture
def paper(installation, alice, handbook, upload) -> Document:
    return upload(alice, handbook)


async def stopped(t: Tab, upstream) -> tuple[str, str]:
    """An answer that was stopped in its middle: its id, and its text."""
    upstream.enqueue(Script(text=SENTENCE, rate=10))
    await t.send(type="ask", client_id="c1", conversation=None, text=QUESTION)
    frames = await t.until("delta")
    while "leave" not in text_of(frames):
        frames.append(await t.frame())
    message = frames[0]["message"]
    await t.send(type="stop", message=message)
    frames += await t.until("finished")
    return message, text_of(frames)


async def test_the_rest_comes_under_the_same_answer_with_all_its_citations(
    paper, installation, bob, acme, tab
) -> None:
    async with tab(bob) as t:
        message, before = await stopped(t, installation)
        installation.enqueue(Script(text=SENTENCE))  # this model begins anew
        await t.send(type="continue", client_id="c2", message=message)
        frames = await t.until("finished")
    accepted = frames[0]
    assert (accepted["message"], accepted["question"]) == (message, None)
    assert accepted["offset"] == len(up_to_a_word(before))
    told = installation.chats[-1].body["messages"]
    assert [told[-2]["role"], told[-2]["content"]] == ["assistant", up_to_a_word(before)]

    def stored() -> tuple[Message, str]:
        with tenant_scope(acme.id):
            return Message.objects.get(pk=message), AnswerPassage.objects.get(message=message, number=1).quote

    row, quote = await sync_to_async(stored)()
    assert (row.text, row.status) == (SENTENCE, "complete")
    assert "16 weeks" in quote
    assert row.usage["output"] > 0


async def test_two_tabs_that_continue_at_once_write_it_once(paper, installation, bob, tab) -> None:
    async with tab(bob) as first, tab(bob) as second:
        message, _ = await stopped(first, installation)
        installation.enqueue(Script(text=SENTENCE, rate=40))
        await asyncio.gather(
            first.send(type="continue", client_id="a", message=message),
            second.send(type="continue", client_id="b", message=message),
        )
        one, two = await asyncio.gather(first.until("finished"), second.until("finished"))
    assert one[-1]["status"] == two[-1]["status"] == "complete"
    assert not [frame for frame in one + two if frame["type"] == "failed"]


@pytest.mark.parametrize("change", ["closed", "deleted"])
async def test_it_is_not_gone_on_with_from_what_may_not_be_read_any_more(
    paper, installation, bob, alice, acme, handbook, tab, change
) -> None:
    def take_away() -> None:
        with tenant_scope(acme.id):
            if change == "deleted":
                delete_document(paper, require_member(alice.id, tenant=acme.id))
            else:
                Collection.objects.filter(pk=handbook.pk).update(everyone=False)

    async with tab(bob) as t:
        message, before = await stopped(t, installation)
        await sync_to_async(take_away)()
        await t.send(type="continue", client_id="c2", message=message)
        refused = (await t.until("failed"))[-1]
    assert refused["code"] == "sources_changed"

    def text() -> str:
        with tenant_scope(acme.id):
            return Message.objects.get(pk=message).text

    assert await sync_to_async(text)() == before


async def test_nobody_continues_what_is_not_theirs_or_is_complete(
    paper, installation, bob, alice, carol, tab
) -> None:
    async with tab(bob) as t:
        message, _ = await stopped(t, installation)
        whole = (await t.ask("And hotels?", client_id="c3"))[0]["message"]
        await t.send(type="continue", client_id="c4", message=whole)
        assert (await t.until("failed"))[-1]["code"] == "complete"
    for user in (alice, carol):
        async with tab(user) as t:
            await t.send(type="continue", client_id="x", message=message)
            assert (await t.until("failed"))[-1]["code"] == "not_found"
