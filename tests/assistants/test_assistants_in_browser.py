"""Choosing an assistant and where to search, and trying one out beside its editor, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.assistants.models import Assistant
from ingestion.models import Collection
from tenants.scoping import tenant_scope
from tests.assistants.conftest import LAWYERS_NAME, SECRET
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401

pytestmark = pytest.mark.journey
PICTURES = os.environ.get("PICTURES", "")


def picture(page: Page, name: str) -> None:
    """For the eye: PICTURES names a folder."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.fixture
def documents(installation, acme, alice, handbook, upload) -> Collection:
    with tenant_scope(acme.id):
        abroad = Collection.objects.create(
            name="Abroad", everyone=True, description="Rules of other countries."
        )
    upload(alice, handbook, "Parental leave is 16 weeks.", "leave.txt")
    upload(alice, abroad, "Parental leave abroad is 20 weeks.", "abroad.txt")
    return abroad


def archive(acme, row: Assistant) -> None:
    with tenant_scope(acme.id):
        Assistant.objects.filter(pk=row.pk).update(active=False)


def send(page: Page, text: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(text)
    page.keyboard.press("Enter")


def test_a_member_chooses_assistant_collections_and_days_by_keyboard(
    documents, pilot, counsel, board, make_assistant, acme, bob, browser_of, walk
) -> None:
    make_assistant("Clerk", icon="book", description="Terse and exact.")
    client = browser_of(bob)
    page_text: list[str] = []

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        expect(page.get_by_role("group", name="Who answers").get_by_role("button")).to_have_count(3)
        picture(page, "welcome")
        page.get_by_role("button", name="Assistant: Colloquy").press("Enter")
        picker = page.get_by_role("menu", name="Who answers")
        expect(picker.get_by_role("menuitemradio")).to_have_count(3)
        picture(page, "picker")
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Assistant: Pilot")).to_be_visible()
        expect(page.get_by_placeholder("Ask about your documents")).to_be_focused()
        opener = page.get_by_role("button", name="When does the harbour open?")
        expect(opener).to_be_visible()
        opener.click()
        expect(page.locator("#title-assistant")).to_have_text("Pilot")
        expect(page.locator("#conversations").get_by_role("img", name="Assistant: Pilot")).to_have_count(1)
        expect(page.get_by_role("list", name="Asked with").first).to_contain_text("Pilot")

        page.get_by_role("button", name="All documents").press("Enter")
        panel = page.get_by_role("group", name="Where to search")
        expect(panel.get_by_role("checkbox")).to_have_count(2)
        panel.get_by_role("checkbox", name="Abroad").check()
        panel.get_by_label("From", exact=True).fill("2020-01-01")
        picture(page, "search-in")
        panel.get_by_label("Until").fill("2019-01-01")
        assert not panel.get_by_label("Until").evaluate("field => field.validity.valid")
        panel.get_by_label("Until").fill("")
        panel.get_by_role("button", name="Done").press("Enter")
        expect(page.get_by_role("list", name="Searching only in").get_by_role("listitem")).to_have_count(2)
        send(page, "How long is parental leave?")
        asked = page.get_by_role("list", name="Asked with").last
        expect(asked).to_contain_text("Searched in Abroad")
        expect(asked).to_contain_text("Documents from 1 January 2020 on")
        expect(page.locator("#thread .source-title").last).to_have_text("abroad")
        picture(page, "asked-with")
        page.reload()
        expect(page.get_by_role("list", name="Searching only in").get_by_role("listitem")).to_have_count(2)
        page.get_by_role("button", name="Remove: Abroad").press("Enter")
        page.get_by_role("button", name="Remove: Documents from 1 January 2020 on").press("Enter")
        expect(page.get_by_role("button", name="All documents")).to_be_visible()
        page_text.append(page.content())

        archive_in_thread(acme, pilot)
        send(page, "Who is on duty?")
        expect(page.get_by_role("alert")).to_contain_text("This assistant is not available to you")
        expect(page.get_by_placeholder("Ask about your documents")).to_have_value("Who is on duty?")
        expect(page.locator("#assistant-lost")).to_contain_text("Pilot is not available to you any more.")
        picture(page, "lost")
        page.get_by_role("button", name="Choose another").press("Enter")
        expect(page.get_by_role("menu", name="Who answers").get_by_role("menuitemradio")).to_have_count(2)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator("#title-assistant")).to_have_text("Clerk")
        expect(page.get_by_role("list", name="Asked with").first).to_contain_text("Pilot")
        page_text.append(page.content())

    walk(script)
    assert all(
        LAWYERS_NAME not in text and SECRET not in text and "Board papers" not in text for text in page_text
    )


def archive_in_thread(acme, row: Assistant) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(archive, acme, row).result()


