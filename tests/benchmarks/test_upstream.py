"""The scripted upstream, met through the SDK that the application uses."""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import openai
import pytest
from openai import OpenAI

from benchmarks.upstream import Script, Upstream, named, serving
from benchmarks.upstream.answers import STAMP


@pytest.fixture(scope="module")
def shared_upstream() -> Iterator[Upstream]:
    with serving() as upstream:
        yield upstream


@pytest.fixture
def upstream(shared_upstream: Upstream) -> Iterator[Upstream]:
    yield shared_upstream
    shared_upstream.reset()


@pytest.fixture
def client(upstream: Upstream) -> Iterator[OpenAI]:
    with OpenAI(base_url=upstream.url, api_key="test-key", max_retries=0, timeout=5) as client:
        yield client


def ask(client: OpenAI, model: str, text: str = "Hello?") -> Any:
    return client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], stream=True
    )


def pieces(client: OpenAI, model: str, text: str = "Hello?") -> list[str]:
    return [chunk.choices[0].delta.content or "" for chunk in ask(client, model, text) if chunk.choices]


def collect(stream: Iterable[Any], got: list[str]) -> None:
    """Keep what came before the stream broke."""
    for chunk in stream:
        got.append(chunk.choices[0].delta.content or "")


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_tokens_carry_their_sequence_and_send_time(client: OpenAI) -> None:
    before = time.monotonic_ns() // 1000
    stamps = [
        (int(n), int(sent))
        for n, sent in STAMP.findall("".join(pieces(client, "scripted:tokens=12,rate=400")))
    ]
    after = time.monotonic_ns() // 1000
    assert [n for n, _ in stamps] == list(range(12))
    times = [sent for _, sent in stamps]
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] <= after
    assert times[-1] - times[0] >= 11 * 2500 * 0.9  # paced, and not all at once


def test_instant_answer_has_no_pause_between_tokens(client: OpenAI, upstream: Upstream) -> None:
    assert len(STAMP.findall("".join(pieces(client, "instant:tokens=500")))) == 500
    assert upstream.chats[-1].outcome == "finished"
    assert upstream.chats[-1].sent == 500


def test_whole_answer_without_a_stream(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "Bonjour"}])
    assert answer.choices[0].message.content == "user: Bonjour"
    assert answer.usage is not None
    assert answer.usage.completion_tokens > 0


def test_rewriter_gets_the_last_question_back(client: OpenAI) -> None:
    talk = "Question: What is leave?\nAnswer: Time off.\nLast question: How much of it?"
    answer = client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": talk}])
    assert answer.choices[0].message.content == "How much of it?"


def test_scripts_for_streams_are_not_taken_by_whole_answers(client: OpenAI, upstream: Upstream) -> None:
    upstream.enqueue(Script(status=500))
    upstream.enqueue(Script(text="Rewritten."), kind="whole")
    answer = client.chat.completions.create(model="x", messages=[{"role": "user", "content": "Hello?"}])
    assert answer.choices[0].message.content == "Rewritten."
    with pytest.raises(openai.InternalServerError):
        ask(client, "x")


def test_directive_in_the_question_beats_the_model_name(client: OpenAI) -> None:
    text = "".join(pieces(client, "scripted:tokens=3", "What is leave? [[instant:tokens=7]]"))
    assert len(STAMP.findall(text)) == 7


def test_enqueued_scripts_are_taken_once_and_in_order(client: OpenAI, upstream: Upstream) -> None:
    upstream.enqueue(Script(text="first answer"), Script(text="second answer"))
    assert "".join(pieces(client, "scripted:tokens=1")) == "first answer"
    assert "".join(pieces(client, "scripted:tokens=1")) == "second answer"
    assert STAMP.match("".join(pieces(client, "scripted:tokens=1")))


def test_history_holds_the_exact_prompt(client: OpenAI, upstream: Upstream) -> None:
    pieces(client, "instant", "Who approves leave?")
    exchange = upstream.chats[-1]
    assert exchange.body["messages"] == [{"role": "user", "content": "Who approves leave?"}]
    assert exchange.prompt == "Who approves leave?"
    assert exchange.authorization == "Bearer test-key"


def test_cite_marks_passages_of_the_prompt_and_one_that_is_not_there(client: OpenAI) -> None:
    got = pieces(client, "cite", "[3] Leave is 25 days.\n[5] Ask your manager.\nQuestion?")
    assert re.findall(r"\[(\d+)\]", "".join(got)) == ["3", "5", "999"]
    assert not any("[3]" in piece for piece in got)  # split, as real models split them


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("refuse", openai.AuthenticationError),
        ("missing", openai.NotFoundError),
        ("limited:retry_after=7", openai.RateLimitError),
        ("failing", openai.InternalServerError),
        ("scripted:tokens=-1", openai.BadRequestError),
    ],
)
def test_refusals_are_the_errors_of_the_sdk(
    client: OpenAI, model: str, error: type[openai.APIStatusError]
) -> None:
    with pytest.raises(error) as caught:
        ask(client, model)
    if error is openai.RateLimitError:
        assert caught.value.response.headers["retry-after"] == "7"


def test_timeout_never_answers(client: OpenAI, upstream: Upstream) -> None:
    with pytest.raises(openai.APITimeoutError):
        ask(client.with_options(timeout=0.2), "timeout")
    assert eventually(lambda: upstream.chats[-1].outcome == "closed")


def test_slow_model_lets_the_first_token_wait(client: OpenAI) -> None:
    started = time.monotonic()
    stream = iter(ask(client, "slow:first=0.3,tokens=2,rate=0"))
    next(stream)  # the role, at once
    next(stream)
    assert time.monotonic() - started >= 0.3


