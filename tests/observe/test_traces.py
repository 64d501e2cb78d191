"""Spans of a question, as a real receiver gets them: ids, and never content."""

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from benchmarks.upstream import Script
from tenants.observe import traces
from tests.observe.conftest import Receiver

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "How long is parental leave?"


@pytest.fixture
def traced(installation, settings, receiver, alice, handbook, upload):
    upload(alice, handbook)
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
    settings.OTEL_EXPORTER_OTLP_HEADERS = "authorization=Bearer collector-key"
    yield installation
    traces.shut_down()


def parent_name(receiver: Receiver, name: str) -> str:
    [span] = receiver.named(name)
    return next((s.name for s in receiver.spans if s.span_id == span.parent_span_id), "")


async def test_a_questions_steps_are_one_trace(traced, receiver, bob, acme, tab) -> None:
    async with tab(bob) as t:
        first = await t.ask(QUESTION)
        await t.ask("And hotels?", conversation=first[0]["conversation"], client_id="c2")
    traces.shut_down()
    assert len(receiver.named("question")) == 2
    [condense] = receiver.named("answer.condense")
    follow_up = [s for s in receiver.spans if s.trace_id == condense.trace_id]
    names = {s.span_id: s.name for s in follow_up}
    tree = {s.name: names.get(s.parent_span_id, "") for s in follow_up}
    assert tree == {
        "question": "",
        "answer.condense": "question",
        "answer.retrieve": "question",
        "answer.embed": "answer.retrieve",
        "answer.search": "answer.retrieve",
        "answer.reread": "answer.retrieve",
        "answer.model": "question",
    }
    attributes = {a.key: a.value.string_value for a in follow_up[0].attributes}
    assert attributes["colloquy.tenant"] == str(acme.id)
    assert attributes["colloquy.conversation"] == first[0]["conversation"]
    assert {h["authorization"] for h in receiver.headers} == {"Bearer collector-key"}
    everything = str(receiver.requests)
    for word in ("parental", "hotels", "weeks", "policy", "Bob", "Acme", "collector-key"):
        assert word not in everything, word


async def test_a_failure_is_told_by_its_type_and_a_stop_is_none(traced, receiver, bob, tab) -> None:
    traced.enqueue(Script(status=401), Script(tokens=1000, rate=20))
    async with tab(bob) as t:
        await t.ask(QUESTION)
        await t.send(type="ask", client_id="c2", conversation=None, text=QUESTION)
        frames = await t.until("delta")
        await t.send(type="stop", message=frames[0]["message"])
        await t.until("finished")
    traces.shut_down()
    failed, stopped = sorted(receiver.named("answer.model"), key=lambda s: s.start_time_unix_nano)
    assert (failed.status.code, failed.status.message) == (Status.STATUS_CODE_ERROR, "ModelRefused")
    assert stopped.status.code == Status.STATUS_CODE_UNSET
    assert [len(s.events) for s in receiver.spans] == [0] * len(receiver.spans)


def test_the_proxys_trace_goes_on_and_the_route_is_told_instead_of_the_path(
    traced, receiver, bob, browser_of
) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    browser_of(bob).get(f"/chat/{bob.id}/?q=secret", headers={"traceparent": parent})
    browser_of(bob).get("/chat/", headers={"traceparent": "rubbish"})
    traces.shut_down()
    first, second = receiver.named("HTTP GET")
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (parent[3:35], parent[36:52])
    assert second.parent_span_id == b""
    assert str(bob.id) not in str([a for a in first.attributes if a.key == "http.route"])
    assert "secret" not in str(receiver.requests)


async def test_a_receiver_that_is_away_holds_nothing_up(traced, receiver, settings, bob, tab) -> None:
    traces.shut_down()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:1"
    async with tab(bob) as t:
        assert (await t.ask(QUESTION))[-1]["type"] == "finished"


def test_without_an_endpoint_nothing_is_loaded() -> None:
    code = (
        "import sys, assistant.config.asgi; from tenants.observe import traces\n"
        "with traces.span('x'): pass\n"
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'prometheus_client', 'pythonjsonlogger')) and sys.modules[m]])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
