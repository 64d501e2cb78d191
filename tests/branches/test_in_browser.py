"""Branches, going on, waiting questions, unread answers and quotes, as people use them in a real browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.upstream.script import Script
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401
from tests.journey.conftest import stay_when_asked

pytestmark = pytest.mark.journey

FIRST = "How long is parental leave?"
SECOND = "What may a hotel in Oslo cost?"
LONG = (
    "Every parent gets sixteen weeks of leave at full pay, and after that half of it for as long again. " * 3
)


@pytest.fixture
def scripted(installation, alice, handbook, upload):
    upload(alice, handbook)
    return installation


def answers(upstream, *texts: str, **how) -> None:
    for text in texts:
        upstream.enqueue(Script(text=text, **how))


def ask(page: Page, text: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(text)
    page.keyboard.press("Enter")


def prose(page: Page) -> Locator:
    return page.locator("#thread > .answer:not([hidden]) .prose")


def ended(page: Page, *texts: str) -> None:
    """The answers on the page, in order, with none being written."""
    expect(prose(page)).to_have_text([re.compile(re.escape(text)) for text in texts])
    expect(page.locator("#thread [aria-busy=true]")).to_have_count(0)


def test_answers_are_flipped_and_compared_and_a_question_is_edited(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    answers(
        scripted, "Sixteen weeks [1].", "As in Bergen [1].", "It is 16 weeks [1].", "Ten weeks for him [1]."
    )

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        ended(page, "Sixteen weeks")
        ask(page, SECOND)
        ended(page, "Sixteen weeks", "As in Bergen")

        page.get_by_role("button", name="Answer again").first.click()
        ended(page, "It is 16 weeks")
        versions = page.get_by_role("group", name="Version 2 of 2 of this answer")
        versions.get_by_role("button", name="Previous version").press("Enter")
        ended(page, "Sixteen weeks", "As in Bergen")
        back = page.get_by_role("group", name="Version 1 of 2 of this answer")
        expect(back.get_by_role("button", name="Next version")).to_be_focused()
        page.keyboard.press("ArrowRight")
        ended(page, "It is 16 weeks")

        page.get_by_role("button", name="Compare", exact=True).click()
        columns = page.locator(".compare .answer")
        expect(columns).to_have_count(2)
        boxes = [columns.nth(n).bounding_box() for n in (0, 1)]
        assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
        columns.first.get_by_role("button", name=re.compile("^Source 1")).first.click()
        expect(page.locator("#source-panel mark").first).to_be_visible()
        page.keyboard.press("Escape")
        columns.first.get_by_role("button", name="Keep answer 1").click()
        ended(page, "Sixteen weeks", "As in Bergen")

        question = page.locator(".question").first
        question.hover()
        question.get_by_role("button", name="Edit this question").click()
        field = page.get_by_role("textbox", name="Your question in other words")
        expect(field).to_have_value(FIRST)
        page.keyboard.press("Escape")
        expect(question.get_by_role("button", name="Edit this question")).to_be_focused()
        page.keyboard.press("Enter")
        field.fill("How long is leave for a father?")
        page.keyboard.press("Enter")
        ended(page, "Ten weeks for him")
        expect(page.get_by_role("group", name="Version 2 of 2 of this question")).to_be_visible()
        page.reload()
        ended(page, "Ten weeks for him")
        page.get_by_role("button", name="Previous version of this question").click()
        ended(page, "Sixteen weeks", "As in Bergen")
        page.reload()
        ended(page, "Sixteen weeks", "As in Bergen")

    walk(script)


def test_other_tabs_follow_the_chosen_branch(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    answers(scripted, "Sixteen weeks [1].", "It is 16 weeks [1].")

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        ended(page, "Sixteen weeks")
        other = page.context.new_page()
        other.goto(page.url)
        ended(other, "Sixteen weeks")
        page.get_by_role("button", name="Answer again").click()
        ended(page, "It is 16 weeks")
        ended(other, "It is 16 weeks")
        page.get_by_role("button", name="Previous version of this answer").click()
        ended(other, "Sixteen weeks")

    walk(script)


def test_a_hit_in_another_branch_is_opened_there(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    answers(scripted, "The pangolin is in Oslo [1].", "It is 16 weeks [1].")

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        ended(page, "pangolin")
        page.get_by_role("button", name="Answer again").click()
        ended(page, "It is 16 weeks")
        page.get_by_role("searchbox").fill("pangolin")
        page.locator(".search-result").first.click()
        ended(page, "pangolin")
        expect(page.locator(".message.found")).to_contain_text("pangolin")

    walk(script)


def test_a_stopped_answer_is_gone_on_with_in_its_place(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    scripted.enqueue(Script(text=LONG, rate=20))

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        expect(prose(page)).to_contain_text("sixteen weeks")
        page.get_by_role("button", name="Stop the answer").click()
        expect(page.get_by_text("You stopped this answer.")).to_be_visible()
        answers(scripted, "and that is all [1].")
        page.get_by_role("button", name="Continue").click()
        ended(page, "and that is all")
        expect(prose(page)).to_contain_text("Every parent gets sixteen weeks")
        expect(page.get_by_role("button", name="Continue")).to_have_count(0)
        expect(page.get_by_role("button", name=re.compile("^Source 1")).first).to_be_visible()
        shown = prose(page).inner_text()
        page.reload()
        ended(page, "and that is all")
        assert prose(page).inner_text() == shown

    walk(script)


def test_questions_wait_for_the_running_answer_and_survive_a_reload(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    scripted.enqueue(Script(text=LONG, rate=12))

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        expect(prose(page)).to_contain_text("parent")
        for text in ("And in Oslo?", "And in Rome?", "And in Bonn?"):
            ask(page, text)
        waiting = page.get_by_role("list", name="Questions that wait").get_by_role("listitem")
        expect(waiting).to_have_count(3)
        page.set_viewport_size({"width": 360, "height": 740})
        last = waiting.last.get_by_role("button", name="Do not ask this question").bounding_box()
        assert last["x"] + last["width"] <= 360
        page.set_viewport_size({"width": 1280, "height": 780})
        page.reload()
        expect(waiting).to_have_count(3)
        waiting.nth(1).get_by_role("button", name="Do not ask this question").click()
        waiting.nth(1).get_by_role("button", name="Edit this waiting question").click()
        composer = page.get_by_placeholder("Ask about your documents")
        expect(composer).to_have_value("And in Bonn?")
        composer.fill("And in Cologne?")
        page.keyboard.press("Enter")
        expect(waiting).to_have_count(2)
        stay_when_asked(page)
        answers(scripted, "Oslo too [1].", "Cologne too [1].")
        page.get_by_role("button", name="Stop the answer").click()
        ended(page, "Every parent", "Oslo too", "Cologne too")
        expect(page.locator(".question-text")).to_have_text([FIRST, "And in Oslo?", "And in Cologne?"])
        expect(waiting).to_have_count(0)

    walk(script)


def test_a_waiting_question_is_held_after_a_failure(scripted, settings, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    scripted.enqueue(Script(text=LONG, rate=15, fault="error_event", after=30))

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        expect(prose(page)).to_contain_text("parent")
        ask(page, "And in Oslo?")
        waiting = page.get_by_role("list", name="Questions that wait")
        expect(waiting).to_contain_text("Not sent")
        answers(scripted, "Oslo too [1].")
        waiting.get_by_role("button", name="Send now").click()
        expect(prose(page).last).to_contain_text("Oslo too")
        expect(waiting).to_be_hidden()

    walk(script)


def test_an_answer_that_ended_elsewhere_is_marked_until_it_is_looked_at(
    scripted, walk, bob, browser_of
) -> None:
    client = browser_of(bob)
    scripted.enqueue(Script(text=LONG, rate=15))

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        expect(prose(page)).to_contain_text("parent")
        page.get_by_role("link", name="New chat").first.click()
        row = page.locator(".conversation", has_text=FIRST)
        expect(row).to_contain_text("New answer")
        expect(page).to_have_title("(1) Colloquy")
        other = page.context.new_page()
        other.goto(f"{at.address}/chat/")
        expect(other).to_have_title("(1) Colloquy")
        row.get_by_role("link").click()
        ended(page, "Every parent")
        expect(row).not_to_contain_text("New answer")
        expect(other).to_have_title("Colloquy")
        page.reload()
        expect(page).to_have_title(f"{FIRST} · Colloquy")

    walk(script)


def test_marked_words_are_quoted_in_the_next_question(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    answers(scripted, "Sixteen weeks at full pay [1].", "Since last spring [1].")

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        ended(page, "Sixteen weeks")
        words = prose(page).locator("p").first
        words.click(click_count=3)
        button = page.get_by_role("button", name="Quote")
        expect(button).to_be_visible()
        button.click()
        composer = page.get_by_placeholder("Ask about your documents")
        expect(composer).to_be_focused()
        expect(composer).to_have_value(re.compile("^> Sixteen weeks at full pay.*\n\n$", re.DOTALL))
        composer.fill("")
        words.click(click_count=3)
        expect(button).to_be_visible()
        page.keyboard.press("r")
        expect(composer).to_be_focused()
        expect(button).to_be_hidden()
        page.keyboard.type("Since when?")
        page.keyboard.press("Enter")
        ended(page, "Sixteen weeks", "Since last spring")
        asked = page.locator(".question").last
        expect(asked.locator("blockquote")).to_contain_text("Sixteen weeks")
        expect(asked.locator("p").last).to_have_text("Since when?")

    walk(script)


def test_all_of_it_fits_a_phone(scripted, walk, bob, browser_of) -> None:
    client = browser_of(bob)
    answers(scripted, "Sixteen weeks [1].", "It is 16 weeks [1].")

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        ask(page, FIRST)
        ended(page, "Sixteen weeks")
        page.get_by_role("button", name="Answer again").click()
        ended(page, "It is 16 weeks")
        page.set_viewport_size({"width": 360, "height": 740})
        page.get_by_role("button", name="Compare", exact=True).click()
        columns = page.locator(".compare .answer")
        boxes = [columns.nth(n).bounding_box() for n in (0, 1)]
        assert boxes[0]["x"] == boxes[1]["x"] and boxes[0]["y"] < boxes[1]["y"]
        assert at.fits()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Compare", exact=True)).to_be_focused()
        page.get_by_role("button", name="Edit this question").click()
        assert at.fits()

    walk(script)
