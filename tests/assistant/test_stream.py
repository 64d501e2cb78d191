"""The connections behind streamed completions: kept for the next question, and as many as are asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from assistant.endpoints import Endpoint
from assistant.stream import Completion, complete, complete_text
from benchmarks.upstream import Script, Upstream, serving

QUESTION = [{"role": "user", "content": "How long is parental leave?"}]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with serving() as running:
        yield running


@pytest.fixture
def endpoint(upstream: Upstream) -> Endpoint:
    upstream.reset()
    return Endpoint("Model", upstream.url, "key", "instant", context_window=8000, max_answer_tokens=100)


def answer(endpoint: Endpoint) -> AsyncIterator[str]:
    return complete(endpoint, QUESTION, Completion())


async def test_next_question_takes_the_connection_of_the_last(endpoint, upstream) -> None:
    upstream.enqueue(*[Script(fault="late_end")] * 3)
    for _ in range(3):
        assert [piece async for piece in answer(endpoint)]
    assert await complete_text(endpoint, QUESTION, max_tokens=20)
    assert len(upstream.chats) == 4
    assert len({exchange.client for exchange in upstream.chats}) == 1


async def test_no_stream_waits_for_another_to_end(endpoint, upstream) -> None:
    upstream.enqueue(*[Script(fault="stall", after=1)] * 130)
    streams = [answer(endpoint) for _ in range(130)]
    assert all(await asyncio.gather(*(anext(stream) for stream in streams)))  # and none of them has ended
    await asyncio.gather(*(stream.aclose() for stream in streams))
