"""Not a test: `pytest tests/matrix/fill.py` writes what happens today where a row says `?`, and rows that are missing.

Read the difference before you commit it: the matrix says what ought to happen.
"""

from django.core.cache import cache

from tests.matrix.asking import METHODS, actions, ask, outcome, refused, routes, table_of
from tests.matrix.scene import Scene, undone
from tests.matrix.table import Row, Table, read_table


def test_fill(scene: Scene) -> None:
    tables = {name: read_table(name) for name in ("pages", "accounts", "admin", "scim")}
    told = {row.route for table in tables.values() for row in table.rows}
    for key in [*routes(), *sorted(actions())]:
        if key not in told:
            add(key, tables[table_of(key)], scene)
    for table in tables.values():
        for row in table.rows:
            for who in table.people:
                if row.outcomes[who] == "?":
                    words = {observed(each, who, scene) for each in row.each()}
                    row.outcomes[who] = words.pop() if len(words) == 1 else "?"
        table.write()


def add(key: str, table: Table, scene: Scene) -> None:
    """A row for each method, or one for all; none for a method that is refused to everybody."""
    methods = ("POST",) if key in actions() else METHODS if table.name == "scim" else METHODS[:2]
    rows = [Row(key, each, dict.fromkeys(table.people, "?")) for each in methods]
    for row in rows:
        row.outcomes = {who: observed(row, who, scene) for who in table.people}
    answered = [row for row in rows if not all(map(refused, row.outcomes.values()))] or rows[:1]
    while answered:
        alike = [row for row in answered if row.outcomes == answered[0].outcomes]
        answered = [row for row in answered if row not in alike]
        table.rows.append(Row(key, "+".join(row.methods for row in alike), alike[0].outcomes))


def observed(row: Row, who: str, scene: Scene) -> str:
    cache.clear()  # limits are counted there
    with undone():
        return outcome(ask(row, who, scene))
