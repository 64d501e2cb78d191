"""Who is computed next: questions before bulk, each in the order of arrival.

One thread computes. A request is cut into small batches and any request may go between two of them, so a question
never waits behind more than the one batch that is being computed.
"""

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from tokenizers import Encoding

from assistant.local.model import DIMENSION, Vectors, batches

SMALL = 4  # texts; a request of at most so many is a question


class Model(Protocol):
    def tokenize(self, texts: list[str]) -> list[Encoding]: ...
    def embed(self, encodings: list[Encoding]) -> Vectors: ...


@dataclass(order=True)
class Job:
    """One batch of one request; the lowest (priority, number) is computed first."""

    priority: int
    number: int
    encodings: list[Encoding] = field(compare=False)
    done: asyncio.Future[Vectors] = field(compare=False)


class Embedder:
    """`work()` must run for `embed()` to be answered."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._jobs: asyncio.PriorityQueue[Job] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._last_used = time.monotonic()
        self._open = 0

    async def embed(self, texts: list[str]) -> tuple[Vectors, int]:
        """Vectors of shape (len(texts), DIMENSION), and how many word pieces were read."""
        self._open += 1
        try:
            encodings = await asyncio.to_thread(self._model.tokenize, texts)
            return await self._computed(encodings), sum(len(e.ids) for e in encodings)
        finally:
            self._open -= 1
            self._last_used = time.monotonic()

    async def _computed(self, encodings: list[Encoding]) -> Vectors:
        priority = int(len(encodings) > SMALL)
        jobs = [
            (places, self._submit([encodings[n] for n in places], priority=priority))
            for places in batches([len(e.ids) for e in encodings])
        ]
        vectors = np.empty((len(encodings), DIMENSION), np.float32)
        try:
            for places, done in jobs:
                vectors[places] = await done
        finally:
            for _, done in jobs:  # who asked has gone: what is left of the request is not computed
                done.cancel()
        return vectors

    def _submit(self, encodings: list[Encoding], *, priority: int) -> asyncio.Future[Vectors]:
        done: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait(Job(priority, next(self._numbers), encodings, done))
        return done

    async def work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            job = await self._jobs.get()
            if job.done.done():
                continue
            try:
                vectors = await loop.run_in_executor(self._thread, self._model.embed, job.encodings)
            except Exception as error:
                if not job.done.done():
                    job.done.set_exception(error)
            else:
                if not job.done.done():
                    job.done.set_result(vectors)

    @property
    def idle_seconds(self) -> float:
        return 0.0 if self._open else time.monotonic() - self._last_used
