"""Embeddings over the wire: a scripted endpoint for what endpoints do, the real local model for the default."""

import asyncio
import gc
import json
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from asgiref.sync import async_to_sync

from benchmarks.upstream.script import Script
from benchmarks.upstream.server import Upstream
from benchmarks.upstream.thread import serving
from ingestion import embed, local_model
from ingestion.embed import EmbeddingModel, current_model, embed_passages, embed_query
from ingestion.errors import EmbeddingUnavailable

DIMENSION = 16


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    embed._queries.clear()


@pytest.fixture
def endpoint(settings) -> Iterator[Upstream]:
    with serving(dimension=DIMENSION) as upstream:
        settings.EMBEDDING_URL = upstream.url
        settings.EMBEDDING_KEY = "sk-embedding"
        settings.EMBEDDING_MODEL = "some-model"
        settings.EMBEDDING_DIMENSION = DIMENSION
        settings.EMBEDDING_QUERY_PREFIX = ""
        settings.EMBEDDING_PASSAGE_PREFIX = ""
        yield upstream


def fails(code: str) -> pytest.RaisesExc[EmbeddingUnavailable]:
    return pytest.raises(EmbeddingUnavailable, match=code)


# --- What is sent and what comes back


async def test_vectors_are_unit_length_and_in_the_order_of_the_texts(endpoint):
    texts = [f"passage number {n}" for n in range(150)]
    vectors = await embed_passages(texts)
    assert (vectors.shape, vectors.dtype) == ((150, DIMENSION), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[77] == pytest.approx((await embed_passages([texts[77]]))[0], abs=1e-6)


async def test_many_texts_go_in_requests_that_an_endpoint_takes(endpoint):
    await embed_passages(["text"] * 150)
    assert [len(sent.body["input"]) for sent in endpoint.embeddings] == [64, 64, 22]
    assert {sent.authorization for sent in endpoint.embeddings} == {"Bearer sk-embedding"}
    assert endpoint.embeddings[0].body["model"] == "some-model"


async def test_no_texts_are_no_request(endpoint):
    assert (await embed_passages([])).shape == (0, DIMENSION)
    assert not endpoint.embeddings


async def test_questions_and_passages_are_sent_under_their_prefixes(endpoint, settings):
    settings.EMBEDDING_QUERY_PREFIX, settings.EMBEDDING_PASSAGE_PREFIX = "query: ", "passage: "
    await embed_query("leave?")
    await embed_passages(["28 days"])
    assert [sent.body["input"] for sent in endpoint.embeddings] == [["query: leave?"], ["passage: 28 days"]]


async def test_same_question_is_embedded_once_and_another_model_embeds_it_again(endpoint, settings):
    first = await embed_query("leave?")
    assert (await embed_query("leave?") == first).all()
    assert len(endpoint.embeddings) == 1
    settings.EMBEDDING_MODEL = "other-model"
    await embed_query("leave?")
    assert len(endpoint.embeddings) == 2


async def test_remembered_questions_are_few(endpoint, monkeypatch):
    monkeypatch.setattr(embed, "REMEMBERED_QUERIES", 2)
    for text in ("one", "two", "one", "three", "one"):
        await embed_query(text)
    assert [sent.body["input"] for sent in endpoint.embeddings] == [["one"], ["two"], ["three"]]


async def test_half_a_surrogate_pair_is_no_error(endpoint):
    await embed_query("broken \ud800 emoji")
    assert endpoint.embeddings[0].body["input"] == ["broken ? emoji"]


@pytest.mark.parametrize("spelt", ["base64", "float"])
def test_endpoint_may_answer_in_either_encoding_and_any_order(spelt):
    rows = [(1, [0.0, 2.0]), (0, [3.0, 4.0])]
    spell = {
        "float": list,
        "base64": lambda v: embed.base64.b64encode(np.array(v, "<f4").tobytes()).decode(),
    }[spelt]
    body = json.dumps({"data": [{"index": n, "embedding": spell(v)} for n, v in rows]}).encode()
    vectors = embed._vectors(body, 2, EmbeddingModel("m", 2))
    assert vectors == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


# --- What endpoints do wrong


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (Script(status=401), "EMBEDDING_KEY"),
        (Script(status=403), "EMBEDDING_KEY"),
        (Script(status=404), "EMBEDDING_MODEL"),
        (Script(status=400), "error 400"),
        (Script(fault="html"), "cannot be read"),
        (Script(fault="nan"), "say nothing"),
        (Script(fault="short"), "sent 1 vectors for 2 texts"),
        (Script(dimension=8), "EMBEDDING_DIMENSION=8 and run `manage.py reindex`"),
    ],
)
async def test_faults_are_named_in_plain_words(endpoint, script, words):
    endpoint.enqueue(script, kind="embeddings")
    with fails(words) as caught:
        await embed_passages(["one", "two"])
    assert not caught.value.permanent
    assert "sk-embedding" not in caught.value.sentence


