"""What Colloquy adds to the first token over calling the model directly, in pairs a moment apart."""

import uvloop

from benchmarks import corpus
from benchmarks.application import application, folder
from benchmarks.chats import PASSAGES, prepared
from benchmarks.client import Chat
from benchmarks.direct import connect_directly
from benchmarks.figures import milliseconds, percentile, table
from benchmarks.processes import UpstreamProcess, upstream

TOKENS = 5
MODEL = f"instant:tokens={TOKENS}"
Pair = tuple[float, float]


def run(*, quick: bool) -> str:
    pairs = 40 if quick else 200
    with upstream() as model, folder() as var, application(var, upstream=model, CHAT_MODEL=MODEL) as app:
        cookie = prepared(app, 1)[0]
        fresh = uvloop.run(measured(app.socket, cookie, model, pairs=pairs, anew=True))
        later = uvloop.run(measured(app.socket, cookie, model, pairs=pairs // 4, anew=False))
    rows = [
        described("a new conversation", fresh),
        described("a follow-up, rewritten by the model first", later),
    ]
    return f"{FIRST_TOKEN}\n\n{table(HEAD, rows)}"


FIRST_TOKEN = f"""## Time to first token

An instant model; a search over {PASSAGES:,} passages before each answer. Each question is asked of the model
directly and then in the chat. *Added* is the difference within a pair."""
HEAD = [
    "milliseconds",
    "pairs",
    "directly p50",
    "in the chat p50",
    "p99",
    "added p50",
    "added p90",
    "added p99",
]


def described(name: str, pairs: list[Pair]) -> list[str]:
    added = [chat - direct for direct, chat in pairs]
    chats = [chat for _, chat in pairs]
    return [
        name,
        str(len(pairs)),
        milliseconds(percentile([direct for direct, _ in pairs], 50)),
        *(milliseconds(percentile(chats, percent)) for percent in (50, 99)),
        *(milliseconds(percentile(added, percent)) for percent in (50, 90, 99)),
    ]


async def measured(url: str, cookie: str, model: UpstreamProcess, *, pairs: int, anew: bool) -> list[Pair]:
    direct = await connect_directly(model.url)
    chat = Chat(tokens=TOKENS)
    await chat.open(url, cookie=cookie)
    for number in range(5):
        await chat.ask(corpus.question(-number), anew=anew)
    taken: list[Pair] = []
    for number in range(pairs):
        question = corpus.question(number)
        alone = await direct.ask(question, model=MODEL)
        answer = await chat.ask(question, anew=anew)
        if answer.failure or answer.first is None:
            raise RuntimeError(f"An answer failed ({answer.failure}); there is nothing to compare.")
        taken.append((alone, answer.first))
    chat.close()
    direct.close()
    return taken
