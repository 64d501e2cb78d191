"""The list of conversations, the palette, the keys and saved prompts, as people use them."""

import re

import pytest
from playwright.sync_api import Page, expect

from chat.models import Conversation, Message
from chat.prompts.models import OfferedPrompt
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401
from tests.journey.conftest import CHAT_SCRIPT, wait_for_route

pytestmark = pytest.mark.journey

QUESTION = "How long is parental leave?"


@pytest.fixture
def talks(installation, acme, bob):
    with tenant_scope(acme.id):
        for title in ("Costs", "Leave", "Oslo"):
            row = Conversation.objects.create(user=bob, title=title)
            asked = Message.objects.create(conversation=row, user=bob, role="question", text=f"{title}?")
            Message.objects.create(
                conversation=row, user=bob, role="answer", question=asked, text=f"So it is: {title}."
            )


def options(page: Page, title: str, entry: str) -> None:
    """From the conversation's menu, by keyboard."""
    page.get_by_role("button", name=f"Options for {title}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=entry, exact=True).press("Enter")


def listed(page: Page) -> list[str]:
    return page.locator("#conversations .conversation-title").all_text_contents()


def second_tab(at: Walk) -> Page:
    """Another tab of the same person, whose socket is open."""
    other = at.page.context.new_page()
    with other.expect_websocket() as opened:
        other.goto(f"{at.address}/chat/")
    with opened.value.expect_event("framereceived"):
        other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks whether it lives
    return other


def test_conversations_are_pinned_archived_tagged_and_deleted_in_every_tab(
    talks, walk, bob, browser_of
) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        other = second_tab(at)
        headings, there = page.locator("#conversations h3"), other.locator("#conversations h3")
        expect(headings).to_have_text(["Today"])
        options(page, "Costs", "Pin")
        expect(headings).to_have_text(["Pinned", "Today"])
        expect(page.get_by_role("button", name="Options for Costs")).to_be_focused()
        expect(there).to_have_text(["Pinned", "Today"])
        assert listed(other) == ["Costs", "Oslo", "Leave"]

        options(page, "Leave", "Archive")
        expect(page.get_by_text("Conversation archived.")).to_be_visible()
        expect(other.locator("#conversations .conversation")).to_have_count(2)
        page.get_by_role("button", name="Archived").click()
        expect(page.locator("#conversations .conversation-title")).to_have_text(["Leave"])
        page.get_by_role("button", name="Back to all conversations").press("Enter")
        expect(page.locator("#conversations .conversation-title")).to_have_text(["Costs", "Oslo"])

        options(page, "Oslo", "Tags")
        dialog = page.get_by_role("dialog", name="Tags of “Oslo”")
        dialog.get_by_label("New tag").fill("Travel")
        dialog.get_by_role("radio", name="Blue").check()
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("checkbox", name="Travel")).to_be_checked()
        dialog.get_by_role("button", name="Edit Travel").press("Enter")
        dialog.get_by_role("textbox", name="Name", exact=True).fill("Trips")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("checkbox", name="Trips")).to_be_checked()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Options for Oslo")).to_be_focused()
        other.get_by_role("button", name="Trips").press("Enter")
        expect(other.locator("#conversations .conversation-title")).to_have_text(["Oslo"])
        expect(other.get_by_role("link", name="Oslo , tagged Trips")).to_be_visible()
        other.get_by_role("button", name="Trips").press("Enter")
        expect(other.locator("#conversations .conversation-title")).to_have_text(["Costs", "Oslo"])

        other.get_by_role("link", name="Oslo").click()
        expect(other.locator("#title")).to_have_text("Oslo")
        options(page, "Oslo", "Delete")
        expect(page.get_by_role("link", name="Costs")).to_be_focused()
        expect(other.get_by_text("This conversation was deleted in another tab.")).to_be_visible()
        expect(other.locator("#title")).to_have_text("New chat")
        page.keyboard.press("z")
        expect(page.locator("#conversations .conversation-title")).to_have_text(["Costs", "Oslo"])
        expect(other.locator("#conversations .conversation-title")).to_have_text(["Costs", "Oslo"])

        options(page, "Oslo", "Rename")
        page.get_by_label("Name of the conversation").fill("Bergen")
        page.keyboard.press("Enter")
        expect(other.get_by_role("link", name="Bergen")).to_be_visible()
        page.get_by_placeholder("Ask about your documents").fill(QUESTION)
        page.keyboard.press("Enter")
        expect(other.get_by_role("link", name=QUESTION)).to_be_visible()
        page.reload()
        expect(page.locator("#conversations .conversation-title")).to_have_text(["Costs", QUESTION, "Bergen"])

    walk(script)


