"""Pictures from documents under an answer: seen small, opened large by keyboard, and gone with the right to read them."""

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from ingestion import tasks
from ingestion.models import Collection, Document
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.ingestion.illustrated import figure, illustrated_pdf
from tests.journey.sources import aside, ask, browsing, ingest  # noqa: F401
from tests.look.axe import findings

pytestmark = pytest.mark.journey

QUESTION = "How are wheels fixed to the box?"
PAGE = "How wheels are fixed to the box\nThe wheels of the box are fixed with four screws."


@pytest.fixture(autouse=True)
def says(installation, settings) -> None:
    settings.CHAT_MODEL = "scripted:text=The wheels of the box are fixed with four screws [1]."


@pytest.fixture(autouse=True)
def worker(installation, monkeypatch) -> Iterator[None]:
    """Takes pictures in a thread of its own, as another process would."""
    threads: list[threading.Thread] = []

    def take(tenant: str, version: str) -> None:
        try:
            tasks.pictures(tenant, version)
        finally:
            connection.close()

    def send(*ids: str) -> None:
        threads.append(threading.Thread(target=take, args=ids))
        threads[-1].start()

    monkeypatch.setattr(tasks.pictures, "delay", send)
    yield
    for thread in threads:
        thread.join()


@pytest.fixture
def manual(installation, alice, handbook) -> Document:
    pictures = [
        (figure("teal", (900, 600)), (72.0, 420.0, 300.0, 200.0)),
        (figure("maroon", (500, 900)), (72.0, 60.0, 160.0, 288.0)),
    ]
    return ingest(alice, handbook, illustrated_pdf((PAGE, pictures)), "Manual.pdf")


NAME = re.compile("^Picture on page 1 of Manual")


def thumbs(page: Page):
    return page.get_by_role("group", name="Pictures from the sources").get_by_role("button", name=NAME)


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "360"])
def test_pictures_beside_a_source_are_opened_by_keyboard(browsing, manual, bob, size) -> None:
    browsing(bob, look, size=size)


def look(page: Page) -> None:
    ask(page, QUESTION)
    expect(thumbs(page)).to_have_count(2)
    for image in thumbs(page).locator("img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_attribute("loading", "lazy")
        page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0", arg=image.element_handle()
        )
    assert no_wider_than_the_window(page)
    check_accessibility(page)

    thumbs(page).first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Picture")
    dialog.get_by_text("1 of 2").wait_for()
    shown = dialog.get_by_role("img", name=NAME)
    expect(shown).not_to_have_attribute("aria-busy", "true")
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [900, 600]
    check_accessibility(page)
    box = shown.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"], "it fits"
    page.keyboard.press("ArrowRight")
    dialog.get_by_text("2 of 2").wait_for()
    page.keyboard.press("ArrowRight")
    dialog.get_by_text("1 of 2").wait_for()
    page.keyboard.press("ArrowLeft")
    dialog.get_by_text("2 of 2").wait_for()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(thumbs(page).first).to_be_focused()

    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Open the source").press("Enter")
    panel = page.locator("#source-panel")
    strip = panel.get_by_role("group", name="Pictures beside this passage")
    expect(strip.get_by_role("button")).to_have_count(2)
    strip.get_by_role("button").last.press("Enter")
    dialog.get_by_text("2 of 2").wait_for()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(panel).to_be_visible()
    check_accessibility(page)

    page.reload()
    expect(thumbs(page)).to_have_count(2)


def check_accessibility(page: Page) -> None:
    """In light and dark, by the rules of tests/look."""
    page.emulate_media(reduced_motion="reduce")  # else it measures a colour on its way
    for theme in ("dark", "light"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        page.wait_for_function("() => !document.getAnimations().length")
        assert findings(page) == []


def no_wider_than_the_window(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_loses_the_right_meanwhile_sees_no_picture_any_more(
    browsing, aside: Callable, manual, bob, carol
) -> None:
    seen: list[str] = []

    def lose_it(page: Page) -> None:
        page.on(
            "request",
            lambda sent: "/pictures/" in sent.url and "/documents/" in sent.url and seen.append(sent.url),
        )
        ask(page, QUESTION)
        expect(thumbs(page)).to_have_count(2)
        aside(lambda: Collection.objects.update(everyone=False))
        thumbs(page).first.press("Enter")
        page.get_by_role("dialog", name="Picture").get_by_text(
            "This picture is no longer available."
        ).wait_for()
        page.reload()
        page.get_by_text("No longer available to you").first.wait_for()
        assert page.locator(".picture").count() == 0
        assert {page.request.get(address).status for address in seen} == {404}

    browsing(bob, lose_it)
    browsing(carol, lambda page: refuse(page, seen[0]))


def refuse(page: Page, address: str) -> None:
    assert page.request.get(address).status == 404
