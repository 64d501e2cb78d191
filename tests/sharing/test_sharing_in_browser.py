"""Sharing as people do it, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401

pytestmark = pytest.mark.journey

HOTEL, MERGER = "What may a hotel cost?", "Whom do we buy?"


@pytest.fixture
def conversation(installation, talk, open_paper, closed_paper):
    return talk((HOTEL, "**180 euros** [1].", [open_paper]), (MERGER, "Initech [1].", [closed_paper]))


def choose(page: Page, entry: str) -> None:
    """From the menu of the first conversation, by keyboard."""
    page.get_by_role("button", name="Options for Costs").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=entry).press("Enter")


def test_a_conversation_is_shared_read_continued_and_withdrawn(
    conversation, walk, bob, dora, browser_of
) -> None:
    clients = {"bob": browser_of(bob), "dora": browser_of(dora)}

    def script(at: Walk) -> None:
        page = at.page
        at.be(clients["bob"])
        at.open("/chat/")
        choose(page, "Share")
        dialog = page.get_by_role("dialog", name="Share “Costs”")
        dialog.get_by_role("button", name="Create link").press("Enter")
        link = dialog.get_by_role("textbox", name="Link").input_value()
        assert link.startswith(f"{at.address}/shared/")
        dialog.get_by_label("Only people and groups I name").check()
        dialog.get_by_label("E-mail addresses of colleagues").fill("nobody@acme.example")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Nobody in your organisation has the address")
        dialog.get_by_label("E-mail addresses of colleagues").fill("dora@acme.example")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.locator(".dialog-error")).to_be_empty()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("button", name="Options for Costs")).to_be_focused()

        at.be(clients["dora"])
        page.goto(link)
        thread = page.get_by_role("list", name="Conversation")
        expect(thread.locator(".prose strong")).to_have_text("180 euros")
        expect(thread).to_contain_text("This answer is not shown to you")
        assert "Initech" not in page.content()
        page.get_by_role("button", name="Source 1: Travel policy").press("Enter")
        expect(page.locator("#source-panel mark")).to_have_text("Hotels may cost 180 euros.")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Ask this yourself").press("Enter")
        expect(page.get_by_placeholder("Ask about your documents")).to_have_value(MERGER)
        page.goto(link)
        page.get_by_role("button", name="Continue").press("Enter")
        expect(page.locator("#title")).to_have_text("Costs")
        expect(page.locator("#thread .prose")).to_have_count(1)

        at.be(clients["bob"])
        at.open("/shared/")
        page.get_by_role("button", name="Withdraw the link to Costs").press("Enter")
        expect(page.get_by_role("status")).to_have_text("The link has been withdrawn.")
        page.goto(link)
        expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
        at.problems[:] = [said for said in at.problems if "400" not in said and "404" not in said]

    walk(script)


@pytest.mark.parametrize("width", [360])
def test_the_readers_page_and_the_dialog_fit_a_phone(
    conversation, share, walk, bob, browser_of, width
) -> None:
    row = share(conversation)
    client = browser_of(bob)

    def script(at: Walk) -> None:
        at.be(client)
        for path in (f"/shared/{row.key}/", "/shared/"):
            at.open(path)
            assert at.fits()
        at.open("/chat/")
        at.page.get_by_role("button", name="Show conversations").click()
        choose(at.page, "Share")
        box = at.page.get_by_role("dialog", name="Share “Costs”").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width

    walk(script, width)


def test_a_conversation_is_saved_and_printed_from_its_menu(conversation, walk, bob, browser_of) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        with page.expect_download() as saved:
            choose(page, "Save as Markdown")
        assert saved.value.suggested_filename == "Costs.md"
        with page.context.expect_page() as opened:
            choose(page, "Print or save as PDF")
        paper = opened.value
        expect(paper.locator(".prose strong")).to_have_text("180 euros")
        expect(paper.locator(".print-sources blockquote").first).to_have_text("Hotels may cost 180 euros.")
        paper.emulate_media(media="print")
        expect(paper.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
        assert len(paper.pdf()) > 5_000

    walk(script)


def test_a_message_is_found_from_the_sidebar_by_keyboard(conversation, walk, bob, talk, browser_of) -> None:
    talk(("<img src=x onerror=alert(1)> needle", "No.", []), title="<b>Other</b>")
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        field, found = page.get_by_role("searchbox"), page.get_by_role("region", name="Found")
        page.locator("#new-chat").focus()
        page.keyboard.press("/")
        expect(field).to_be_focused()
        field.press_sequentially("needle")
        expect(found.locator("mark")).to_have_text("needle")
        expect(found).to_contain_text("<img src=x onerror=alert(1)> needle")
        field.fill("nowhere at all")
        expect(found).to_contain_text("Nothing in your conversations says “nowhere at all”.")
        field.fill("initech")
        expect(found.get_by_role("link")).to_have_count(1)
        field.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(".message.found")).to_contain_text("Initech")
        expect(page.locator(".message.found")).to_be_focused()
        page.keyboard.press("/")
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(found).to_be_hidden()
        expect(page.get_by_role("link", name="Costs")).to_be_visible()

    walk(script)
