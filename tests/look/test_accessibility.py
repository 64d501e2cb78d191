"""axe-core finds nothing on any screen of employees, in light and in dark; and each fits 320 pixels."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.look.conftest import Visit
from tests.look.screens import SCREENS

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(visit: Visit) -> list[str]:
    visit.page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = visit.page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] }).then((all) => all.violations)",
        RULES,
    )
    return [
        f"{rule['id']}: {node['target'][0]} {node['failureSummary'].splitlines()[-1].strip()} | {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen_of_employees(visit, scheme: str) -> None:
    def script(at: Visit) -> dict[str, list[str]]:
        found = {}
        for screen in (screen for screen in SCREENS if not screen.admin):
            screen.show(at)
            if said := findings(at):
                found[screen.name] = said
        return found

    found = visit(script, color_scheme=scheme)
    assert not found, json.dumps(found, indent=1)


def test_at_400_per_cent_nothing_has_to_be_scrolled_sideways(visit) -> None:
    """1280 pixels at 400 % are 320 (WCAG 1.4.10)."""

    def script(at: Visit) -> list[str]:
        wide = []
        for screen in (screen for screen in SCREENS if not screen.admin):
            screen.show(at)
            if at.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(screen.name)
        return wide

    assert visit(script, viewport={"width": 320, "height": 256 * 2}) == []


@pytest.mark.parametrize("language", ["ar"])
def test_from_right_to_left_every_screen_fits_a_phone_and_axe_finds_nothing(visit, language: str) -> None:
    chosen = {"chat-empty", "chat-source", "chat", "sign-in", "sessions", "own-data", "documents"}

    def script(at: Visit) -> dict[str, list[str]]:
        at.page.context.add_cookies([{"name": "language", "value": language, "url": at.address}])
        found = {}
        for screen in (screen for screen in SCREENS if screen.name in chosen):
            screen.show(at)
            assert at.page.evaluate("document.documentElement.dir") == "rtl"
            said = findings(at)
            if at.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                said.append("wider than the window")
            if said:
                found[screen.name] = said
        return found

    found = visit(script, viewport={"width": 360, "height": 740})
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
