"""axe-core finds nothing on any screen of employees, in light and in dark; and each fits 320 pixels."""

import json

import pytest

from tests.look.axe import findings, is_wider_than_the_window
from tests.look.conftest import Visit
from tests.look.screens import SCREENS

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen_of_employees(visit, scheme: str) -> None:
    def script(at: Visit) -> dict[str, list[str]]:
        found = {}
        for screen in (screen for screen in SCREENS if not screen.admin):
            screen.show(at)
            if said := findings(at.page):
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
            if is_wider_than_the_window(at.page):
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
            said = findings(at.page)
            if is_wider_than_the_window(at.page):
                said.append("wider than the window")
            if said:
                found[screen.name] = said
        return found

    found = visit(script, viewport={"width": 360, "height": 740})
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
