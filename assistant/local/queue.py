"""Who is computed next: questions before bulk, each in the order of arrival.

A thread for each core takes one text at a time, so a question never waits for more than the texts that are being
computed (25 ms for a passage of usual length), however much bulk there is.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tokenizers import Encoding

from assistant.local.model import Vector

SMALL = 4  # texts; a request of at most so many is a question


class Model(Protocol):
    def tokenize(self, texts: Sequence[str]) -> list[Encoding]: ...
    def embed(self, encoding: Encoding) -> Vector: ...


@dataclass(order=True)
class Job:
    """One text of a request; the lowest (priority, number) is computed first."""

    priority: int
    number: int
    encoding: Encoding = field(compare=False)
    done: asyncio.Future[Vector] = field(compare=False)


class Embedder:
    """`work()` must run for `embed()` to be answered."""

    def __init__(self, model: Model, *, threads: int = 0) -> None:
        self._model = model
        self._threads = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="embedding")
        self._jobs: asyncio.PriorityQueue[Job] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._last_used = time.monotonic()
        self._open = 0
        self._computing, self._began = 0, 0.0
        self._busy = 0.0
        self.texts = 0  # computed since the start

    async def embed(self, texts: Sequence[str]) -> tuple[list[Vector], int]:
        """A vector for each text, and how many word pieces were read."""
        self._open += 1
        jobs: list[asyncio.Future[Vector]] = []
        try:
            encodings = await asyncio.to_thread(self._model.tokenize, texts)
            jobs += [self._submit(encoding, priority=int(len(texts) > SMALL)) for encoding in encodings]
            return [await job for job in jobs], sum(len(e.ids) for e in encodings)
        finally:
            for job in jobs:  # if who asked has gone, what is left of the request is not computed
                job.cancel()
            self._open -= 1
            self._last_used = time.monotonic()

    def _submit(self, encoding: Encoding, *, priority: int) -> asyncio.Future[Vector]:
        done: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait(Job(priority, next(self._numbers), encoding, done))
        return done

    async def work(self) -> None:
        await asyncio.gather(*(self._work() for _ in range(self._threads)))

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            job = await self._jobs.get()
            if job.done.done():
                continue
            try:
                with self._counted():
                    vector = await loop.run_in_executor(self._pool, self._model.embed, job.encoding)
            except Exception as error:
                if not job.done.done():
                    job.done.set_exception(error)
            else:
                if not job.done.done():
                    job.done.set_result(vector)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if not self._computing:
            self._began = time.monotonic()
        self._computing += 1
        try:
            yield
        finally:
            self._computing -= 1
            self.texts += 1
            if not self._computing:
                self._busy += time.monotonic() - self._began

    @property
    def busy_seconds(self) -> float:
        """How long at least one text was being computed since the start."""
        return self._busy + (time.monotonic() - self._began if self._computing else 0.0)

    @property
    def idle_seconds(self) -> float:
        return 0.0 if self._open else time.monotonic() - self._last_used
