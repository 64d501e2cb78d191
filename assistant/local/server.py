"""The local embedding model behind an OpenAI-compatible address on loopback: POST /v1/embeddings, GET /v1/models.

One thread computes. Small requests (questions) go before bulk, which is cut into small batches of texts of like
length, so a question never waits behind more than one batch.
"""

import asyncio
import base64
import hmac
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiohttp import web
from tokenizers import Encoding

from assistant.local.model import BATCH, DIMENSION, NAME, EmbeddingModel, Vectors

SMALL = 4  # texts; a request of at most so many goes first
MOST_TEXTS = 2048
MOST_BYTES = 64 * 1024 * 1024


@dataclass(order=True)
class Job:
    """One batch of one request; the lowest (priority, number) is computed first."""

    priority: int
    number: int
    encodings: list[Encoding] = field(compare=False)
    done: asyncio.Future[Vectors] = field(compare=False)


class Embedder:
    """Computes batches in order of urgency."""

    def __init__(self, model: EmbeddingModel) -> None:
        self._model = model
        self._jobs: asyncio.PriorityQueue[Job] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self.last_used = time.monotonic()

    async def embed(self, texts: list[str]) -> tuple[Vectors, int]:
        """Vectors of shape (len(texts), DIMENSION), and how many word pieces were read."""
        self.last_used = time.monotonic()
        loop = asyncio.get_running_loop()
        encodings = await loop.run_in_executor(None, self._model.tokenize, texts)
        order = sorted(range(len(texts)), key=lambda n: len(encodings[n].ids))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        priority = int(len(texts) > SMALL)
        jobs = [(rows, self._submit([encodings[n] for n in rows], priority=priority)) for rows in batches]
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        for rows, done in jobs:
            vectors[rows] = await done
        return vectors, sum(len(e.ids) for e in encodings)

    def _submit(self, encodings: list[Encoding], *, priority: int) -> asyncio.Future[Vectors]:
        done: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait(Job(priority, next(self._numbers), encodings, done))
        return done

    async def work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            job = await self._jobs.get()
            if job.done.cancelled():
                continue
            try:
                vectors = await loop.run_in_executor(self._thread, self._model.embed, job.encodings)
            except Exception as error:
                job.done.set_exception(error)
            else:
                if not job.done.cancelled():
                    job.done.set_result(vectors)
            self.last_used = time.monotonic()


def application(embedder: Embedder, token: str) -> web.Application:
    async def embeddings(request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            texts = _texts(body)
        except ValueError as error:
            return _error(400, str(error))
        vectors, pieces = await embedder.embed(texts)
        spelt = _base64 if body.get("encoding_format") == "base64" else _floats
        data = [{"object": "embedding", "index": n, "embedding": spelt(v)} for n, v in enumerate(vectors)]
        usage = {"prompt_tokens": pieces, "total_tokens": pieces}
        return web.json_response({"object": "list", "model": NAME, "data": data, "usage": usage})

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": NAME, "object": "model", "owned_by": "local"}]})

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok")

    @web.middleware
    async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if request.path != "/healthz" and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return _error(401, "The bearer token is missing or wrong.")
        response: web.StreamResponse = await handler(request)
        return response

    app = web.Application(middlewares=[guard], client_max_size=MOST_BYTES)
    app.add_routes(
        [web.post("/v1/embeddings", embeddings), web.get("/v1/models", models), web.get("/healthz", healthz)]
    )
    return app


def _texts(body: Any) -> list[str]:
    """The texts of a request; raises ValueError with a sentence."""
    given = body.get("input") if isinstance(body, dict) else None
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise ValueError("`input` must be a text or a list of texts.")
    if len(texts) > MOST_TEXTS:
        raise ValueError(f"At most {MOST_TEXTS} texts a request.")
    return texts


def _base64(vector: Vectors) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _floats(vector: Vectors) -> list[float]:
    return [float(value) for value in vector]


def _error(status: int, message: str) -> web.Response:
    body = {"error": {"message": message, "type": "invalid_request_error", "code": None}}
    return web.json_response(body, status=status)
