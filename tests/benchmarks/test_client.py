"""The measuring client against a server that we did not write, with and without compression."""

import asyncio
import json
import time
from collections.abc import Sequence

import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.client import Answer, Chat


async def answered(frames: Sequence[object], *, tokens: int, deflate: bool = False) -> Answer:
    """The client's view of a server that sends these frames after a question; a number is a close code."""

    async def handle(connection: ServerConnection) -> None:
        assert json.loads(await connection.recv())["text"] == "How?"
        for frame in frames:
            if isinstance(frame, int):
                await connection.close(frame)
            else:
                await connection.send(json.dumps(frame))
        await connection.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression="deflate" if deflate else None) as server:
        chat = Chat(tokens=tokens)
        await chat.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", cookie="", deflate=deflate)
        answer = await chat.ask("How?")
        chat.close()
    return answer


def delta(text: str) -> dict[str, str]:
    return {"type": "delta", "text": text}


def stamp(sequence: int) -> str:
    return f"t{sequence:04d}@{time.monotonic_ns() // 1000 - 5000} "


FINISHED = {"type": "finished", "status": "complete"}


@pytest.mark.parametrize("deflate", [False, True])
def test_tokens_cut_by_frames_are_counted_once(deflate: bool) -> None:
    text = "".join(stamp(n) for n in range(40))
    deltas = [delta(text[start : start + 7]) for start in range(0, len(text), 7)]
    answer = asyncio.run(answered([*deltas, FINISHED], tokens=40, deflate=deflate))
    assert answer.failure == ""
    assert len(answer.delays) == 40
    assert min(answer.delays) >= 0.005
    assert answer.text_bytes == len(text)
    assert (answer.wire_bytes < answer.text_bytes * 3) is deflate


def test_long_frames_are_read() -> None:
    text = "".join(stamp(n) for n in range(8000))
    answer = asyncio.run(answered([delta(text[:500]), delta(text[500:]), FINISHED], tokens=8000))
    assert answer.failure == ""
    assert answer.wire_bytes > 100_000


@pytest.mark.parametrize(
    ("frames", "failure"),
    [
        ([delta(stamp(0)), FINISHED], "1 of 2 tokens"),
        ([delta(stamp(1) + stamp(0)), FINISHED], "token 0001 out of order"),
        ([{"type": "failed", "code": "model_died"}], "model_died"),
        ([delta(stamp(0)), 1011], "closed 1011"),
        ([delta(stamp(0) + stamp(1)), {"type": "finished", "status": "stopped"}], "stopped"),
    ],
)
def test_whatever_goes_wrong_is_a_failure(frames: list[object], failure: str) -> None:
    answer = asyncio.run(answered(frames, tokens=2))
    assert answer.failure == failure
