"""Ratings, gaps and verified answers as people meet them, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from assistant.verified.index import embed_waiting
from chat.gaps.models import Feedback, GapQuestion
from chat.gaps.sorting import sort_waiting
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401

pytestmark = pytest.mark.journey

QUESTION = "Where may I park my car at the office?"


def ask(page: Page, words: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy answer").last).to_be_visible()


def test_an_unanswered_question_is_rated_sent_answered_once_and_given(
    walk, bob, alice, acme, handbook, browser_of, tmp_path
) -> None:
    clients = {"bob": browser_of(bob), "alice": browser_of(alice)}

    def asks(at: Walk) -> None:
        page = at.page
        at.be(clients["bob"])
        at.open("/chat/")
        ask(page, QUESTION)
        strip = page.get_by_role("group", name="Your question is missing an answer")
        expect(strip).to_contain_text("without your name")
        strip.get_by_role("button", name="Send my question").press("Enter")
        expect(strip.get_by_role("button", name="Take it back")).to_be_focused()

        down = page.get_by_role("button", name="Bad answer")
        expect(down).to_have_attribute("aria-pressed", "false")
        down.press("Enter")
        sheet = page.get_by_role("dialog", name="What was wrong?")
        expect(down).to_have_attribute("aria-pressed", "true")
        sheet.get_by_label("It does not answer my question").press("Space")
        sheet.get_by_label("Comment (optional)").fill("It is in the yard, I think.")
        expect(sheet.get_by_label("Send my question along")).to_be_checked()
        page.keyboard.press("Escape")
        expect(down).to_be_focused()
        down.press("Enter")
        sheet.get_by_label("It does not answer my question").check()
        sheet.get_by_label("Comment (optional)").fill("It is in the yard, I think.")
        sheet.get_by_role("button", name="Send").press("Enter")
        expect(page.locator("#toasts")).to_contain_text("Your feedback was sent.")
        page.reload()
        down = page.get_by_role("button", name="Bad answer")
        expect(down).to_have_attribute("aria-pressed", "true")
        down.click()
        expect(sheet.get_by_label("It does not answer my question")).to_be_checked()
        page.screenshot(path=tmp_path / "sheet.png")
        page.keyboard.press("Escape")
        page.screenshot(path=tmp_path / "strip.png")

    def answers(at: Walk) -> None:
        page = at.page
        at.be(clients["alice"])
        at.open("/admin/")
        page.get_by_role("link", name="Knowledge gaps").click()
        expect(page.get_by_role("link", name=QUESTION)).to_be_visible()
        page.screenshot(path=tmp_path / "list.png")
        page.get_by_role("link", name=QUESTION).click()
        expect(page.get_by_text("It is in the yard, I think.")).to_be_visible()
        page.screenshot(path=tmp_path / "gap.png", full_page=True)
        page.get_by_role("link", name="Answer once").click()
        expect(page.get_by_label("Questions that it answers")).to_have_value(QUESTION)
        page.locator("#id_text").fill("In the **yard**, in rows C to F.")
        page.get_by_label("Readers").select_option(label="Handbook")
        page.screenshot(path=tmp_path / "add.png", full_page=True)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("link", name=QUESTION).first).to_be_visible()
        at.open("/admin/gaps/knowledgegap/")
        expect(page.get_by_role("cell", name="Solved")).to_be_visible()

    def is_answered(at: Walk) -> None:
        page = at.page
        at.be(clients["bob"])
        at.open("/chat/")
        ask(page, QUESTION)
        expect(page.locator(".prose strong")).to_have_text("yard")
        expect(page.locator(".verified-badge")).to_contain_text("Verified answer by Alice Arnold, ")
        page.get_by_role("button", name=f"Source 1: {QUESTION}").press("Enter")
        expect(page.locator("#source-panel")).to_contain_text("rows C to F")
        page.screenshot(path=tmp_path / "verified.png")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Ask the documents instead").click()
        expect(page.get_by_text("I found nothing in the documents")).to_be_visible()

    walk(asks)
    sort_waiting()
    with tenant_scope(acme.id):
        assert GapQuestion.objects.get().sent
        assert Feedback.objects.get().reasons == ["not_found"]
    walk(answers)
    embed_waiting()
    walk(is_answered)


def test_thumbs_and_badge_fit_a_phone(walk, bob, acme, handbook, browser_of, tmp_path) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        at.be(client)
        at.open("/chat/")
        ask(at.page, QUESTION)
        at.page.get_by_role("button", name="Good answer").click()
        expect(at.page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
        at.page.get_by_role("button", name="Bad answer").click()
        sheet = at.page.get_by_role("dialog", name="What was wrong?")
        box = sheet.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        at.page.screenshot(path=tmp_path / "phone-sheet.png")
        sheet.get_by_role("button", name="Take back").click()
        expect(at.page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "false")
        assert at.fits()
        at.page.screenshot(path=tmp_path / "phone.png")

    walk(script, 360)
