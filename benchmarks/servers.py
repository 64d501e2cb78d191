"""The same chats under each web server."""

from benchmarks.application import application, folder
from benchmarks.chats import HEAD, Crowd, crowd, prepared
from benchmarks.figures import table
from benchmarks.processes import upstream, usage

SERVERS = ("daphne", "uvicorn", "granian")


def run(*, quick: bool) -> str:
    size = 32 if quick else 128
    rows = [[server, *measured(server, size)] for server in SERVERS]
    head = ["server", "idle memory, MiB", *HEAD[1:]]
    return (
        f"## Web servers\n\n{size} chats as above under each server, the rest of the application the same. "
        f"`WEB_SERVER` chooses.\n\n{table(head, rows)}"
    )


def measured(server: str, size: int) -> list[str]:
    with upstream() as model, folder() as var, application(var, upstream=model, WEB_SERVER=server) as app:
        cookies = prepared(app, size)
        idle = usage(app.web, children=True).resident
        crowd(app, cookies[:2])  # warm: the first search opens the index
        result: Crowd = crowd(app, cookies)
    return [f"{idle:.0f}", *result.row()[1:]]
