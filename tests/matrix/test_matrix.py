"""Who may open what: every address and every action of the admin, by everybody. What has no row fails here."""

from collections import Counter

import pytest

from tests.matrix.asking import METHODS, actions, ask, outcome, refused, routes, said, table_of
from tests.matrix.headers import check_headers
from tests.matrix.scene import HIDDEN, undone, written
from tests.matrix.table import Row, read_table

TABLES = {name: read_table(name) for name in ("pages", "accounts", "admin", "scim")}
ROWS = [row for table in TABLES.values() for written in table.rows for row in written.each()]
STRANGERS = ("nobody", "outsider")
HELP = "Write a line with `?` for each person, run `pytest tests/matrix/fill.py`, and read what it filled in."


def test_every_address_and_action_has_its_row_and_every_row_its_address() -> None:
    there, told = set(routes()) | actions(), {row.route for row in ROWS}
    assert not there - told, HELP
    assert not told - there, "These rows speak of nothing that there is."


def test_no_row_stands_twice() -> None:
    assert not [key for key, count in Counter(map(str, ROWS)).items() if count > 1]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_person_gets_the_answer_of_the_row(row: Row, scene) -> None:
    """And whoever is refused, or belongs elsewhere, reads no word of Acme and changes nothing there."""
    for who, expected in row.outcomes.items():
        with undone():
            before = (
                scene.state() if row.methods != "GET" and who in STRANGERS and not refused(expected) else None
            )
            with written() as tables:
                answer = ask(row, who, scene)
            assert (who, outcome(answer)) == (who, expected)
            check_headers(answer)
            if who in STRANGERS or refused(expected):
                text = said(answer)
                hidden = HIDDEN if who in STRANGERS else HIDDEN[:1]  # people see their own address
                assert not [word for word in hidden if word in text], who
            assert not (refused(expected) and tables), who
            assert before is None or scene.state() == before, who


@pytest.mark.parametrize("route", sorted({row.route for row in ROWS if row.route in routes()}))
def test_methods_without_a_row_are_refused(route: str, scene) -> None:
    """To those with the most rights too, so that no method goes round what another asks for."""
    told = {row.methods for row in ROWS if row.route == route}
    for method in set(METHODS) - told:
        row = Row(route, method, {})
        for who in ("nobody", "admin", "operator", "provider"):
            if who == "provider" and table_of(route) != "scim":
                continue
            with undone():
                assert refused(outcome(ask(row, who, scene))), (method, who)