def test_the_palette_begins_a_chat_with_an_assistant_that_one_may_ask(
    documents, pilot, counsel, bob, browser_of, walk
) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        send(page, "How long is parental leave?")
        expect(page.locator("#thread .source-title").last).to_be_visible()
        conversation = page.url
        palette = page.get_by_role(
            "combobox", name="Go to a conversation, assistant or document, or do something"
        )
        assistants = page.get_by_role("group", name="Assistants").get_by_role("option")

        page.keyboard.press("Control+k")
        palette.fill("counsel")
        expect(page.get_by_text("Nothing is called that.")).to_be_visible()
        palette.fill("pilot")
        expect(assistants).to_have_count(1)
        expect(assistants).to_contain_text("Knows the harbour.")
        picture(page, "palette")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Assistant: Pilot")).to_be_visible()
        expect(page.get_by_placeholder("Ask about your documents")).to_be_focused()
        expect(page.get_by_role("button", name="Who is on duty?")).to_be_visible()
        assert page.url != conversation

        page.get_by_placeholder("Ask about your documents").fill("kept")
        page.keyboard.press("Control+k")
        palette.fill("colloquy")
        expect(assistants).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Assistant: Colloquy")).to_be_visible()
        expect(page.get_by_placeholder("Ask about your documents")).to_have_value("kept")

    walk(script)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pickers_fit_a_phone(documents, pilot, make_assistant, bob, browser_of, walk, theme) -> None:
    make_assistant("Clerk of the forms and papers of all kinds", icon="book", standard=True)
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        page.emulate_media(color_scheme=theme)
        at.be(client)
        at.open("/chat/")
        assert at.fits()
        for name, button in (("assistant", "Assistant: Clerk"), ("search-in", "All documents")):
            page.get_by_role("button", name=button).click()
            panel = page.locator(f"#{name}-panel")
            expect(panel).to_be_visible()
            expect(page.locator("#search-in-list").get_by_role("checkbox")).to_have_count(
                2
            ) if name == "search-in" else None
            box = panel.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            assert box["y"] >= 0
            picture(page, f"phone-{theme}-{name}")
            page.keyboard.press("Escape")
            expect(panel).to_be_hidden()
        assert at.fits()

    walk(script, 360)


def test_an_admin_tries_the_unsaved_form_out_and_stops_it(
    documents, pilot, alice, browser_of, walk, installation, settings
) -> None:
    from benchmarks.upstream.script import Script

    client = browser_of(alice)

    def script(at: Walk) -> None:
        page = at.page
        page.set_viewport_size({"width": 1600, "height": 1000})
        at.be(client)
        at.open(f"/admin/assistants/assistant/{pilot.pk}/change/")
        page.get_by_label("Instructions").fill("Unsaved words.")
        pane = page.get_by_role("region", name="Try it out")
        pane.get_by_label("Question").fill("How long is parental leave?")
        pane.get_by_role("button", name="Ask").press("Enter")
        expect(pane.locator("#try-out-sources li").first).to_contain_text("Parental leave")
        expect(pane.locator("button.cite").first).to_be_visible()
        assert "Unsaved words." in installation.chats[-1].body["messages"][0]["content"]
        pane.locator("button.cite").first.click()
        expect(pane.locator("#try-out-sources li").first).to_be_focused()
        picture(page, "try-out")
        page.evaluate("document.documentElement.classList.add('dark')")
        picture(page, "try-out-dark")

        installation.enqueue(Script(tokens=2000, rate=20))
        pane.get_by_label("Question").fill("And abroad?")
        page.keyboard.press("Enter")
        expect(pane.get_by_role("status")).to_have_text("Writing…")
        pane.get_by_role("button", name="Stop").press("Enter")
        expect(pane.get_by_role("status")).to_have_text("Stopped.")
        expect(pane.get_by_role("button", name="Ask")).to_be_focused()

        installation.enqueue(Script(status=401))
        page.keyboard.press("Enter")
        expect(pane.get_by_role("alert")).to_contain_text("did not accept our key")
        page.get_by_label("Temperature").fill("9")
        pane.get_by_role("button", name="Ask").press("Enter")
        expect(pane.get_by_role("alert")).to_contain_text(
            "Temperature: Ensure this value is less than or equal to 2"
        )
        at.problems[:] = [said for said in at.problems if "400" not in said]
        page.get_by_label("Temperature").fill("")
        page.get_by_role("button", name="Save and continue").click()
        at.open(f"/admin/assistants/assistant/{pilot.pk}/versions/")
        expect(
            page.get_by_role("group", name="Changed words of version 2").locator("ins").first
        ).to_be_visible()
        picture(page, "versions")
        page.get_by_role("button", name="Go back to version 1").press("Enter")
        expect(page.get_by_role("heading", name="Version 3")).to_be_visible()
        page.set_viewport_size({"width": 360, "height": 780})
        picture(page, "versions-phone")
        assert at.fits()
        at.open(f"/admin/assistants/assistant/{pilot.pk}/change/")
        assert at.fits()
        picture(page, "editor-phone")

    walk(script)
