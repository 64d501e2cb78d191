"""What opens over the screens of employees, found without words, so that it can be opened in every language."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.look.screens import (
    open_account_menu,
    open_drawer,
    wait_for_answer,
    wait_for_documents,
)

BROKEN = {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b""}
OFFER = {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"An offer of 55,000 euros."}


@dataclass(frozen=True)
class Overlay:
    steps: Callable[[Page], object]
    path: str = "{conversation}"
    who: str = "bob"

    @property
    def name(self) -> str:
        return self.steps.__name__


def press_command(page: Page, name: str) -> None:
    open_account_menu(page)
    page.locator(f"#user-menu [data-command={name}]").click()
    page.locator("dialog[open]").wait_for()


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("dialog[open] [role=option]").first.wait_for()


def palette_of_all_kinds(page: Page) -> None:
    palette(page)
    page.keyboard.type("p")
    page.locator("dialog[open] [role=group]").nth(3).wait_for()


def palette_without_a_hit(page: Page) -> None:
    palette(page)
    page.keyboard.type("zzqq")
    page.locator("dialog[open] [role=option]").first.wait_for(state="detached")


def sheet_of_shortcuts(page: Page) -> None:
    press_command(page, "keys")


def saved_prompts(page: Page) -> None:
    press_command(page, "prompts")


def prompts_in_the_field(page: Page) -> None:
    page.locator("#question").press_sequentially("/")
    page.locator("#prompt-list [role=option]").first.wait_for()


def row_menu(page: Page) -> None:
    open_drawer(page)
    page.locator(".conversation .icon-button").first.press("Enter")
    page.locator("[role=menu] [role=menuitem]").first.wait_for()


def choose_in_row_menu(page: Page, place: int) -> None:
    row_menu(page)
    page.locator("[role=menuitem]").nth(place).click()


def rename(page: Page) -> None:
    choose_in_row_menu(page, 1)
    page.locator("input.rename").wait_for()


def tags(page: Page) -> None:
    choose_in_row_menu(page, 2)
    page.locator("dialog[open] .tag-entry .icon-button").first.click()
    page.locator("dialog[open] .tag-entry .tag-form").wait_for()


def share(page: Page) -> None:
    choose_in_row_menu(page, 3)
    page.locator("dialog[open]").wait_for()


def toast(page: Page) -> None:
    choose_in_row_menu(page, 7)
    page.locator(".toast-action").wait_for()


def found(page: Page) -> None:
    open_drawer(page)
    page.fill("#search", "leave")
    page.locator(".search-result").first.wait_for()


def feedback(page: Page) -> None:
    wait_for_answer(page)
    page.locator(".rating button").last.click()
    page.locator(".feedback-sheet[open]").wait_for()


def quote_of_a_source(page: Page) -> None:
    wait_for_answer(page)
    page.locator("#question").focus()
    page.keyboard.press("Escape")
    page.locator("button.cite").first.focus()
    page.locator("#citation-popover").wait_for()


def button_at_marked_words(page: Page) -> None:
    wait_for_answer(page)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.prose li, .prose p'))")
    page.locator(".quote-button").wait_for()


def question_in_other_words(page: Page) -> None:
    wait_for_answer(page)
    page.locator("[data-action=edit]").first.click()
    page.locator(".question textarea").wait_for()


def where_to_search(page: Page) -> None:
    page.locator("#search-in-button").click()
    page.locator("#search-in-list input").first.check()


def who_answers(page: Page) -> None:
    page.locator("#assistant-button").click()
    page.locator("[role=menuitemradio]").first.wait_for()


def incognito(page: Page) -> None:
    page.locator("#incognito-button").click()
    page.locator("#incognito-chip").wait_for()


def files(page: Page) -> None:
    page.locator("#attach-files").set_input_files([OFFER, BROKEN])
    page.locator("#composer-files [data-state=refused]").wait_for()


def offline(page: Page) -> None:
    wait_for_answer(page)
    page.context.set_offline(True)
    page.locator("#banner:not([hidden])").wait_for()
    page.context.set_offline(False)


def waiting_questions(page: Page) -> None:
    page.locator("#question").fill("How long is parental leave?")
    page.keyboard.press("Enter")
    page.locator("[data-role=stop]").wait_for()
    for text in ("And for twins?", "And in Oslo?"):
        page.locator("#question").fill(text)
        page.keyboard.press("Enter")
    page.locator(".queued").nth(1).wait_for()


def answers_beside_each_other(page: Page) -> None:
    page.locator("[data-action=compare]").first.click()
    page.locator(".compare .answer").nth(1).wait_for()


def pdf(page: Page) -> None:
    page.locator("button.cite").first.click()
    page.locator("#source-body .pdf-marks > *").first.wait_for()
    # 300 pixels is what it has before it is drawn.
    page.wait_for_function("document.querySelector('#source-body canvas')?.width !== 300")


def picture(page: Page) -> None:
    page.locator("[data-picture]").first.click()
    page.locator("dialog[open] img:not([aria-busy=true])").wait_for()


def differing_sources(page: Page) -> None:
    page.locator(".differs-side").nth(1).wait_for()


def changed_source(page: Page) -> None:
    page.locator(".source-changed").wait_for()


def upload_dialog(page: Page) -> None:
    wait_for_documents(page)
    page.locator("#files").set_input_files([OFFER])
    page.locator("#upload-dialog[open]").wait_for()


def refused_upload(page: Page) -> None:
    upload_dialog(page)
    page.locator("#upload-collection").select_option(index=0)
    page.locator("#upload-confirm").click()
    page.locator("#upload-panel").wait_for()


def chosen_documents(page: Page) -> None:
    wait_for_documents(page)
    page.locator(".doc-check").first.check()
    page.locator("#selection").wait_for()


def document_menu(page: Page) -> None:
    wait_for_documents(page)
    page.locator(".doc [aria-haspopup=menu]").first.click()
    page.locator("[role=menu]").wait_for()


OVERLAYS = [
    *(
        Overlay(steps)
        for steps in (
            palette, palette_of_all_kinds, palette_without_a_hit, sheet_of_shortcuts, saved_prompts, rename, tags, share, found, feedback,
            quote_of_a_source, button_at_marked_words, question_in_other_words, offline,
        )
    ),
    *(
        Overlay(steps, "/chat/")
        for steps in (prompts_in_the_field, where_to_search, who_answers, incognito, files, open_account_menu)
    ),
    Overlay(answers_beside_each_other, "{two_answers}"),
    Overlay(pdf, "{of_a_pdf}"),
    Overlay(picture, "{with_picture}"),
    Overlay(changed_source, "{changed}"),
    Overlay(differing_sources, "{differing}"),
    *(Overlay(steps, "/documents/", "mia") for steps in (upload_dialog, refused_upload, chosen_documents, document_menu)),
    Overlay(toast, "/chat/"),
    Overlay(waiting_questions, "/chat/"),
]  # fmt: skip
