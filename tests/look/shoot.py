"""Not a test: `make screenshots` takes every screen in light, dark and on a phone into docs/screenshots/.

Look at the pictures before you commit them.
"""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.look.admin_pages import AdminPage, pages_of
from tests.look.conftest import Visit
from tests.look.furnish import furnished
from tests.look.overlays import OVERLAYS
from tests.look.screens import SCREENS
from tests.look.test_overlays import show  # noqa: F401
from tests.matrix.scene import Scene

pytestmark = pytest.mark.timeout(1200)

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PHONE = {"viewport": {"width": 360, "height": 740}}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "360": {"color_scheme": "light"} | PHONE,
}
NOWHERE = "mesecret"  # what the permission matrix searches for, and nobody would
COLOURS = 128  # a palette; pages of text lose nothing


@pytest.mark.parametrize("look", list(LOOKS))
def test_shoot(visit, look: str) -> None:
    def script(at: Visit) -> None:
        for screen in SCREENS:
            screen.show(at)
            keep(at.page, f"{screen.name}-{look}")

    visit(script, **LOOKS[look])


@pytest.mark.parametrize("look", list(LOOKS))
def test_shoot_what_opens_over_them(visit, show, look: str) -> None:
    def script(at: Visit) -> None:
        for overlay in OVERLAYS:
            show(at, overlay)
            keep(at.page, f"over-{overlay.name.replace('_', '-')}-{look}")

    visit(script, **LOOKS[look])


@pytest.mark.parametrize("look", list(LOOKS))
def test_shoot_letters(visit, letters, look: str) -> None:
    def script(at: Visit) -> None:
        for name, html in letters.items():
            at.page.set_content(html)
            keep(at.page, f"letter-{name}-{look}")

    visit(script, **LOOKS[look])


@pytest.fixture
def scene(installation, monkeypatch) -> Scene:
    return furnished(monkeypatch)


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.parametrize("who", ["admin", "operator"])
def test_shoot_the_admin(scene, browse, who: str, look: str) -> None:
    """What an operator has in common with admins is taken once."""
    ours = {page.name for page in pages_of("admin", scene)} if who == "operator" else set()
    pages = [page for page in pages_of(who, scene) if page.name not in ours]

    def script(at: Any) -> None:
        for page in pages:
            replace(page, path=page.path.replace(NOWHERE, "parking")).open(at.page, at.address)
            at.page.wait_for_load_state("networkidle")
            keep(at.page, f"admin-{slug(page)}-{look}")

    browse(script, scene.cookies[who], **LOOKS[look])


def slug(page: AdminPage) -> str:
    name = (
        re.sub(r"[^a-z0-9]+", "-", page.name.lower()).strip("-").removeprefix("admin-").removesuffix("-get")
    )
    return name.replace(f"get-q-{NOWHERE}", "nothing-found")


@pytest.mark.parametrize("language", ["ar"])
def test_shoot_from_right_to_left(visit, language: str) -> None:
    chosen = ("sign-in", "chat-empty", "chat-source", "documents", "chat-account-menu")

    def script(at: Visit) -> None:
        at.page.context.add_cookies([{"name": "language", "value": language, "url": at.address}])
        for screen in (screen for screen in SCREENS if screen.name in chosen):
            screen.show(at)
            keep(at.page, f"{screen.name}-{language}")

    visit(script, color_scheme="light")


def keep(page: Page, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            FOLDER / f"{name}.png", optimize=True
        )