def test_a_long_list_is_read_to_its_end_and_the_menu_works_on_a_phone(
    installation, acme, walk, bob, browser_of
) -> None:
    with tenant_scope(acme.id):
        for number in range(120):
            Conversation.objects.create(user=bob, title=f"Number {number:03}")
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        page.get_by_role("button", name="Show conversations").click()
        rows = page.locator("#conversations .conversation")
        expect(rows).to_have_count(50)
        for count in (100, 120):
            page.locator("#conversations-end").scroll_into_view_if_needed()
            expect(rows).to_have_count(count)
        assert listed(page) == [f"Number {number:03}" for number in range(119, -1, -1)]
        page.get_by_role("button", name="Options for Number 000").click()
        menu = page.get_by_role("menu").bounding_box()
        assert menu["x"] >= 0
        assert menu["x"] + menu["width"] <= 360
        assert menu["y"] + menu["height"] <= 780
        page.get_by_role("menuitem", name="Pin", exact=True).click()
        expect(page.locator("#conversations h3").first).to_have_text("Pinned")
        assert at.fits()

    walk(script, width=360)


def test_the_palette_goes_to_conversations_documents_and_actions(
    talks, walk, bob, alice, handbook, upload, browser_of
) -> None:
    upload(alice, handbook, name="travel-policy.md")
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        palette = page.get_by_role(
            "combobox", name="Go to a conversation, assistant or document, or do something"
        )
        chosen = page.get_by_role("option", selected=True)
        page.get_by_placeholder("Ask about your documents").press("Control+k")
        expect(palette).to_be_focused()
        palette.fill("lve")
        expect(chosen).to_have_text("Leave")
        page.keyboard.press("Enter")
        expect(page.locator("#title")).to_have_text("Leave")

        page.keyboard.press("Control+k")
        palette.fill("policy")
        expect(page.get_by_role("group", name="Documents").get_by_role("option")).to_have_count(1)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
        palette.fill("nothing is called this")
        expect(page.get_by_text("Nothing is called that.")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_placeholder("Ask about your documents")).to_be_focused()

        page.keyboard.press("Control+k")
        palette.fill("appearance dark")
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.keyboard.press("Control+k")
        palette.fill("shortcuts")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        page.keyboard.press("Escape")

        page.set_viewport_size({"width": 360, "height": 780})
        page.get_by_role("button", name="Show conversations").click()
        page.locator("#user-button").click()
        page.get_by_role("button", name="Go to or do anything").click()
        expect(palette).to_be_focused()
        assert at.fits()
        page.get_by_role("option", name="Oslo").click()
        expect(page.locator("#title")).to_have_text("Oslo")
        expect(page.locator("#sidebar")).not_to_be_in_viewport()

    walk(script)


def test_keys_do_what_the_sheet_says_and_plain_ones_can_be_switched_off(talks, walk, bob, browser_of) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page, title = at.page, at.page.locator("#title")
        field = page.get_by_placeholder("Ask about your documents")
        at.be(client)
        at.open("/chat/")
        field.press("j")
        expect(field).to_have_value("j")
        field.fill("")
        page.locator("#new-chat").focus()
        page.keyboard.press("j")
        expect(title).to_have_text("Oslo")
        page.keyboard.press("j")
        expect(title).to_have_text("Leave")
        page.keyboard.press("k")
        expect(title).to_have_text("Oslo")
        field.press("Alt+ArrowDown")
        expect(title).to_have_text("Leave")
        page.get_by_text("So it is: Leave.").wait_for()
        page.locator("#user-button").focus()
        page.keyboard.press("c")
        expect(page.get_by_role("button", name="Copy answer").locator("use")).to_have_attribute(
            "href", "#icon-check"
        )
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Shift+Escape")
        expect(field).to_be_focused()
        page.locator("#user-button").focus()
        page.keyboard.press("n")
        expect(title).to_have_text("New chat")
        expect(field).to_be_focused()
        page.locator("#user-button").focus()
        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
        row = sheet.locator("dl > div", has_text="Next conversation")
        expect(row.locator("kbd")).to_have_text(["J", "Alt", "↓"])
        sheet.get_by_role("checkbox").press("Space")
        expect(row.locator("kbd")).to_have_text(["Alt", "↓"])
        page.keyboard.press("Escape")
        expect(page.locator("#user-button")).to_be_focused()
        page.keyboard.press("j")
        page.keyboard.press("?")
        expect(sheet).to_have_count(0)
        expect(title).to_have_text("New chat")
        page.keyboard.press("Control+/")
        sheet.get_by_role("checkbox").check()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        expect(title).to_have_text("Oslo")

    walk(script)


