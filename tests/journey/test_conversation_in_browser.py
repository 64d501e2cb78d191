"""What a conversation does for its person beside answering: drafts, titles, questions to go on with, words for those who
listen, and the person's language."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from benchmarks.upstream import Script
from chat.models import Conversation
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401  fixtures
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401  a fixture
from tests.look.axe import is_wider_than_the_window

pytestmark = pytest.mark.journey

QUESTION = "How long is parental leave?"
LISTEN = """() => {
  window.said = [];
  const region = document.getElementById("announcer");
  new MutationObserver(() => region.textContent && said.push(region.textContent)).observe(region, { childList: true });
}"""
READ_OUT = "[aria-live]:not([aria-live=off]), [role=log], [role=status], [role=alert]"


@pytest.fixture
def policy(installation, alice, handbook, upload) -> None:
    upload(alice, handbook)


@pytest.fixture
def talks(acme, bob) -> None:
    with tenant_scope(acme.id):
        for title in ("Leave", "Oslo"):
            Conversation.objects.create(user=bob, title=title, updated=datetime(2026, 3, 14, tzinfo=UTC))


@pytest.fixture
def on_a_new_chat(walk, bob, browser_of) -> Callable[[Callable[[Page], None]], None]:
    """Runs a script on Bob's page."""
    client = browser_of(bob)

    def run(script: Callable[[Page], None]) -> None:
        def opened(at: Walk) -> None:
            at.be(client)
            at.open("/chat/")
            script(at.page)

        walk(opened)

    return run


def field(page: Page):
    return page.locator("#question")


def ask(page: Page, text: str) -> None:
    field(page).fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy answer").last).to_be_visible()


def go_to(page: Page, title: str) -> None:
    page.locator("#conversations").get_by_role("link", name=title).click()
    expect(page.locator("#title")).to_have_text(title)


def test_what_is_typed_is_kept_for_each_conversation(talks, on_a_new_chat) -> None:
    def script(page: Page) -> None:
        field(page).fill("something new")
        go_to(page, "Leave")
        expect(field(page)).to_have_value("")
        field(page).fill("about leave")
        go_to(page, "Oslo")
        expect(field(page)).to_have_value("")
        go_to(page, "Leave")
        expect(field(page)).to_have_value("about leave")
        page.reload()
        expect(field(page)).to_have_value("about leave")
        page.locator("#new-chat").click()
        expect(field(page)).to_have_value("something new")

    on_a_new_chat(script)


def test_the_models_title_comes_into_the_list_and_ones_own_replaces_it(
    policy, upstream, settings, on_a_new_chat
) -> None:
    settings.CHAT_TITLES = True
    upstream.enqueue(Script(text="Weeks of leave"), kind="whole")

    def script(page: Page) -> None:
        ask(page, QUESTION)
        expect(page.locator("#title")).to_have_text("Weeks of leave")
        page.get_by_role("button", name="Options for Weeks of leave").press("Enter")
        page.get_by_role("menuitem", name="Rename").press("Enter")
        page.keyboard.type("Time off with <b>children</b>")
        page.keyboard.press("Enter")
        renamed = page.locator("#conversations").get_by_role("link", name="Time off with <b>children</b>")
        expect(renamed).to_be_visible()
        page.reload()
        expect(page.locator("#title")).to_have_text("Time off with <b>children</b>")

    on_a_new_chat(script)


def test_a_question_to_go_on_with_is_asked_by_a_press(policy, upstream, on_a_new_chat) -> None:
    upstream.enqueue(Script(text="Is parental leave paid?\nWhat may a hotel in Oslo cost?"), kind="whole")

    def script(page: Page) -> None:
        ask(page, QUESTION)
        offered = page.get_by_role("group", name="Questions to go on with").last.get_by_role("button")
        expect(offered).to_have_text(["Is parental leave paid?", "What may a hotel in Oslo cost?"])
        offered.last.press("Enter")
        expect(page.locator(".question-text")).to_have_text([QUESTION, "What may a hotel in Oslo cost?"])
        expect(page.get_by_role("button", name="Copy answer")).to_have_count(2)

    on_a_new_chat(script)


def test_who_listens_hears_that_an_answer_begins_and_ends_and_not_each_word(
    policy, upstream, on_a_new_chat
) -> None:
    upstream.enqueue(Script(text="Every parent gets sixteen weeks [1]. " * 20, rate=200))

    def script(page: Page) -> None:
        page.evaluate(LISTEN)
        ask(page, QUESTION)
        page.wait_for_function("said.length === 2")
        assert page.evaluate("said") == ["Answer started", "Answer finished, 1 source"]
        assert page.evaluate(f"document.querySelector('.prose').closest('{READ_OUT}')") is None

    on_a_new_chat(script)


@pytest.mark.parametrize(
    ("language", "direction", "month", "words"),
    [
        ("de", "ltr", "März", "Neuer Chat"),
        ("fr", "ltr", "mars", "Nouvelle discussion"),
        ("ar", "rtl", "مارس", "محادثة جديدة"),
    ],
)
def test_the_interface_speaks_the_language_that_is_chosen_in_the_menu(
    talks, on_a_new_chat, language: str, direction: str, month: str, words: str
) -> None:
    def script(page: Page) -> None:
        expect(page.locator("#conversations")).to_contain_text("March")
        page.locator("#user-button").click()
        page.get_by_label("Language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("html")).to_have_attribute("dir", direction)
        expect(page.locator("#conversations")).to_contain_text(month)
        expect(page.locator("#new-chat")).to_contain_text(words)
        assert not is_wider_than_the_window(page)

    on_a_new_chat(script)
