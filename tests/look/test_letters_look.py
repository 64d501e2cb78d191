"""axe-core finds nothing in letters, in light and in dark; and each fits a phone."""

import json
from typing import Any

import pytest

from tests.look.axe import findings, is_wider_than_the_window
from tests.look.conftest import Visit

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_letters_and_they_fit(visit: Any, letters: dict[str, str], scheme: str) -> None:
    def script(at: Visit) -> dict[str, list[str]]:
        found = {}
        for name, html in letters.items():
            at.page.set_content(html)
            said = findings(at.page)
            if is_wider_than_the_window(at.page):
                said.append("wider than the window")
            if said:
                found[name] = said
        return found

    found = visit(script, color_scheme=scheme, viewport={"width": 320, "height": 640})
    assert not found, json.dumps(found, indent=1)