def test_a_prompt_is_saved_used_filled_in_changed_and_deleted(
    installation, acme, walk, bob, browser_of
) -> None:
    with tenant_scope(acme.id):
        OfferedPrompt.objects.create(name="Summary", text="Sum up {topic} in {count} points.")
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        field = page.get_by_placeholder("Ask about your documents")
        chosen = page.get_by_role("option", selected=True)
        selected = (
            "(f => f.value.slice(f.selectionStart, f.selectionEnd))(document.getElementById('question'))"
        )
        at.be(client)
        at.open("/chat/")
        field.press("/")
        expect(page.get_by_role("listbox", name="Saved prompts")).to_be_visible()
        expect(chosen).to_contain_text("Summary")
        field.press_sequentially("sum")
        page.keyboard.press("Enter")
        expect(field).to_have_value("Sum up {topic} in {count} points.")
        assert page.evaluate(selected) == "{topic}"
        page.keyboard.type("leave")
        page.keyboard.press("Tab")
        assert page.evaluate(selected) == "{count}"
        page.keyboard.type("3")
        expect(field).to_have_value("Sum up leave in 3 points.")
        page.keyboard.press("Tab")
        expect(field).not_to_be_focused()

        field.fill("")
        field.press("/")
        page.keyboard.press("ArrowUp")
        expect(chosen).to_have_text("Manage saved prompts")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Saved prompts")
        dialog.get_by_role("button", name="New prompt").press("Enter")
        dialog.get_by_label("Name").fill("Reply")
        dialog.get_by_label("Text").fill("Write to {customer}.")
        dialog.get_by_role("button", name="Save").press("Enter")
        expect(dialog.get_by_role("button", name="Use Reply")).to_be_visible()
        expect(dialog.get_by_role("button", name="Edit Summary")).to_have_count(0)
        dialog.get_by_role("button", name="Edit Reply").press("Enter")
        dialog.get_by_label("Name").fill("Answer")
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Delete Answer").press("Enter")
        expect(dialog.get_by_text("“Answer” is deleted.")).to_be_visible()
        expect(dialog.get_by_role("button", name="Undo")).to_be_focused()
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Use Answer").press("Enter")
        expect(field).to_have_value("Write to {customer}.")
        expect(field).to_be_focused()
        assert page.evaluate(selected) == "{customer}"

        field.fill("")
        field.press_sequentially("/nothing")
        expect(page.get_by_role("listbox", name="Saved prompts")).to_be_hidden()
        page.keyboard.press("Enter")
        expect(page.locator("#thread")).to_contain_text(re.compile("/nothing"))

    walk(script)


def test_a_button_pressed_before_the_page_can_answer_is_answered_once_it_can(
    talks, walk, bob, browser_of
) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page, held = at.page, []
        at.be(client)
        page.route(CHAT_SCRIPT, lambda route: held.append(route))
        page.goto(f"{at.address}/chat/", wait_until="commit")
        button = page.locator("#user-button")
        button.click()
        button.click()
        expect(button).to_have_attribute("aria-expanded", "false")
        wait_for_route(page, held).continue_()
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(page.locator("html")).to_have_attribute("data-ready", "true")

    walk(script)


def test_a_question_sent_before_the_page_can_answer_is_asked_once_in_its_conversation(
    talks, walk, bob, browser_of, acme
) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page, held = at.page, []
        at.be(client)
        at.open("/chat/")
        page.get_by_role("link", name="Costs").click()
        expect(page.locator(".question")).to_have_count(1)
        address = page.url
        page.route(CHAT_SCRIPT, lambda route: held.append(route))
        page.goto(address, wait_until="commit")
        page.get_by_placeholder("Ask about your documents").fill("And for twins?")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.get_by_placeholder("Ask about your documents")).to_have_value("And for twins?")
        wait_for_route(page, held).continue_()
        expect(page.locator(".question")).to_have_count(2)
        expect(page.locator(".answer").last.locator("[data-copy=answer]")).to_be_visible()
        assert page.url == address

    walk(script)
    with tenant_scope(acme.id):
        assert Message.objects.filter(text="And for twins?").count() == 1