async def test_passing_fault_is_tried_again(endpoint):
    endpoint.enqueue(Script(status=500), Script(status=429, retry_after=0.01), kind="embeddings")
    assert (await embed_query("leave?")).shape == (DIMENSION,)
    assert len(endpoint.embeddings) == 3


async def test_lasting_fault_is_given_up(endpoint):
    endpoint.enqueue(*[Script(status=429, retry_after=0.01)] * 3, kind="embeddings")
    with fails("busy"):
        await embed_query("leave?")


async def test_endpoint_that_never_answers_is_given_up(endpoint, monkeypatch):
    monkeypatch.setattr(embed, "QUERY_SECONDS", 0.2)
    endpoint.enqueue(*[Script(fault="timeout")] * 3, kind="embeddings")
    with fails("too long"):
        await embed_query("leave?")


async def test_endpoint_that_is_not_there_is_named(endpoint, settings):
    settings.EMBEDDING_URL = "http://127.0.0.1:9/v1"
    with fails("cannot be reached"):
        await embed_query("leave?")


# --- Event loops


def test_every_event_loop_has_its_own_client_and_closes_it(endpoint):
    before = set(embed._clients)  # those of loops that other tests keep open
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("one", "two"):
            assert asyncio.run(embed_query(text)).shape == (DIMENSION,)
            assert set(embed._clients) == before
        assert async_to_sync(embed_query)("three").shape == (DIMENSION,)
        assert set(embed._clients) == before
        gc.collect()


def test_two_loops_at_once_do_not_share_a_client(endpoint):
    found: list[float] = []

    def ask(text: str) -> None:
        found.append(float(np.linalg.norm(asyncio.run(embed_query(text)))))

    threads = [threading.Thread(target=ask, args=(f"question {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == pytest.approx([1.0] * 4, abs=1e-5)


async def test_one_client_serves_all_calls_of_a_loop(endpoint):
    await asyncio.gather(*(embed_query(f"question {n}") for n in range(20)))
    loop = asyncio.get_running_loop()
    assert len([key for key in embed._clients if key[0] is loop]) == 1


# --- The local model


@pytest.fixture
def local(settings, tmp_path) -> Iterator[Path]:
    """No launcher, no server yet; what a test starts is ended with it."""
    settings.EMBEDDING_URL = ""
    settings.VAR_DIR = tmp_path
    state = tmp_path / "run" / "local-models.json"
    yield state
    if local_model.running_server() and pid_of(state) != os.getpid():
        os.kill(pid_of(state), signal.SIGTERM)


def pid_of(state: Path) -> int:
    return int(json.loads(state.read_text())["pid"])


async def test_local_model_is_started_on_demand_and_finds_what_belongs_together(local):
    passages = await embed_passages(
        ["28 days of annual leave a year", "Reset your password on the account page"]
    )
    asked = await embed_query("How many holidays do I have?")
    assert passages.shape == (2, current_model().dimension)
    assert asked @ passages[0] > asked @ passages[1]


async def test_local_model_is_started_once_for_all_who_ask_at_once(local, monkeypatch):
    starts: list[int] = []
    start = local_model._start
    monkeypatch.setattr(local_model, "_start", lambda: (starts.append(1), start())[1])
    addresses = await asyncio.gather(*(asyncio.to_thread(local_model.started_server) for _ in range(3)))
    assert len(set(addresses)) == len(starts) == 1


async def test_local_model_that_was_killed_is_started_again(local):
    await embed_query("one")
    killed = pid_of(local)
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    assert (await embed_query("two")).any()
    assert pid_of(local) != killed


async def test_local_model_whose_file_names_another_process_is_started_again(local):
    """A crashed server leaves its file; its number may be another's by now."""
    local.parent.mkdir()
    local.write_text(json.dumps({"url": "http://127.0.0.1:9/v1", "token": "old", "pid": os.getpid()}))
    assert (await embed_query("one")).any()
    assert pid_of(local) != os.getpid()


async def test_proxy_settings_do_not_come_between_us_and_the_local_model(local, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await embed_query("one")).any()


async def test_local_model_that_cannot_start_says_so(local, monkeypatch):
    monkeypatch.setattr(local_model.sys, "executable", "/bin/false")
    with fails("could not be started"):
        await embed_query("one")


@pytest.mark.parametrize("written", ["", "{", "[]", '{"pid": "x"}', '{"url": "", "pid": 0}'])
def test_unreadable_file_is_no_server(local, written):
    local.parent.mkdir()
    local.write_text(written)
    assert local_model.running_server() is None
