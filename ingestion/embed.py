"""Embeddings from an OpenAI-compatible endpoint, or from the local model's server; the only user of that API.

Vectors are float32 of unit length. A text is embedded under its prefix, as the model's card says (settings).
"""

import asyncio
import base64
import binascii
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np
import openai
from django.conf import settings
from numpy.typing import NDArray
from openai import AsyncOpenAI, DefaultAioHttpClient

from ingestion import local_model
from ingestion.errors import EmbeddingUnavailable

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

TEXTS_PER_REQUEST = 64
REMEMBERED_QUERIES = 512
PASSAGE_SECONDS = 120.0
QUERY_SECONDS = 10.0  # somebody is waiting, and keywords alone are there to fall back on
CONNECT_SECONDS = 5.0

REFUSALS = {
    401: "refused the key. Check EMBEDDING_KEY",
    403: "does not let this key use the model. Check EMBEDDING_KEY and EMBEDDING_MODEL",
    404: "does not know the model or the address. Check EMBEDDING_MODEL and EMBEDDING_URL",
    429: "is busy, or its quota is used up",
}


class Unreachable(EmbeddingUnavailable):
    """Nobody is there, or the line broke."""


@dataclass(frozen=True)
class EmbeddingModel:
    """`url` is empty for the local model, whose server may move between two calls."""

    name: str
    dimension: int
    url: str = ""
    key: str = ""
    query_prefix: str = ""
    passage_prefix: str = ""


_Loop = asyncio.AbstractEventLoop
_clients: dict[tuple[_Loop, str, str], tuple[AsyncOpenAI, AsyncGenerator[AsyncOpenAI]]] = {}
_queries: OrderedDict[tuple[EmbeddingModel, str], Vectors] = OrderedDict()


def current_model() -> EmbeddingModel:
    """The model that the settings name; the local one when EMBEDDING_URL is unset."""
    if not settings.EMBEDDING_URL:
        return EmbeddingModel(local_model.NAME, local_model.DIMENSION)
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
    prefixed = [model.passage_prefix + text for text in texts]
    parts = [
        await _request(prefixed[start : start + TEXTS_PER_REQUEST], model=model, patience=PASSAGE_SECONDS)
        for start in range(0, len(texts), TEXTS_PER_REQUEST)
    ]
    return np.concatenate(parts) if parts else np.empty((0, model.dimension), np.float32)


async def embed_query(text: str) -> Vectors:
    """The vector of a question, of shape (dimension,). Raises EmbeddingUnavailable."""
    model = current_model()
    vector = _queries.get((model, text))
    if vector is None:
        vector = (await _request([model.query_prefix + text], model=model, patience=QUERY_SECONDS))[0]
        vector.flags.writeable = False  # it is handed out again
    _queries[model, text] = vector
    _queries.move_to_end((model, text))
    if len(_queries) > REMEMBERED_QUERIES:
        _queries.popitem(last=False)
    return vector


async def _request(texts: Sequence[str], *, model: EmbeddingModel, patience: float) -> Vectors:
    # Half of a surrogate pair, as a browser may send it, cannot be sent on.
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    if model.url:
        body = await _send(texts, model.name, to=(model.url, model.key), patience=patience)
        return _vectors(body, len(texts), model)
    address = local_model.running_server()
    if address is None:
        address = await asyncio.to_thread(local_model.started_server)
    try:
        body = await _send(texts, model.name, to=address, patience=patience)
    except Unreachable:  # it has died, or moved since its address was read
        address = await asyncio.to_thread(local_model.started_server, instead_of=address)
        body = await _send(texts, model.name, to=address, patience=patience)
    return _vectors(body, len(texts), model)


async def _send(texts: Sequence[str], model: str, *, to: local_model.Address, patience: float) -> bytes:
    """The answer as it came: the SDK's own object for a vector would be a list of a thousand Python numbers."""
    client = await _client(*to)
    try:
        async with client.embeddings.with_streaming_response.create(
            model=model, input=list(texts), encoding_format="base64", timeout=seconds(patience)
        ) as response:
            return await response.read()
    except (openai.APITimeoutError, httpx2.TimeoutException) as error:
        # The SDK's aiohttp client calls a refused connection a time-out too.
        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            raise Unreachable(_sentence("cannot be reached")) from error
        raise _unavailable("took too long to answer") from error
    except openai.APIStatusError as error:
        log.warning("the embedding endpoint answered %s", error.status_code)
        what = REFUSALS.get(error.status_code, f"answered with error {error.status_code}")
        raise _unavailable(what) from error
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise Unreachable(_sentence("cannot be reached")) from error


def _vectors(body: bytes, count: int, model: EmbeddingModel) -> Vectors:
    try:
        rows = sorted(json.loads(body)["data"], key=lambda row: row["index"])
        vectors = np.array([_vector(row["embedding"]) for row in rows], np.float32)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise _unavailable("sent an answer that cannot be read") from error
    if vectors.ndim != 2 or len(vectors) != count:
        raise _unavailable(f"sent {len(vectors)} vectors for {count} texts")
    if (sent := vectors.shape[1]) != model.dimension:
        raise _unavailable(
            f"sends vectors of {sent} dimensions, but {model.dimension} are configured. "
            f"Set EMBEDDING_DIMENSION={sent} and run `manage.py reindex`"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise _unavailable("sent vectors that say nothing")
    unit: Vectors = vectors / lengths
    return unit


def _vector(spelt: str | list[float]) -> Any:
    """Base64 of little-endian float32, or the plain list that some endpoints send whatever they are asked for."""
    return np.frombuffer(base64.b64decode(spelt), "<f4") if isinstance(spelt, str) else spelt


def _unavailable(what: str) -> EmbeddingUnavailable:
    return EmbeddingUnavailable(_sentence(what))


def _sentence(what: str) -> str:
    return f"The embedding model {what}. The document waits and is tried again."


def seconds(patience: float) -> httpx2.Timeout:
    return httpx2.Timeout(patience, connect=CONNECT_SECONDS)


async def _client(url: str, key: str) -> AsyncOpenAI:
    """One client, and so one pool of connections, per address on each event loop."""
    place = (asyncio.get_running_loop(), url, key)
    if place not in _clients:
        held = _held_client(place)
        _clients[place] = (await anext(held), held)
    return _clients[place][0]


async def _held_client(place: tuple[_Loop, str, str]) -> AsyncGenerator[AsyncOpenAI]:
    """A client that lives as long as its event loop: a loop that ends closes the generators begun on it."""
    _, url, key = place
    timeout = seconds(PASSAGE_SECONDS)
    http = DefaultAioHttpClient(
        timeout=timeout,
        limits=httpx2.Limits(max_connections=0),  # none, as aiohttp spells it: to it, None means 100
        follow_redirects=False,
        trust_env=bool(settings.EMBEDDING_URL),  # no proxy stands between us and our own loopback
    )
    client = AsyncOpenAI(
        base_url=url, api_key=key or "none", timeout=timeout, max_retries=2, http_client=http
    )
    try:
        yield client
    finally:
        _clients.pop(place, None)
        await client.close()
