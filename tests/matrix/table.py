"""The permission matrix as it is written in `rows/*.txt`: who gets which answer at which address.

A line is `route  method  outcome of each person ... | what is sent`. The first line of a file names the people.
An outcome is a status, `login` for being sent to the sign-in page, or `absent` for the admin's way of saying that there
is no such row. What has no line for a method must refuse that method to everybody. `?` waits to be filled in by
`pytest tests/matrix/fill.py`, whose result is to be read before it is committed.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

FOLDER = Path(__file__).parent / "rows"


@dataclass
class Row:
    route: str  # a name, or its pattern where it has none; `changelist/action` for an action of the admin
    methods: str  # `GET+POST` where both are answered alike
    outcomes: dict[str, str]
    sent: str = ""

    def each(self) -> list["Row"]:
        return [replace(self, methods=method) for method in self.methods.split("+")]

    def __str__(self) -> str:
        return f"{self.route} {self.methods} {self.sent}".strip()


@dataclass
class Table:
    name: str
    people: list[str]
    rows: list[Row] = field(default_factory=list)

    def write(self) -> None:
        """In columns, sorted by nothing: the order of a file is its reader's."""
        lines = [["route", "method", *self.people, ""]]
        lines += [[r.route, r.methods, *(r.outcomes[who] for who in self.people), r.sent] for r in self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ""
        for *cells, sent in lines:
            line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
            text += f"{line}  | {sent}\n" if sent else f"{line.rstrip()}\n"
        (FOLDER / f"{self.name}.txt").write_text(text)


def read_table(name: str) -> Table:
    head, *lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    table = Table(name, head.split()[2:])
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        cells, _, sent = line.partition("|")
        route, method, *outcomes = cells.split()
        if len(outcomes) != len(table.people):
            raise ValueError(f"{name}.txt, line {number}: an outcome for each of {', '.join(table.people)}")
        table.rows.append(Row(route, method, dict(zip(table.people, outcomes, strict=True)), sent.strip()))
    return table
