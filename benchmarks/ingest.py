"""Ingestion through the real worker, with an instant embedder and with the local one."""

from typing import Any

from benchmarks.application import Application, application, folder
from benchmarks.figures import milliseconds, table
from benchmarks.processes import UpstreamProcess, upstream, usage

STAGES = ("parse", "chunk", "embed")


def run(*, quick: bool) -> str:
    with upstream() as model:
        instant = measured(model, 40 if quick else 400)
    local = measured(None, 10 if quick else 60)
    rows = [described("instant", *instant), described("local", *local)]
    errors = [*instant[0]["errors"], *local[0]["errors"]]
    told = f"\n\nFailures: {' '.join(errors)}" if errors else ""
    return f"{INGESTION}\n\n{table(HEAD, rows)}{told}"


INGESTION = """## Ingestion

Markdown documents of 20 kB, from the first upload accepted to the last document ready, through the worker
that `make run` starts. *Share of time* is that of the stages added up over all documents; storing counts
to embedding. What the workers' processor time does not explain is waiting: for SQLite's one writer, the
tenant's index lock, and the cores that client, parser and embedder use meanwhile. The baselines are the parsing library alone and the embedder alone, in one process."""
HEAD = [
    "embedder",
    "documents",
    "failed",
    "documents/s",
    "passages/s",
    "uploads accepted/s",
    "CPU of the workers per document, ms",
    *(f"{stage}, share of time" for stage in STAGES),
    "parser alone, documents/s",
    "embedder alone, passages/s",
]


def measured(model: UpstreamProcess | None, documents: int) -> tuple[dict[str, Any], dict[str, float]]:
    with folder() as var, application(var, upstream=model) as app:
        before = worked(app)
        figures = app.inside("ingest", str(documents))
        figures["worked"] = worked(app) - before
        return figures, app.inside("raw")


def worked(app: Application) -> float:
    """Processor seconds of the workers so far."""
    return sum(usage(process.pid).cpu for process in app.processes()["worker and schedule"])


def described(name: str, figures: dict[str, Any], raw: dict[str, float]) -> list[str]:
    stages = figures["stages"]
    together = sum(stages.values()) or 1.0
    return [
        name,
        str(figures["documents"]),
        str(figures["failed"]),
        f"{figures['documents'] / figures['taken']:.1f}",
        f"{figures['passages'] / figures['taken']:,.0f}",
        f"{figures['documents'] / figures['accepted']:,.0f}",
        milliseconds(figures["worked"] / figures["documents"]),
        *(f"{100 * stages.get(stage, 0.0) / together:.0f} %" for stage in STAGES),
        f"{raw['parser']:,.0f}",
        f"{raw['embedder']:,.0f}",
    ]
