"""Embeddings from an OpenAI-compatible endpoint, or from the local model's server; the only user of that API.

Vectors are float32 of unit length. A text is embedded under its prefix, as the model's card says (settings).
"""

import asyncio
import base64
import fcntl
import json
import logging
import os
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import numpy as np
import openai
from django.conf import settings
from numpy.typing import NDArray
from openai import AsyncOpenAI, DefaultAioHttpClient

from ingestion.errors import EmbeddingUnavailable

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

LOCAL_MODEL = "all-MiniLM-L6-v2-int8"
LOCAL_DIMENSION = 384
TEXTS_PER_REQUEST = 64
REMEMBERED_QUERIES = 512
START_SECONDS = 60.0
IDLE_EXIT_SECONDS = 600

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AsyncOpenAI]] = (
    WeakKeyDictionary()
)
_queries: OrderedDict[tuple[str, str], Vectors] = OrderedDict()


@dataclass(frozen=True)
class EmbeddingModel:
    """`url` is empty for the local model, whose server may move between two calls."""

    name: str
    dimension: int
    url: str = ""
    key: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""


def current_model() -> EmbeddingModel:
    """The model that the settings name; the local one when EMBEDDING_URL is unset."""
    if not settings.EMBEDDING_URL:
        return EmbeddingModel(LOCAL_MODEL, LOCAL_DIMENSION)
    return EmbeddingModel(
        name=settings.EMBEDDING_MODEL,
        dimension=settings.EMBEDDING_DIMENSION,
        url=settings.EMBEDDING_URL,
        key=settings.EMBEDDING_KEY,
        query_prefix=settings.EMBEDDING_QUERY_PREFIX,
        passage_prefix=settings.EMBEDDING_PASSAGE_PREFIX,
    )


async def embed_passages(texts: Sequence[str]) -> Vectors:
    """Vectors of shape (len(texts), dimension). Raises EmbeddingUnavailable."""
    model = current_model()
    parts = [
        await _request(
            [model.passage_prefix + text for text in texts[start : start + TEXTS_PER_REQUEST]], model
        )
        for start in range(0, len(texts), TEXTS_PER_REQUEST)
    ]
    return np.concatenate(parts) if parts else np.empty((0, model.dimension), np.float32)


async def embed_query(text: str) -> Vectors:
    """The vector of a question, of shape (dimension,). Raises EmbeddingUnavailable."""
    model = current_model()
    key = (model.name, text)
    if key not in _queries:
        _queries[key] = (await _request([model.query_prefix + text], model))[0]
        if len(_queries) > REMEMBERED_QUERIES:
            _queries.popitem(last=False)
    return _queries[key]


async def _request(texts: Sequence[str], model: EmbeddingModel) -> Vectors:
    try:
        return await _embed(texts, model)
    except openai.APIConnectionError:
        if model.url:
            raise _unavailable("cannot be reached") from None
    except openai.APIStatusError as error:
        log.warning("the embedding endpoint answered %s", error.status_code)
        raise _unavailable(f"answered with error {error.status_code}") from error
    # The local server has moved or ended since its address was read: look again, once.
    try:
        return await _embed(texts, model)
    except openai.OpenAIError as error:
        raise _unavailable("cannot be reached") from error


async def _embed(texts: Sequence[str], model: EmbeddingModel) -> Vectors:
    url, key = (model.url, model.key) if model.url else await asyncio.to_thread(local_server)
    # Read as raw JSON: the SDK's object for a vector would be a list of a thousand Python numbers.
    async with _client(url, key).embeddings.with_streaming_response.create(
        model=model.name, input=list(texts), encoding_format="base64"
    ) as response:
        body = await response.read()
    return _vectors(body, len(texts), model)


def _vectors(body: bytes, count: int, model: EmbeddingModel) -> Vectors:
    try:
        rows = sorted(json.loads(body)["data"], key=lambda row: row["index"])
        vectors = np.array([_vector(row["embedding"]) for row in rows], np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise _unavailable("sent an answer that cannot be read") from error
    if vectors.shape != (count, model.dimension):
        sent = vectors.shape[1] if vectors.ndim == 2 else 0
        raise _unavailable(
            f"sent vectors of {sent} dimensions where {model.dimension} are configured. "
            "Set EMBEDDING_DIMENSION and run `manage.py reindex`"
        )
    if not np.isfinite(vectors).all():
        raise _unavailable("sent vectors that are no numbers")
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _vector(spelt: str | list[float]) -> Any:
    """Base64 of little-endian float32, or the plain list that some endpoints send whatever they are asked for."""
    return np.frombuffer(base64.b64decode(spelt), "<f4") if isinstance(spelt, str) else spelt


def _unavailable(what: str) -> EmbeddingUnavailable:
    return EmbeddingUnavailable(f"The embedding model {what}. The document waits and is tried again.")


def _client(url: str, key: str) -> AsyncOpenAI:
    """One client, and so one pool of connections, per address on each event loop."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if (url, key) not in clients:
        timeout = httpx2.Timeout(120.0, connect=5.0)
        clients[url, key] = AsyncOpenAI(
            base_url=url,
            api_key=key or "none",
            timeout=timeout,
            max_retries=2,
            http_client=DefaultAioHttpClient(
                timeout=timeout, limits=httpx2.Limits(max_connections=None), follow_redirects=False
            ),
        )
    return clients[url, key]


# --- The local model's server ---------------------------------------------------------------------------------


def local_server() -> tuple[str, str]:
    """Address and token of the local model's server, started on demand where no launcher has done so."""
    state = settings.VAR_DIR / "run" / "local-models.json"
    if found := _running(state):
        return found
    state.parent.mkdir(parents=True, exist_ok=True)
    with (state.parent / "local-models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes must not start two
        return _running(state) or _start(state)


def _running(state: Path) -> tuple[str, str] | None:
    try:
        server = json.loads(state.read_text())
        os.kill(server["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return server["url"], server["token"]


def _start(state: Path) -> tuple[str, str]:
    command = [
        sys.executable,
        "-m",
        "assistant.local",
        "--state",
        str(state),
        "--idle-exit",
        str(IDLE_EXIT_SECONDS),
    ]
    log.info("starting the local embedding model")
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if found := _running(state):
            return found
        time.sleep(0.05)
    raise _unavailable("could not be started; look at the log of `python -m assistant.local`")
