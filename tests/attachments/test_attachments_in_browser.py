"""Files in a conversation, as a person puts them there: chosen, dropped, pasted."""

import base64
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from chat.attachments.models import Attachment
from ingestion import pipeline
from ingestion.models import DocumentVersion, Status
from tenants.scoping import every_tenant, tenant_scope
from tests.attachments.conftest import SECRET
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401
from tests.ingestion.pictures import drawn, saved

pytestmark = pytest.mark.journey

OFFER = re.compile(r"Source \d: severance-offer")
PICTURE = saved(drawn("Lunch is at noon"), "PNG")

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "text/plain" }));
  for (const type of ["dragenter", "dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""
HOLD_OVER = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.txt"));
  document.body.dispatchEvent(new DragEvent("dragenter", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
PASTE = """(field, [name, type, content]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  data.items.add(new File([bytes], name, { type }));
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def work(acme) -> Callable[[], None]:
    """What a worker does with all that waits, out of the browser's loop."""

    def ingest() -> None:
        try:
            with tenant_scope(acme.id):
                waiting = DocumentVersion.objects.filter(status=Status.QUEUED)
                for pk in list(waiting.values_list("pk", flat=True)):
                    pipeline.ingest(pk)
        finally:
            connection.close()

    def go() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(ingest).result()

    return go


def chips(page: Page):
    return page.locator("#composer-files .file-chip")


def picture(page: Page, name: str) -> None:
    """For whoever wants to look: SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_files_are_chosen_dropped_and_pasted_removed_and_answered_from(
    installation, walk, bob, browser_of, work, tmp_path
) -> None:
    client = browser_of(bob)
    offer = tmp_path / "severance-offer.txt"
    offer.write_text(SECRET)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        # The browser must know before the page is there that it is to tell of choosers: it takes notice of it late.
        page.on("filechooser", lambda chooser: None)
        at.open("/chat/")
        page.get_by_role("button", name="Add files").focus()
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(offer)
        expect(chips(page)).to_have_count(1)
        expect(chips(page).first).to_contain_text("severance-offer.txt")
        page.evaluate(HOLD_OVER)
        expect(page.get_by_text("Drop files to ask about them")).to_be_visible()
        picture(page, "attachments-drop")
        page.evaluate(DROP, ["broken.pdf", "%PDF-1.7 nothing"])
        expect(page.get_by_text("Drop files to ask about them")).to_be_hidden()
        field = page.get_by_placeholder("Ask about your documents")
        field.evaluate(PASTE, ["image.png", "image/png", base64.b64encode(PICTURE).decode()])
        expect(chips(page)).to_have_count(3)
        expect(chips(page).nth(2)).to_contain_text("image.png")
        picture(page, "attachments-reading")
        expect(page.locator("#composer-files [data-state=sending]")).to_have_count(0)
        work()
        expect(chips(page).first).to_contain_text("Ready")
        expect(chips(page).nth(1)).to_have_attribute("data-state", "failed")
        expect(page.get_by_role("button", name="Try broken.pdf again")).to_be_visible()
        picture(page, "attachments-ready")
        page.reload()
        expect(chips(page)).to_have_count(3)
        page.get_by_role("button", name="Remove broken.pdf").press("Enter")
        expect(chips(page)).to_have_count(2)
        expect(field).to_be_focused()

        field.fill("What is the severance?")
        page.keyboard.press("Enter")
        expect(page.locator("#composer-files")).to_be_hidden()
        expect(page.locator(".question .file-chip")).to_have_count(2)
        page.get_by_role("button", name=OFFER).first.press("Enter")
        expect(page.locator("#source-panel mark")).to_contain_text("55,000 euros")
        page.keyboard.press("Escape")
        picture(page, "attachments-answered")
        page.reload()
        expect(page.get_by_role("link", name="severance-offer.txt")).to_be_visible()

    walk(script)


def test_a_question_waits_visibly_until_its_file_is_read(installation, walk, bob, browser_of, work) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page = at.page
        at.be(client)
        at.open("/chat/")
        page.evaluate(DROP, ["severance-offer.txt", SECRET])
        expect(chips(page).first).to_contain_text("Waiting")
        page.get_by_placeholder("Ask about your documents").fill("What is the severance?")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".answer-status")).to_have_text("Reading your files…")
        expect(page.locator(".question .file-state")).to_have_text("Waiting")
        assert at.fits()
        picture(page, "attachments-waiting-360")
        work()
        page.get_by_role("button", name=OFFER).first.wait_for()
        expect(page.locator(".question .file-state")).to_have_count(0)
        assert at.fits()
        picture(page, "attachments-answered-360")

    walk(script, 360)


def test_what_is_too_large_is_refused_in_words_before_it_is_sent(
    installation, walk, bob, browser_of, settings
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    client = browser_of(bob)

    def script(at: Walk) -> None:
        at.be(client)
        at.open("/chat/")
        at.page.evaluate(DROP, ["novel.txt", "x" * (1024 * 1024 + 1)])
        expect(chips(at.page)).to_contain_text("This file is larger than 1 MB.")
        at.page.get_by_role("button", name="Remove novel.txt").click()
        expect(at.page.locator("#composer-files")).to_be_hidden()

    walk(script)
    with every_tenant():
        assert not Attachment.objects.exists()


def test_a_question_sent_too_early_goes_when_its_file_has_arrived(
    installation, walk, bob, browser_of, work
) -> None:
    client = browser_of(bob)

    def script(at: Walk) -> None:
        page, held = at.page, []
        at.be(client)
        at.open("/chat/")
        page.route("**/api/attachments/add", lambda route: held.append(route))
        page.evaluate(DROP, ["severance-offer.txt", SECRET])
        page.get_by_placeholder("Ask about your documents").fill("What is the severance?")
        page.keyboard.press("Enter")
        expect(page.get_by_text("It will be sent when your files have arrived.")).to_be_visible()
        assert page.locator(".question").count() == 0
        held[0].continue_()
        expect(page.locator(".question .file-chip")).to_have_count(1)
        expect(page.get_by_text("It will be sent when your files have arrived.")).to_be_hidden()
        work()
        page.get_by_role("button", name=OFFER).first.wait_for()

    walk(script)
