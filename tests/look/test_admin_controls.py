"""What opens over the admin's pages: by the keyboard alone, and axe-core finds nothing in it."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.look.admin_pages import in_both_themes
from tests.look.axe import is_wider_than_the_window
from tests.look.conftest import Window
from tests.matrix.scene import Scene

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

DOCUMENTS = "/admin/ingestion/document/"
FOCUSED = "(inside) => document.querySelector(inside).contains(document.activeElement)"


def press(page: Page, name: str, role: str = "button") -> None:
    page.get_by_role(role, name=name, exact=True).press("Enter")


def choose_a_row(page: Page) -> None:
    page.locator(".action-select").first.check()
    page.get_by_label("Select action to run").select_option("reviewed")
    page.get_by_role("button", name="Run").wait_for()


def open_filters(page: Page) -> None:
    press(page, "Filters")
    page.wait_for_function(FOCUSED, arg="#changelist-filter")


def open_filters_of_the_trail(page: Page) -> None:
    open_filters(page)


def open_account(page: Page) -> None:
    page.locator(".cq-account").press("Enter")
    page.get_by_role("navigation", name="Account").wait_for()


def refuse_and_accept_files(page: Page) -> None:
    page.locator("#files").set_input_files(
        [
            {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"A plan."},
            {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""},
        ]
    )
    page.locator(".cq-file .cq-error:not(:empty)").first.wait_for()


def try_out(page: Page) -> None:
    page.locator("#try-out-question").fill("What does the plan say?")
    page.locator("#try-out-ask").click()
    page.locator(".cq-try .prose").first.wait_for()


def test_axe_finds_nothing_in_what_opens(scene: Scene, browse) -> None:
    assistant = f"/admin/assistants/assistant/{scene.ids['assistant']}/change/"
    opened = {
        choose_a_row: DOCUMENTS,
        open_filters: DOCUMENTS,
        open_filters_of_the_trail: "/admin/tenants/auditevent/",
        open_account: DOCUMENTS,
        refuse_and_accept_files: f"{DOCUMENTS}upload/",
        try_out: assistant,
    }

    def script(at: Window) -> dict[str, list[str]]:
        page = at.page
        found = {}
        for steps, path in opened.items():
            page.goto(at.address + path)
            steps(page)
            if said := in_both_themes(page):
                found[steps.__name__] = said
        return found

    found = browse(script, scene.cookies["admin"])
    assert not found, json.dumps(found, indent=1)


def test_the_keyboard_opens_and_closes_what_lies_over_a_page(scene: Scene, browse) -> None:
    def script(at: Window) -> None:
        page = at.page
        page.goto(at.address + DOCUMENTS)
        open_filters(page)
        page.keyboard.press("Escape")
        page.locator("#changelist-filter").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.textContent").strip().startswith("Filters")
        open_account(page)
        press(page, "Dark")
        assert page.evaluate("document.documentElement.classList.contains('dark')")
        page.keyboard.press("Escape")
        page.get_by_role("navigation", name="Account").wait_for(state="hidden")
        assert page.evaluate(FOCUSED, ".cq-account")

    browse(script, scene.cookies["admin"])


def test_on_a_phone_the_menu_opens_by_the_keyboard_and_fits(scene: Scene, browse) -> None:
    def script(at: Window) -> list[str]:
        page = at.page
        page.goto(at.address + DOCUMENTS)
        press(page, "Menu")
        page.wait_for_function(FOCUSED, arg="#nav-sidebar")
        said = in_both_themes(page) + ["wide"] * is_wider_than_the_window(page)
        press(page, "Close the menu")
        page.locator("#nav-sidebar").wait_for(state="hidden")
        return said

    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}
    assert not browse(script, scene.cookies["admin"], **phone)
