"""Lighthouse has nothing to say against the chat page with a real conversation."""

from typing import Any

import pytest

from benchmarks.lighthouse import PROGRAM, audit, findings, score
from tests.look.conftest import Visit
from tests.services import missing

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
WATCHED = ("accessibility", "best-practices")


def test_lighthouse_finds_nothing_on_a_conversation(visit: Any, house: Any) -> None:
    """How fast the page is, `benchmarks/reading.py` says: here are other tests beside it."""
    if not PROGRAM.exists():
        missing("Lighthouse is missing: npm ci --ignore-scripts")

    def script(v: Visit) -> Any:
        cookie = f"sessionid={house.clients['bob'].cookies['sessionid'].value}"
        return audit(v.playwright, v.address + house.conversation, cookie, categories=WATCHED)

    report = visit(script)
    assert {name: findings(report, name) for name in WATCHED} == {name: [] for name in WATCHED}
    assert {score(report, name) for name in WATCHED} == {100}
