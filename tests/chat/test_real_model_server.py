"""The whole path of an answer against a server that we did not write: llama.cpp, with a tiny model.

Left to itself such a model says little of sense, and that is beside the point: how its words travel, end and are kept.
"""

from collections.abc import Callable, Iterator

import pytest
from asgiref.sync import sync_to_async

from assistant.models import ModelEndpoint
from assistant.probe import probe
from chat.models import Message
from tenants.scoping import every_tenant, tenant_scope
from tests.chat.conftest import POLICY, text_of
from tests.services import LLAMA_KEY, llama_server

QUESTION = "How long is parental leave?"
SAID = "16 weeks 🙂, für alle Eltern [1]. No more [999]."
SHOWN = "16 weeks 🙂, für alle Eltern [1]. No more."
SHORT = 60  # tokens
WITHOUT_END = 1_000_000


@pytest.fixture(scope="module")
def terse_llama() -> Iterator[str]:
    with llama_server(says=SAID) as url:
        yield url


@pytest.fixture(scope="module")
def endless_llama() -> Iterator[str]:
    with llama_server() as url:
        yield url


@pytest.fixture
def connect(installation, acme, alice, handbook, upload) -> Callable[..., ModelEndpoint]:
    """Acme with a document, and with the model server at an address."""
    upload(alice, handbook)

    def add(url: str, *, longest: int = SHORT, key: str = LLAMA_KEY) -> ModelEndpoint:
        fields = {"name": "Llama", "url": url, "model": "smollm2", "key": key}
        with tenant_scope(acme.id):
            return ModelEndpoint.objects.create(
                max_answer_tokens=longest, context_window=longest + 2000, **fields
            )

    return add


@pytest.fixture
def terse(connect, terse_llama) -> ModelEndpoint:
    """It says what it has to say, and ends."""
    return connect(terse_llama)


@pytest.fixture
def cut(connect, endless_llama) -> ModelEndpoint:
    """Its answers end at their length alone."""
    return connect(endless_llama)


@pytest.fixture
def endless(connect, endless_llama) -> ModelEndpoint:
    """Its answers end when they are stopped."""
    return connect(endless_llama, longest=WITHOUT_END)


async def stored(message: str) -> Message:
    def load() -> Message:
        with every_tenant():
            return Message.objects.get(pk=message)

    return await sync_to_async(load)()


async def begin(t) -> list[dict]:
    await t.send(type="ask", client_id="c1", conversation=None, text=QUESTION)
    return await t.until("delta", "failed")


def assert_numbered_without_a_gap(frames: list[dict]) -> None:
    length = 0
    for delta in (f for f in frames if f["type"] == "delta"):
        assert delta["offset"] == length
        length += len(delta["text"])


async def test_an_answer_is_cited_and_stored_as_it_was_streamed(terse, bob, tab) -> None:
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert [f["type"] for f in frames][:3] == ["accepted", "searching", "passages"]
    assert_numbered_without_a_gap(frames)
    assert (frames[-1]["type"], frames[-1]["status"]) == ("finished", "complete")
    answer = await stored(frames[0]["message"])
    assert (answer.status, answer.notice, answer.model_name) == ("complete", "", "Llama")
    assert answer.text == text_of(frames) == SHOWN
    (cited,) = (f for f in frames if f["type"] == "cited")
    assert cited["quote"] in POLICY


async def test_an_answer_cut_at_its_length_says_so_and_counts_its_tokens(cut, bob, tab) -> None:
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert_numbered_without_a_gap(frames)
    assert [f["code"] for f in frames if f["type"] == "notice"] == ["cut_short"]
    answer = await stored(frames[0]["message"])
    assert (answer.status, answer.notice) == ("complete", "cut_short")
    assert answer.text == text_of(frames) != ""
    usage = frames[-1]["usage"]
    assert (answer.usage["input"], answer.usage["output"]) == (usage["input_tokens"], usage["output_tokens"])
    assert usage["input_tokens"] > 0
    assert usage["output_tokens"] == SHORT


async def test_a_follow_up_is_condensed_and_sent_with_what_was_said(terse, bob, tab, caplog) -> None:
    async with tab(bob) as t:
        first = await t.ask(QUESTION)
        second = await t.ask("And hotels?", conversation=first[0]["conversation"], client_id="c2")
    assert second[-1]["type"] == "finished"
    assert (await stored(second[0]["message"])).text == text_of(second) == SHOWN
    assert second[-1]["usage"]["input_tokens"] > first[-1]["usage"]["input_tokens"]
    assert "condensing a follow-up failed" not in caplog.text


async def test_stop_keeps_the_text_and_frees_the_model(endless, bob, tab) -> None:
    async with tab(bob) as t:
        frames = await begin(t)
        await t.send(type="stop", message=frames[0]["message"])
        frames += await t.until("finished", "failed")
    assert_numbered_without_a_gap(frames)
    assert (frames[-1]["type"], frames[-1]["status"]) == ("finished", "stopped")
    answer = await stored(frames[0]["message"])
    assert (answer.status, answer.text) == ("stopped", text_of(frames))
    assert answer.text != ""
    # The server takes one question at a time: it answers again because it was told that nobody listens any more.
    assert await sync_to_async(probe)(endless) == ""


async def test_carol_cannot_follow_an_answer_of_acme(endless, bob, carol, tab) -> None:
    async with tab(bob) as t, tab(carol) as outsider:
        frames = await begin(t)
        await outsider.send(type="follow", conversation=frames[0]["conversation"], have=None)
        refused = await outsider.frame()
        await t.send(type="stop", message=frames[0]["message"])
        await t.until("finished", "failed")
        await outsider.send(type="ping")
        heard = await outsider.frame()
    assert (refused["type"], refused["code"]) == ("failed", "not_found")
    assert heard["type"] == "pong"


async def test_a_question_too_long_for_the_model_is_named_so(terse, bob, tab) -> None:
    async with tab(bob) as t:
        frames = await t.ask("why " * 2000)
    assert (frames[-1]["type"], frames[-1]["code"]) == ("failed", "question_too_long")
    assert (await stored(frames[0]["message"])).status == "failed"


async def test_a_wrong_key_is_named_so(connect, terse_llama, bob, tab) -> None:
    wrong = await sync_to_async(connect)(terse_llama, key="sk-mistyped")
    assert "key was refused" in await sync_to_async(probe)(wrong)
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert (frames[-1]["type"], frames[-1]["code"]) == ("failed", "model_refused")


def test_testing_the_connection_succeeds(terse) -> None:
    assert probe(terse) == ""
