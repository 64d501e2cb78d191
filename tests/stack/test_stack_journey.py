"""The journey of a new user in a real browser, on PostgreSQL, Redis and Weaviate behind the proxy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.journey.conftest import ask, sign_in
from tests.services import chromium_path
from tests.stack.compose import Stack
from tests.stack.using import make_collection

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

POLICY = "Sauna rules\n\nThe sauna of the Turku office is heated on Thursdays from 17:20 to 20:10.\n"


@pytest.fixture(scope="module")
def pages() -> Iterator[list[Page]]:
    """Two windows of one person's browser. The proxy's certificate is its own here, as it is on localhost."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 800}, ignore_https_errors=True)
        context.set_default_timeout(60_000)
        yield [context.new_page(), context.new_page()]
        browser.close()


def test_from_sign_in_through_upload_to_the_quote_behind_a_claim_in_two_windows(
    stack: Stack, pages, tmp_path
) -> None:
    page, second = pages
    problems: list[str] = []
    for window in pages:
        window.on("pageerror", lambda error: problems.append(str(error)))
    admin = stack.visitor()
    admin.sign_in(*stack.sign_in)
    make_collection(admin, "Turku")
    (tmp_path / "sauna.txt").write_text(POLICY)

    sign_in(page, stack)
    page.goto(f"{stack.address}/admin/ingestion/document/upload/")
    page.select_option("select[name=collection]", label="Turku")
    page.set_input_files("#files", tmp_path / "sauna.txt")
    page.get_by_text("1 of 1 ready").wait_for()

    page.goto(f"{stack.address}/chat/")
    ask(page, "When is the sauna in Turku heated?")
    page.locator("button.cite").first.wait_for()
    second.goto(page.url)  # by whichever web process the proxy chooses
    second.locator("button.cite").first.click()
    second.locator("#source-panel").get_by_text("from 17:20 to 20:10").first.wait_for()
    ask(second, "And until when?")
    page.get_by_text("And until when?").first.wait_for()
    assert problems == []
