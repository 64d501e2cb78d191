"""Concurrent chats: 100 tokens at 50 a second, three questions in a row each, each searching first."""

import asyncio
from dataclasses import dataclass

import uvloop

from benchmarks import corpus
from benchmarks.application import Application, application, folder
from benchmarks.client import Answer, Chat
from benchmarks.direct import connect_directly
from benchmarks.figures import milliseconds, percentile, table
from benchmarks.processes import UpstreamProcess, Usage, upstream, usage

CROWDS = (1, 8, 32, 64, 128, 256)
LENGTHS = (100, 200, 400, 800)
QUESTIONS = 3
TOKENS = 100
RATE = 50
ARRIVAL = 2.0  # seconds over which the chats begin, one answer's length: people do not all ask at once
PASSAGES = 1_000


CHATS = f"""## Concurrent chats

{TOKENS} tokens at {RATE} a second, {QUESTIONS} questions in a row in one conversation each, over
{PASSAGES:,} passages, with one web process. The chats begin within {ARRIVAL:.0f} s. An answer counts as
failed when any of its tokens is missing, doubled or out of order."""
WIRE = """### Bytes on the wire

One answer: everything that the socket received for it, the text itself beside it. Compression is what
browsers offer and the server may accept."""


@dataclass(frozen=True)
class Crowd:
    """What a number of chats at once came to."""

    size: int
    answers: list[Answer]
    cpu: float
    before: Usage
    after: Usage

    @property
    def failures(self) -> int:
        return sum(bool(answer.failure) for answer in self.answers)

    def row(self) -> list[str]:
        firsts = [answer.first for answer in self.answers if answer.first is not None]
        delays = [delay for answer in self.answers for delay in answer.delays]
        return [
            str(self.size),
            f"{self.failures} of {len(self.answers)}",
            *(milliseconds(percentile(firsts, p)) for p in (50, 99)),
            *(milliseconds(percentile(delays, p)) for p in (50, 99)),
            milliseconds(self.cpu / max(1, len(self.answers))),
            f"{self.after.resident:.0f}",
        ]


HEAD = [
    "chats",
    "failed answers",
    "first token p50, ms",
    "p99",
    "token delay p50, ms",
    "p99",
    "CPU of the web process per answer, ms",
    "its memory after, MiB",
]


def run(*, quick: bool) -> str:
    crowds = CROWDS[:3] if quick else CROWDS
    with upstream() as model, folder() as var, application(var, upstream=model) as app:
        cookies = prepared(app, max(crowds))
        crowd(app, cookies[:2])  # warm: the first search opens the index
        rows = [crowd(app, cookies[:size]) for size in crowds]
        lengths = [uvloop.run(wire(app, cookies[0], tokens)) for tokens in LENGTHS]
        bare = uvloop.run(baseline(model))
    parts = [CHATS, table(HEAD, [row.row() for row in rows]), bare, WIRE, table(WIRE_HEAD, lengths)]
    return "\n\n".join([*parts, *failures_told(rows)])


def prepared(app: Application, members: int) -> list[str]:
    app.inside("passages", str(PASSAGES))
    cookies: list[str] = app.inside("people", str(members))
    return cookies


def crowd(app: Application, cookies: list[str]) -> Crowd:
    before = usage(app.web, children=True)
    answers = uvloop.run(converse(app.socket, cookies))
    after = usage(app.web, children=True)
    return Crowd(len(cookies), answers, after.since(before), before, after)


async def converse(url: str, cookies: list[str]) -> list[Answer]:
    """Every member in a chat of their own at the same time."""
    chats = [Chat(tokens=TOKENS) for _ in cookies]
    for chat, cookie in zip(chats, cookies, strict=True):
        await chat.open(url, cookie=cookie)

    async def talk(number: int) -> list[Answer]:
        await asyncio.sleep(ARRIVAL * number / len(chats))
        # No crowd asks what another has asked: the application remembers the vectors of questions.
        first = 10_000 * len(chats) + QUESTIONS * number
        return [await chats[number].ask(corpus.question(first + n)) for n in range(QUESTIONS)]

    answers = await asyncio.gather(*(talk(number) for number in range(len(chats))))
    for chat in chats:
        chat.close()
    return [answer for talked in answers for answer in talked]


WIRE_HEAD = ["tokens", "text, bytes", "on the wire, bytes", "per byte of text", "frames", "compressed, bytes"]


async def wire(app: Application, cookie: str, tokens: int) -> list[str]:
    """One long answer, with and without compression."""
    answers = []
    for deflate in (False, True):
        chat = Chat(tokens=tokens)
        await chat.open(app.socket, cookie=cookie, deflate=deflate)
        question = f"{corpus.question(tokens)} [[scripted:tokens={tokens},rate=200]]"
        answers.append(await chat.ask(question, anew=True))
        chat.close()
    plain, packed = answers
    ratio = plain.wire_bytes / max(1, plain.text_bytes)
    sizes = (tokens, plain.text_bytes, plain.wire_bytes)
    return [*(f"{size:,}" for size in sizes), f"{ratio:.2f}", str(plain.frames), f"{packed.wire_bytes:,}"]


async def baseline(model: UpstreamProcess) -> str:
    """The same crowd straight at the scripted model: what of the delay is not ours."""
    connections = [await connect_directly(model.url) for _ in range(128)]

    async def ask(number: int) -> float:
        await asyncio.sleep(ARRIVAL * number / len(connections))
        return await connections[number].ask("How?", model=f"scripted:tokens={TOKENS},rate={RATE}")

    firsts = await asyncio.gather(*(ask(number) for number in range(len(connections))))
    delays = [delay for connection in connections for delay in connection.delays]
    for connection in connections:
        connection.close()
    first, delay = (
        f"p50 {milliseconds(percentile(values, 50))} ms, p99 {milliseconds(percentile(values, 99))} ms"
        for values in (firsts, delays)
    )
    return (
        f"Straight from the scripted model, {len(firsts)} at once: first token {first}; token delay {delay}."
    )


def failures_told(rows: list[Crowd]) -> list[str]:
    """Which failures there were: a number alone does not say whether a chat was refused or cut off."""
    kinds: dict[str, int] = {}
    for row in rows:
        for answer in row.answers:
            if answer.failure:
                kinds[answer.failure] = kinds.get(answer.failure, 0) + 1
    told = ", ".join(
        f"{kind} ({count})" for kind, count in sorted(kinds.items(), key=lambda item: -item[1])[:8]
    )
    return [f"Failures: {told}."] if told else []
