"""Not a test: `make screenshots` takes every screen in light, dark and on a phone into docs/screenshots/.

Look at the pictures before you commit them.
"""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.look.conftest import Visit
from tests.look.screens import SCREENS

pytestmark = pytest.mark.timeout(1200)

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PHONE = {"viewport": {"width": 360, "height": 740}}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "360": {"color_scheme": "light"} | PHONE,
}
COLOURS = 128  # a palette; pages of text lose nothing


@pytest.mark.parametrize("look", list(LOOKS))
def test_shoot(visit, look: str) -> None:
    def script(at: Visit) -> None:
        for screen in SCREENS:
            screen.show(at)
            keep(at.page.screenshot(animations="disabled", caret="hide"), f"{screen.name}-{look}")

    FOLDER.mkdir(exist_ok=True)
    visit(script, **LOOKS[look])


@pytest.mark.parametrize("language", ["ar"])
def test_shoot_from_right_to_left(visit, language: str) -> None:
    chosen = ("sign-in", "chat-empty", "chat-source", "documents", "chat-account-menu")

    def script(at: Visit) -> None:
        at.page.context.add_cookies([{"name": "language", "value": language, "url": at.address}])
        for screen in (screen for screen in SCREENS if screen.name in chosen):
            screen.show(at)
            keep(at.page.screenshot(animations="disabled", caret="hide"), f"{screen.name}-{language}")

    FOLDER.mkdir(exist_ok=True)
    visit(script, color_scheme="light")


def keep(picture: bytes, name: str) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            FOLDER / f"{name}.png", optimize=True
        )