def test_dying_model_breaks_the_connection_after_some_tokens(client: OpenAI) -> None:
    stream = ask(client, "dies:after=3")
    got: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        collect(stream, got)
    assert len(STAMP.findall("".join(got))) == 3


def test_stalling_model_goes_silent(client: OpenAI, upstream: Upstream) -> None:
    stream = ask(client.with_options(timeout=0.3), "stalls:after=2")
    got: list[str] = []
    with pytest.raises(openai.APITimeoutError):
        collect(stream, got)
    assert len(STAMP.findall("".join(got))) == 2
    assert upstream.chats[-1].sent == 2


def test_broken_json_after_good_tokens(client: OpenAI) -> None:
    stream = ask(client, "rubbish:after=2")
    got: list[str] = []
    with pytest.raises(json.JSONDecodeError):
        collect(stream, got)
    assert len(STAMP.findall("".join(got))) == 2


def test_error_event_in_mid_answer(client: OpenAI) -> None:
    with pytest.raises(openai.APIError, match="The engine stopped"):
        pieces(client, "error_event")


def test_html_instead_of_a_stream_has_no_tokens(client: OpenAI) -> None:
    assert pieces(client, "html") == []


def test_empty_answer(client: OpenAI) -> None:
    assert "".join(pieces(client, "empty")) == ""


@pytest.mark.parametrize(
    ("model", "reason"), [("length", "length"), ("filtered", "content_filter"), ("instant", "stop")]
)
def test_finish_reason(client: OpenAI, model: str, reason: str) -> None:
    assert [chunk.choices[0].finish_reason for chunk in ask(client, model)][-1] == reason


@pytest.mark.parametrize(
    ("model", "asked", "present"),
    [("instant", True, True), ("instant", False, False), ("instant:usage=never", True, False),
     ("instant:usage=always", False, True)],
)  # fmt: skip
def test_usage_comes_when_asked_for(client: OpenAI, model: str, asked: bool, present: bool) -> None:
    stream = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Hello?"}],
        stream=True,
        stream_options={"include_usage": asked},
    )
    usages = [chunk.usage for chunk in stream if chunk.usage]
    assert bool(usages) is present
    if present:
        assert usages[0].completion_tokens == 20


def test_giant_piece_arrives_whole(client: OpenAI) -> None:
    assert max(len(piece) for piece in pieces(client, "giant")) > 100_000


def test_characters_split_between_segments_arrive_whole(client: OpenAI) -> None:
    assert "".join(pieces(client, "unicode")) == named("unicode").text


def test_client_that_leaves_is_noticed(client: OpenAI, upstream: Upstream) -> None:
    stream = ask(client, "scripted:tokens=1000,rate=100")
    next(iter(stream))
    stream.close()
    assert eventually(lambda: upstream.chats[-1].outcome == "closed")
    assert upstream.chats[-1].sent < 1000


def test_embeddings_are_deterministic_unit_vectors(client: OpenAI) -> None:
    texts = ["annual leave is 25 days", "annual leave is 25 days", "the printer is on floor two"]
    answer = client.embeddings.create(model="embedder", input=texts, dimensions=256)
    first, same, other = (row.embedding for row in answer.data)
    assert len(first) == 256
    assert first == same
    assert first != other
    assert sum(x * x for x in first) == pytest.approx(1, abs=1e-5)


def test_embeddings_in_base64_are_the_same_numbers(client: OpenAI) -> None:
    plain = client.embeddings.create(model="e", input="leave", encoding_format="float").data[0].embedding
    coded = client.embeddings.create(model="e", input="leave", encoding_format="base64").data[0].embedding
    assert np.frombuffer(base64.b64decode(str(coded)), dtype=np.float32).tolist() == pytest.approx(plain)


def test_like_texts_are_nearer_than_unlike_ones(client: OpenAI) -> None:
    texts = ["how many days of annual leave", "annual leave is 25 days", "the printer is on floor two"]
    question, near, far = (row.embedding for row in client.embeddings.create(model="e", input=texts).data)
    assert sum(a * b for a, b in zip(question, near, strict=True)) > sum(
        a * b for a, b in zip(question, far, strict=True)
    )


def test_embedder_can_be_told_to_fail(client: OpenAI, upstream: Upstream) -> None:
    upstream.enqueue(Script(status=500), Script(fault="short"), kind="embeddings")
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="e", input=["a"])
    assert len(client.embeddings.create(model="e", input=["a", "b"]).data) == 1
    assert len(client.embeddings.create(model="e", input=["a", "b"]).data) == 2


def test_models_are_listed(client: OpenAI) -> None:
    assert {"scripted", "cite"} <= {model.id for model in client.models.list()}


def test_process_says_where_it_listens_and_is_scripted_over_http(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "benchmarks.upstream", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        assert eventually(state.exists)
        url = json.loads(state.read_text())["url"]
        root = url.removesuffix("/v1")
        script = json.dumps([{"text": "Told over HTTP."}, {"name": "limited"}]).encode()
        urlopen(Request(f"{root}/script", data=script, method="POST"))
        with OpenAI(base_url=url, api_key="k", max_retries=0) as client:
            assert "".join(pieces(client, "x", "Héllo?")) == "Told over HTTP."
            with pytest.raises(openai.RateLimitError):
                ask(client, "x")
        history = json.loads(urlopen(f"{root}/history").read())
        assert history[0]["body"]["messages"][0]["content"] == "Héllo?"
        assert [exchange["outcome"] for exchange in history] == ["finished", "refused"]
    finally:
        process.terminate()
        process.wait(timeout=5)
