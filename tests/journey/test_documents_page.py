"""The documents page in a real browser: a folder goes in, its documents are watched, stopped, retried, found, deleted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from ingestion import pipeline
from ingestion.models import Document, DocumentVersion, Status
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.services import chromium_path

pytestmark = pytest.mark.journey

HOSTILE = "<img src=x onerror=window.hurt=1>.txt"
DROP = """async (names) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([`The text of ${name}.`], name, {type: "text/plain"}));
  for (const type of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: transfer}));
}"""


@pytest.fixture
def aside(acme) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Runs a function of the database in a thread of its own, since the browser's loop holds the test's."""
    with ThreadPoolExecutor(1) as pool:

        def run(work: Callable[[], Any]) -> Any:
            def scoped() -> Any:
                with tenant_scope(acme.id):
                    return work()

            return pool.submit(scoped).result()

        yield run
        pool.submit(lambda: connection.close()).result()


@pytest.fixture
def in_mias_browser(installation, web, manager, handbook) -> Callable[..., None]:
    """Walks a script through Mia's browser on the page, in a thread of its own for the same reason."""
    client = Client()
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": f"http://{web}"}

    def run(script: Callable[[Page], None], width: int, height: int) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": width, "height": height})
            context.add_cookies([cookie])
            page = context.new_page()
            page.set_default_timeout(60_000)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(f"http://{web}/documents/")
            page.wait_for_selector("html[data-ready=true]")
            script(page)
            assert problems == []
            browser.close()

    def walk(script: Callable[[Page], None], width: int = 1280, height: int = 800) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run, script, width, height).result()

    return walk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "Plans" / "2026"
    inside.mkdir(parents=True)
    (inside / "budget.txt").write_text("The budget of 2026 is 40,000 euros.")
    (inside / HOSTILE).write_text("Nothing in here runs.")
    (inside.parent / "empty.txt").write_text("")
    (inside.parent / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing that a reader could read")
    (inside.parent / ".DS_Store").write_text("x")
    return inside.parent


def row(page, title: str):
    return page.locator(".doc", has=page.get_by_role("link", name=title, exact=True))


def read_all() -> None:
    for pk in list(DocumentVersion.objects.filter(status=Status.QUEUED).values_list("pk", flat=True)):
        pipeline.ingest(pk)


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "360"])
def test_a_folder_is_uploaded_watched_and_tended(in_mias_browser, folder, aside, size) -> None:
    in_mias_browser(lambda page: upload_watch_and_tend(page, folder, aside), *size)


def upload_watch_and_tend(page: Page, folder: Path, aside) -> None:
    page.get_by_text("No documents yet: drop files here").wait_for()
    page.set_input_files("#folder", folder)
    page.get_by_role("heading", name="Upload 4 files").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Upload").click()
    page.get_by_text("3 of 4 sent, 1 refused, 1 system file left out").wait_for()
    page.get_by_text("This file is empty (0 bytes).").wait_for()
    page.locator("#upload-close").click()
    row(page, "budget").get_by_text("Waiting").wait_for()
    names = aside(lambda: set(Document.objects.values_list("name", flat=True)))
    assert names == {"Plans/2026/budget.txt", f"Plans/2026/{HOSTILE}", "Plans/broken.pdf"}

    row(page, "budget").get_by_role("button", name="Options").click()
    page.get_by_role("menuitem", name="Stop reading").click()
    row(page, "budget").get_by_text("Canceled").wait_for()
    aside(read_all)
    row(page, HOSTILE[:-4]).get_by_text("Ready").wait_for()
    row(page, "broken").locator(".doc-error").filter(has_text=".").wait_for()
    assert page.evaluate("window.hurt") is None

    row(page, "budget").get_by_role("button", name="Options").click()
    page.get_by_role("menuitem", name="Retry").click()
    row(page, "budget").get_by_text("Waiting").wait_for()
    aside(read_all)
    row(page, "budget").get_by_text("Ready").wait_for()

    row(page, "budget").get_by_role("link").click()
    panel = page.locator("#document-panel")
    panel.get_by_text("Extracted text").click()
    panel.get_by_text("40,000 euros").wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "budget"

    page.locator("#states").get_by_role("link", name="Failed").click()
    row(page, "budget").wait_for(state="detached")
    assert page.url.endswith("?state=failed")
    row(page, "broken").wait_for()
    page.go_back()
    row(page, "budget").wait_for()

    row(page, "budget").get_by_role("link").focus()
    page.keyboard.press("Delete")
    row(page, "budget").wait_for(state="detached")
    page.get_by_role("button", name="Undo").click()
    row(page, "budget").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_dropped_files_are_sent_once_and_again_after_a_loss(in_mias_browser, aside) -> None:
    in_mias_browser(lambda page: drop_and_lose(page, aside))


def drop_and_lose(page: Page, aside) -> None:
    lost: list[str] = []

    def lose_first(route) -> None:
        if len(lost) < 2:
            lost.append(route.request.url)
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/documents/api/upload", lose_first)
    page.evaluate(DROP, [f"{n}.txt" for n in range(8)])
    page.get_by_role("heading", name="Upload 8 files").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("8 of 8 sent").wait_for()
    assert len(lost) == 2
    assert aside(lambda: DocumentVersion.objects.count()) == 8
    page.evaluate(DROP, ["0.txt"])
    page.get_by_role("dialog").get_by_role("button", name="Upload").click()
    page.get_by_text("1 of 1 sent, 1 there already").wait_for()


def test_several_are_selected_and_changed_by_keyboard_alone(
    in_mias_browser, handbook, aside, add_document
) -> None:
    for n in range(4):
        add_document(handbook, f"Note {n}", status="failed", error="It is broken.")
    in_mias_browser(lambda page: select_and_retry(page, aside))


def select_and_retry(page: Page, aside) -> None:
    row(page, "Note 3").get_by_role("link").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_text("3 selected").wait_for()
    page.get_by_role("region", name="Selected documents").get_by_role("button", name="Retry").press("Enter")
    page.get_by_text("3 documents are being read again.").first.wait_for()
    failed = aside(
        lambda: list(
            DocumentVersion.objects.filter(status="failed").values_list("document__title", flat=True)
        )
    )
    assert failed == ["Note 0"]
