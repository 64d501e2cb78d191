"""Ingestion through the real worker: with an instant embedder, and with the local one on files of several kinds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.application import Application, application, folder
from benchmarks.figures import milliseconds, table
from benchmarks.processes import UpstreamProcess, upstream, usage

STAGES = ("parse", "chunk", "embed")
LOOK_SECONDS = 0.25
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
of 20 kB, PDF of 200 pages, small files of one passage each, and one PDF of 2,000 pages (*book*). *Share of time* is that
of the stages added up over all documents; storing counts to embedding. Memory is the most that one process was seen to
hold of its own."""
HEAD = [
    "embedder, files",
    "documents",
    "failed",
    "documents/s",
    "pages/s",
    "passages/s",
    "uploads accepted/s",
    "CPU of the workers per document, ms",
    *(f"{stage}, share of time" for stage in STAGES),
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
                    own = max(usage(process.pid).own for process in processes)
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


def described(name: str, kind: str, figures: dict[str, Any], _raw: dict[str, float]) -> list[str]:
    stages, taken = figures["stages"], figures["taken"]
    together = sum(stages.values()) or 1.0
    return [
        f"{name}, {kind}",
        f"{figures['documents']:,}",
        str(figures["failed"]),
        f"{figures['documents'] / taken:.1f}",
        f"{figures['pages'] / taken:,.0f}",
        f"{figures['passages'] / taken:,.0f}",
        f"{figures['documents'] / figures['accepted']:,.0f}",
        milliseconds(figures["worked"] / figures["documents"]),
        *(f"{100 * stages.get(stage, 0.0) / together:.0f} %" for stage in STAGES),
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
