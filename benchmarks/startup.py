"""How soon it is ready, and what it holds while nobody asks."""

import time

from benchmarks.application import Application, application, folder
from benchmarks.figures import table
from benchmarks.processes import usage

SETTLE = 10.0


def run(*, quick: bool) -> str:
    starts = []
    with folder() as var:
        for _ in range(2 if quick else 4):
            with application(var, upstream=None, SAMPLE="true") as app:
                starts.append(app.started)
                if len(starts) == 2:
                    time.sleep(SETTLE)
                    rows = idle(app)
    later = ", ".join(f"{seconds:.1f}" for seconds in starts[1:])
    told = STARTING.format(first=starts[0], later=later, settle=SETTLE)
    return f"{told}\n\n{table(['process', 'count', 'resident, MiB', 'of it not shared, MiB'], rows)}"


STARTING = """## Starting and resting

The launcher of `make run` with everything installed: {first:.1f} s the first time (migrating, creating
the sample organisation and its documents), then {later} s until web, worker and schedule are ready.
Memory {settle:.0f} s after the second start, in quote mode with the local embedding model:"""


def idle(app: Application) -> list[list[str]]:
    rows, total = [], 0.0
    for role, processes in sorted(app.processes().items()):
        held = [usage(process.pid) for process in processes]
        total += sum(h.own for h in held)
        rows.append(
            [role, str(len(held)), f"{sum(h.resident for h in held):.0f}", f"{sum(h.own for h in held):.0f}"]
        )
    return [*rows, ["together", "", "", f"{total:.0f}"]]
