"""Search latency as the passages grow."""

import os
import subprocess
import sys

from benchmarks.application import environment, folder, inside
from benchmarks.figures import milliseconds, percentile, table
from benchmarks.processes import ROOT, free_port, upstream

SIZES = (1_000, 10_000, 100_000)
COLUMNS = {
    "retrieve": "question to passages",
    "hybrid": "store, hybrid",
    "keyword": "store, keyword",
    "vector": "store, vector",
    "fts5": "SQLite FTS5 alone",
    "numpy": "numpy, all vectors",
}


def run(*, quick: bool) -> str:
    sizes = SIZES[:2] if quick else SIZES
    with upstream() as model, folder() as var:
        env = environment(var, port=free_port(), upstream=model)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env={**os.environ, **env}, check=True
        )
        figures = inside("search", *map(str, sizes), env=env)
    rows = []
    for size, taken in figures.items():
        cells = [
            f"{milliseconds(percentile(taken[name], 50))} / {milliseconds(percentile(taken[name], 99))}"
            for name in COLUMNS
        ]
        rows.append([f"{int(size):,}", *cells, f"{1 / taken['indexing']:,.0f}"])
    head = ["passages", *COLUMNS.values(), "indexed per second"]
    return f"{RETRIEVAL}\n\n{table(head, rows)}"


RETRIEVAL = """## Retrieval

Milliseconds, p50 / p99, one question at a time. *Question to passages* is all of it: the question's
embedding over HTTP, readable collections, hybrid search, the passages read again from the database
through permissions. The last two searches are baselines: SQLite's full-text index in memory over the same
texts, and a matrix product with every vector."""
