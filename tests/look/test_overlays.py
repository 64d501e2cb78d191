"""axe-core finds nothing in what opens over the screens of employees, in every look and from right to left."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.upstream.script import Script
from tenants.scoping import tenant_scope
from tests.look.axe import COLOURS, HIGH_CONTRAST, findings, is_wider_than_the_window
from tests.look.conftest import Visit
from tests.look.overlays import OVERLAYS, Overlay
from tests.look.talks import talks

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

SLOW = Script(text="Every parent gets sixteen weeks of leave. " * 200, rate=20)


@pytest.fixture
def show(house, acme, bob, alice, upload, installation) -> Callable[[Visit, Overlay], None]:
    with tenant_scope(acme.id):
        places = talks(bob, alice, upload) | {"conversation": house.conversation}
    installation.enqueue(SLOW)

    def go(at: Visit, overlay: Overlay) -> None:
        at.be(overlay.who)
        at.open(overlay.path.format(**places))
        overlay.steps(at.page)

    return go


# A colour that is still on its way to another is none that anybody reads.
SETTLE = """(theme) => {
  document.documentElement.dataset.theme = theme;
  const settled = () => {
    for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
    return true;
  };
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(settled()))));
}"""


def colours(at: Visit) -> list[str]:
    """The same page in all other looks."""
    said = []
    for theme, rules in (("", COLOURS), ("contrast", HIGH_CONTRAST)):
        for scheme in ("light", "dark"):
            at.page.emulate_media(color_scheme=scheme)
            at.page.evaluate(SETTLE, theme)
            said += [f"{scheme} {theme}: {finding}" for finding in findings(at.page, rules)]
    at.page.emulate_media(color_scheme="light")
    return said


def test_in_light_dark_and_high_contrast(visit, show) -> None:
    def script(at: Visit) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for overlay in OVERLAYS:
            show(at, overlay)
            if said := findings(at.page) + colours(at):
                found[overlay.name] = said
        return found

    found = visit(script)
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize(("language", "width"), [("ar", 360), ("de", 320)])
def test_on_a_phone_and_at_400_per_cent_it_fits(visit, show, language: str, width: int) -> None:
    def script(at: Visit) -> dict[str, list[str]]:
        at.page.context.add_cookies([{"name": "language", "value": language, "url": at.address}])
        found: dict[str, Any] = {}
        for overlay in OVERLAYS:
            show(at, overlay)
            said = findings(at.page) if language == "ar" else []
            if is_wider_than_the_window(at.page):
                said.append("wider than the window")
            if said:
                found[overlay.name] = said
        return found

    found = visit(script, viewport={"width": width, "height": 740})
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
