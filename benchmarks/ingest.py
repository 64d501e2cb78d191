"""Ingestion through the real worker, with an instant embedder and with the local one."""

from typing import Any

from benchmarks.application import application, folder
from benchmarks.figures import table
from benchmarks.processes import UpstreamProcess, upstream

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
to embedding. The baselines are the parsing library alone and the embedder alone, in one process."""
HEAD = [
    "embedder",
    "documents",
    "failed",
    "documents/s",
    "passages/s",
    "uploads accepted/s",
    *(f"{stage}, share of time" for stage in STAGES),
    "parser alone, documents/s",
    "embedder alone, passages/s",
]


def measured(model: UpstreamProcess | None, documents: int) -> tuple[dict[str, Any], dict[str, float]]:
    with folder() as var, application(var, upstream=model) as app:
        return app.inside("ingest", str(documents)), app.inside("raw")


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
        *(f"{100 * stages.get(stage, 0.0) / together:.0f} %" for stage in STAGES),
        f"{raw['parser']:,.0f}",
        f"{raw['embedder']:,.0f}",
    ]
