"""Ingestion through the real worker: with an instant embedder, and with the local one on files of several kinds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.application import Application, application, folder
from benchmarks.figures import milliseconds, table
from benchmarks.processes import UpstreamProcess, upstream, usage

LOOK_SECONDS = 1.0  # more often, and looking takes a tenth of the machine
# What is imported with the local embedder, how many in full and how many in a hurry.
LOCAL = {"markdown": (60, 4), "pdf": (3, 1), "small": (5_000, 40), "book": (1, 0)}


def run(*, quick: bool) -> str:
    with upstream() as model:
        runs = [("instant", "markdown", *measured(model, "markdown", 20 if quick else 400))]
    for kind, counts in LOCAL.items():
        if count := counts[quick]:
            runs.append(("local", kind, *measured(None, kind, count)))
    errors = [error for _, _, figures, _ in runs for error in figures["errors"]]
    told = f"\n\nFailures: {' '.join(errors)}" if errors else ""
    return (
        f"{INGESTION}\n\n{table(HEAD, [described(*each) for each in runs])}\n\n{BASELINES}\n\n"
        f"{table(RAW_HEAD, [compared(*each) for each in runs])}{told}"
    )


INGESTION = """## Ingestion

From the first upload accepted to the last document ready, through the worker that `make run` starts: Markdown documents
of 20 kB, PDF of 200 pages, small files of one or two passages, and one PDF of 2,000 pages (*book*). *By stage* is what one
worker does in the time that it spends in that stage, waiting for the cores and the others included; storing counts to
embedding. Memory is the most that one process was seen to hold of its own."""
HEAD = [
    "embedder, files",
    "documents",
    "failed",
    "documents/s",
    "pages/s",
    "passages/s",
    "uploads accepted/s",
    "CPU of the workers per document, ms",
    "by stage: parse, pages/s",
    "chunk, passages/s",
    "embed, passages/s",
    "a worker's memory, MiB",
    "a parser's memory, MiB",
]
BASELINES = """The same files past Colloquy, in the same run: the parsing library alone (pypdfium2 for PDF, else
kreuzberg), one file after the other, and the embedding model alone on all cores. *Overhead* is how much longer
ingestion took than both, one after the other. *Embedder busy* is the share of the time in which the local model's
server was computing."""
RAW_HEAD = [
    "embedder, files",
    "ingestion, s",
    "parser alone, documents/s",
    "embedder alone, passages/s",
    "both alone, s",
    "overhead",
    "embedder busy",
]


def measured(model: UpstreamProcess | None, kind: str, count: int) -> tuple[dict[str, Any], dict[str, float]]:
    with folder() as var, application(var, upstream=model) as app:
        before = worked(app)
        with watched(app) as memory:
            figures = app.inside("ingest", kind, str(count))
        figures["worked"] = worked(app) - before
        figures["memory"] = memory
        return figures, app.inside("raw", kind, str(count))


def worked(app: Application) -> float:
    """Processor seconds of the workers so far."""
    return sum(usage(process.pid).cpu for process in app.processes()["worker and schedule"])


@contextmanager
def watched(app: Application) -> Iterator[dict[str, float]]:
    """The most memory, in MiB, that one process of each role holds of its own meanwhile."""
    most: dict[str, float] = {}
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            try:
                for role, processes in app.processes().items():
                    own = max(private_mebibytes(process) for process in processes)
                    most[role] = max(own, most.get(role, 0.0))
            except psutil.Error:  # a parser has ended at this moment
                continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def private_mebibytes(process: psutil.Process) -> float:
    """What is resident and mapped from no file: the kernel keeps count of it, while adding up pages takes long."""
    memory = process.memory_info()
    return float(memory.rss - memory.shared) / 2**20


def described(name: str, kind: str, figures: dict[str, Any], _raw: dict[str, float]) -> list[str]:
    stages, taken = figures["stages"], figures["taken"]
    amounts = {"parse": figures["pages"], "chunk": figures["passages"], "embed": figures["passages"]}
    return [
        f"{name}, {kind}",
        f"{figures['documents']:,}",
        str(figures["failed"]),
        f"{figures['documents'] / taken:.1f}",
        f"{figures['pages'] / taken:,.0f}",
        f"{figures['passages'] / taken:,.0f}",
        f"{figures['documents'] / figures['accepted']:,.0f}",
        milliseconds(figures["worked"] / figures["documents"]),
        *(f"{amount / stages[stage]:,.0f}" for stage, amount in amounts.items()),
        f"{figures['memory'].get('worker and schedule', 0.0):,.0f}",
        f"{figures['memory'].get('parser', 0.0):,.0f}",
    ]


def compared(name: str, kind: str, figures: dict[str, Any], raw: dict[str, float]) -> list[str]:
    alone = figures["documents"] / raw["parser"] + figures["passages"] / raw["embedder"]
    return [
        f"{name}, {kind}",
        f"{figures['taken']:.1f}",
        f"{raw['parser']:,.1f}",
        f"{raw['embedder']:,.0f}",
        f"{alone:.1f}",
        f"{100 * (figures['taken'] - alone) / alone:+.0f} %",
        f"{100 * figures['busy']:.0f} %" if figures["busy"] else "not known",
    ]
