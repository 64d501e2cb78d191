"""The production store: its cost over Weaviate's own client, and many organisations in one server."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.application import environment, folder, inside
from benchmarks.figures import milliseconds, percentile, table
from benchmarks.processes import ROOT, free_port, upstream
from benchmarks.services import Weaviate

TENANTS, EACH = 200, 500
AT_ONCE = 8


def run(*, quick: bool) -> str:
    size = 10_000 if quick else 100_000
    with TemporaryDirectory() as place, upstream() as model:
        server = Weaviate(Path(place) / "weaviate")
        server.start()
        assert server.process is not None
        try:
            with folder() as var:
                env = environment(var, port=free_port(), upstream=model) | server.settings
                env["WEAVIATE_PID"] = str(server.process.pid)
                subprocess.run(
                    [sys.executable, "manage.py", "migrate", "-v0"],
                    cwd=ROOT,
                    env={**os.environ, **env},
                    check=True,
                )
                before = psutil.Process(server.process.pid).memory_info().rss / 2**20
                many = inside("weaviate", "many", str(TENANTS // (4 if quick else 1)), str(EACH), env=env)
                one = inside("weaviate", "one", str(size), env=env)
        finally:
            server.stop()
    ratio = percentile(one["hybrid"], 50) / percentile(one["raw"], 50)
    rows = [
        [name, *(milliseconds(percentile(one[key], percent)) for percent in (50, 95, 99))]
        for name, key in (
            ("question to passages", "retrieve"),
            ("store, hybrid", "hybrid"),
            ("raw client, hybrid", "raw"),
        )
    ]
    counts = f"{TENANTS // (4 if quick else 1)} organisations of {EACH} passages"
    taken = many["seconds"]
    return f"""## Weaviate

One organisation with {size:,} passages, milliseconds, one question at a time. *Raw client* is weaviate-client's own
hybrid search with the same tokens, vector, filter and limit; our store asks both ways at once and fuses them itself.
At the median it costs {ratio:.2f} times the raw client.

{table(["", "p50", "p95", "p99"], rows)}

{counts}, {len(taken):,} questions to organisations at random, {AT_ONCE} at a time, every collection of every
organisation named as readable: {many["leaks"]} hits of another organisation. p50 {milliseconds(percentile(taken, 50))} ms,
p95 {milliseconds(percentile(taken, 95))} ms, p99 {milliseconds(percentile(taken, 99))} ms. Weaviate held
{many["server"]:,.0f} MiB ({before:,.0f} when empty), the asking process {many["client"]:,.0f} MiB."""
