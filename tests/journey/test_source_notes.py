"""What stands under an answer about its sources, in a real browser: none, changed since, contradicting each other."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from ingestion.models import Document
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.journey.sources import aside, ask, browsing, ingest  # noqa: F401

pytestmark = pytest.mark.journey

QUESTION = "How long is parental leave?"
OLD = b"# Leave\n\nEvery parent gets 14 weeks of parental leave at full pay.\n"
NEW = b"# Leave\n\nEvery parent gets 16 weeks of parental leave at full pay.\n"


@pytest.fixture
def says(installation, settings) -> Callable[[str], None]:
    def say(text: str) -> None:
        settings.CHAT_MODEL = f"scripted:text={text}"

    return say


def test_an_answer_without_a_source_says_so(browsing, alice, bob, handbook, says) -> None:
    ingest(alice, handbook, OLD, "leave.md")
    says("I think that it is long.")

    def look(page: Page) -> None:
        ask(page, QUESTION)
        page.get_by_text("No source: nothing in your documents stands behind this answer.").wait_for()
        page.get_by_text("1 passage found but not used").click()
        page.locator("button.source").click()
        expect(page.locator("#source-body mark").first).to_be_visible()

    browsing(bob, look)
    says("The documents do not say so [0].")

    def look_again(page: Page) -> None:
        ask(page, QUESTION)
        page.get_by_text("No source: nothing that was found in your documents answers this.").wait_for()
        assert page.locator(".no-source").count() == 0

    browsing(bob, look_again)


def test_of_nothing_found_nothing_more_is_said(browsing, bob, handbook) -> None:
    def look(page: Page) -> None:
        ask(page, QUESTION)
        page.get_by_text("I found nothing in the documents you can read").wait_for()
        page.get_by_role("button", name="Copy answer").wait_for()
        assert page.locator(".no-source").count() == 0

    browsing(bob, look)


def test_an_old_answer_whose_source_has_changed_offers_to_ask_again(
    browsing, aside, alice, bob, handbook, says
) -> None:
    ingest(alice, handbook, OLD, "leave.md")
    says("Parents get 14 weeks of parental leave [1].")

    def look(page: Page) -> None:
        ask(page, QUESTION)
        page.locator("button.source").first.wait_for()
        address = page.url
        aside(lambda: ingest(alice, handbook, NEW, "leave.md"))
        says("Parents get 16 weeks of parental leave [1].")
        page.goto(address)
        note = page.locator(".source-changed")
        note.get_by_text("“Leave” [1] has changed since this answer").wait_for()
        page.locator("button.source").get_by_text("A newer version exists: version 2").wait_for()
        note.get_by_role("button", name="Ask again").click()
        page.get_by_text("Parents get 16 weeks of parental leave").wait_for()
        assert page.get_by_text(QUESTION, exact=True).count() >= 2
        page.goto(address)
        page.locator(".source-changed").wait_for()
        assert page.locator(".source-changed").count() == 1, "the new answer is of today"
        aside(lambda: Document.objects.get().delete())
        page.goto(address)
        page.get_by_text("“Leave” [1] has been deleted since this answer.").first.wait_for()

    browsing(bob, look)


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "360"])
def test_sources_that_differ_stand_side_by_side_and_can_be_stepped_through(
    browsing, alice, bob, handbook, says, size
) -> None:
    ingest(alice, handbook, OLD, "leave-2023.md")
    ingest(alice, handbook, NEW, "leave-2024.md")
    says("Parents get 14 weeks of parental leave [1] or 16 [2].")

    def look(page: Page) -> None:
        ask(page, QUESTION)
        block = page.get_by_role("region", name="These sources differ")
        expect(block.locator(".differs-side")).to_have_count(2)
        block.get_by_text("14 weeks").wait_for()
        block.get_by_text("16 weeks").wait_for()
        page.reload()
        block.locator(".differs-side").first.click()
        mark = page.locator("#source-body mark")
        expect(mark).to_contain_text("weeks")
        first = mark.inner_text()
        page.keyboard.press("n" if page.locator("#source-count").inner_text() == "1 of 2" else "p")
        page.wait_for_function(
            "text => { const mark = document.querySelector('#source-body mark'); return mark && mark.innerText !== text; }",
            arg=first,
        )
        page.keyboard.press("f")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(page.locator("#source-panel")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    browsing(bob, look, size=size)


def test_what_is_told_again_leaves_in_place_what_may_just_be_pressed(
    browsing, alice, bob, handbook, says
) -> None:
    """A browser counts no click on a button that is replaced between pressing and letting go."""
    ingest(alice, handbook, OLD, "leave-2023.md")
    ingest(alice, handbook, NEW, "leave-2024.md")
    says("Parents get 14 weeks of parental leave [1] or 16 [2].")
    held: list[tuple[WebSocketRoute, str]] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda m: held.append((socket, m)) if '"snapshot"' in m else socket.send(m))

    def look(page: Page) -> None:
        ask(page, QUESTION)
        page.get_by_role("button", name="Copy answer").wait_for()
        page.route_web_socket(re.compile("/ws/chat/"), between)
        page.reload()
        side = page.locator(".differs-side").first.element_handle()
        while not held:
            page.wait_for_timeout(20)
        (socket, snapshot) = held[0]
        socket.send(snapshot)
        about = json.loads(snapshot)["conversation"]
        socket.send(json.dumps({"type": "title", "conversation": about, "title": "Told afterwards"}))
        expect(page.locator("#title")).to_have_text("Told afterwards")
        assert side.evaluate("element => element.isConnected")

    browsing(bob, look)
