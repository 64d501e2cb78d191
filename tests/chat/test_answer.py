"""From a question over a real socket to a stored, cited answer."""

import pytest
from asgiref.sync import sync_to_async

from benchmarks.upstream import Script
from chat.models import AnswerPassage, Message
from tenants.scoping import tenant_scope
from tests.chat.conftest import POLICY, text_of

QUESTION = "How long is parental leave?"


async def rows(tenant, model=Message):
    def load():
        with tenant_scope(tenant.id):
            return list(model.objects.all())

    return await sync_to_async(load)()


@pytest.fixture
def ready(installation, alice, handbook, upload):
    upload(alice, handbook)
    return installation


async def test_a_member_gets_a_cited_answer_that_is_stored_as_it_was_shown(ready, bob, acme, tab) -> None:
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    types = [f["type"] for f in frames]
    assert types[:3] == ["accepted", "searching", "passages"]
    assert types[-1] == "finished"
    question, answer = await rows(acme)
    assert (question.text, answer.text) == (QUESTION, text_of(frames))
    assert answer.status == "complete"
    assert "[1]" in answer.text
    assert "[999]" not in answer.text


async def test_every_quote_is_in_the_document(ready, bob, acme, tab) -> None:
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    cited = [f for f in frames if f["type"] == "cited"]
    assert cited
    assert all(f["quote"] in POLICY for f in cited)
    stored = [p for p in await rows(acme, AnswerPassage) if p.quote]
    assert {p.quote for p in stored} == {f["quote"] for f in cited}
    assert all(POLICY.replace("# ", "").find(p.quote) >= 0 for p in stored)


async def test_the_model_gets_the_passages_and_the_history(ready, bob, tab) -> None:
    async with tab(bob) as t:
        first = await t.ask(QUESTION)
        await t.ask("And hotels?", conversation=first[0]["conversation"], client_id="c2")
    streamed = [c for c in ready.chats if c.body.get("stream")]
    assert "16 weeks" in streamed[0].body["messages"][0]["content"]
    assert [m["role"] for m in streamed[1].body["messages"]] == ["system", "user", "assistant", "user"]


async def test_a_question_sent_twice_is_asked_once(ready, bob, acme, tab) -> None:
    async with tab(bob) as t:
        first = await t.ask(QUESTION, client_id="same")
        await t.send(type="ask", client_id="same", conversation=None, text=QUESTION)
        again = await t.until("snapshot")
    assert again[0]["message"] == first[0]["message"]
    assert again[-1]["text"] == text_of(first)
    assert len(await rows(acme)) == 2


async def test_without_a_model_the_answer_is_quotations(
    installation, local_model, alice, handbook, upload, settings, bob, tab
) -> None:
    settings.CHAT_URL = ""
    await sync_to_async(upload)(alice, handbook)
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert "16 weeks of parental leave" in text_of(frames)
    assert [f["code"] for f in frames if f["type"] == "notice"] == ["quote_mode"]
    assert next(f for f in frames if f["type"] == "notice")["url"] is None


async def test_with_nothing_to_read_the_answer_says_who_tends_the_documents(
    installation, alice, bob, tab
) -> None:
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert "no documents that you may read" in text_of(frames)
    assert "Alice" in text_of(frames)
    assert installation.chats == []


@pytest.mark.parametrize(
    ("script", "code", "kept"),
    [
        (Script(status=401), "model_refused", False),
        (Script(status=404), "model_unknown", False),
        (Script(status=429, retry_after=1), "model_rate_limited", False),
        (Script(status=500), "model_failed", False),
        (Script(fault="html"), "model_rubbish", False),
        (Script(fault="broken_json", after=3), "model_rubbish", True),
        (Script(fault="reset", after=5, rate=20), "model_died", True),
        (Script(fault="error_event", after=5), "model_failed", True),
        (Script(fault="timeout"), "model_timed_out", False),
        (Script(fault="stall", after=5), "model_timed_out", True),
        (Script(tokens=0), "model_rubbish", False),
    ],
    ids=lambda value: value.fault or f"{value.status}-{value.tokens}" if isinstance(value, Script) else None,
)
async def test_a_failing_model_is_named_and_what_it_wrote_is_kept(
    ready, settings, bob, acme, tab, script, code, kept
) -> None:
    settings.MODEL_TIMEOUT_SECONDS = 1.0
    settings.CHAT_KEY = f"key-{code}-{kept}-{script.fault}"  # a client of its own, with this time-out
    for _ in range(3):  # the SDK tries a second time before it gives up
        ready.enqueue(script)
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
        assert (frames[-1]["type"], frames[-1]["code"]) == ("failed", code)
        assert frames[-1]["retryable"]
        assert bool(text_of(frames)) == kept
        ready.scripts["chat"].clear()
        await t.send(type="retry", client_id="r1", message=frames[0]["message"])
        retried = await t.until("finished", "failed")
    assert retried[-1]["type"] == "finished"
    answers = [m for m in await rows(acme) if m.role == "answer"]
    assert [a.status for a in answers] == ["failed", "complete"]
    assert answers[0].text == text_of(frames)
    assert answers[0].error


async def test_an_answer_cut_at_its_length_says_so(ready, bob, tab) -> None:
    ready.enqueue(Script(finish="length"))
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert [f["code"] for f in frames if f["type"] == "notice"] == ["cut_short"]


async def test_text_split_inside_a_character_arrives_whole(ready, bob, tab) -> None:
    script = Script(fault="split", text="Größe 🙂 naïve 日本語 👩‍👩‍👧 ok")
    ready.enqueue(script)
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    assert text_of(frames) == script.text


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_question"), (" \n ", "empty_question"), ("x" * 8001, "question_too_long")]
)
async def test_an_empty_or_overlong_question_is_refused_and_nothing_is_stored(
    ready, bob, acme, tab, text, code
) -> None:
    async with tab(bob) as t:
        frames = await t.ask(text)
    assert [(f["type"], f["code"], f["client_id"]) for f in frames] == [("failed", code, "c1")]
    assert await rows(acme) == []


async def test_too_many_questions_a_minute_are_refused_with_a_time_to_wait(ready, settings, bob, tab) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    async with tab(bob) as t:
        await t.ask(QUESTION)
        frames = await t.ask(QUESTION, client_id="c2")
    assert (frames[-1]["code"], frames[-1]["retry_after"]) == ("rate_limited", 60.0)


async def test_malformed_frames_get_an_error_and_the_socket_stays_open(ready, bob, tab) -> None:
    async with tab(bob) as t:
        for text in ("no json", "[]", '{"type": "dance"}', '{"type": "ask", "client_id": "a"}'):
            await t.socket.send(text)
            assert (await t.frame())["type"] == "failed"
        await t.socket.send(b"\x00\x01")
        assert (await t.frame())["type"] == "failed"
        await t.send(type="ping")
        assert (await t.frame())["type"] == "pong"
