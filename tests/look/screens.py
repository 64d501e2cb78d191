"""Every screen that people and admins meet: who sees it, where, and what to do until it is there."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.look.conftest import Visit

Steps = Callable[[Page], object]


@dataclass(frozen=True)
class Screen:
    name: str
    who: str | None
    path: str  # with {conversation} and the like from the House
    steps: Steps = lambda page: None
    admin: bool = False

    def show(self, visit: Visit) -> None:
        visit.be(self.who)
        house = visit.house
        visit.open(
            self.path.format(
                conversation=house.conversation,
                shared=house.shared,
                invitation=house.invitation,
                document=house.document,
            )
        )
        self.steps(visit.page)


def ask_for_password(page: Page) -> None:
    page.fill("input[name=login]", "bob@acme.example")
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("Password", exact=True).wait_for()


def open_drawer(page: Page) -> None:
    if page.locator("#sidebar-open").is_visible():
        page.locator("#sidebar-open").click()


def open_account_menu(page: Page) -> None:
    open_drawer(page)
    page.locator("#user-button").click()


def open_source(page: Page) -> None:
    page.locator("button.cite").first.click()
    page.locator("#source-panel mark").first.wait_for()


def open_row_menu(page: Page) -> None:
    open_drawer(page)
    page.get_by_role("button", name="Options for Parental leave for twins").click()


def open_share_dialog(page: Page) -> None:
    open_row_menu(page)
    page.get_by_role("menuitem", name="Share").click()
    page.get_by_role("dialog").wait_for()


def search(page: Page) -> None:
    open_drawer(page)
    page.fill("#search", "leave")
    page.locator(".search-result").first.wait_for()


def wait_for_answer(page: Page) -> None:
    page.locator("button.cite").first.wait_for()


def wait_for_documents(page: Page) -> None:
    page.locator(".doc").first.wait_for()


def open_document(page: Page) -> None:
    page.locator("#document-panel .facts").wait_for()


def pass_the_check(page: Page) -> None:
    if page.get_by_label("Your password").is_visible():
        page.get_by_label("Your password").fill("correct horse battery")
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("Your password").wait_for(state="detached")


SCREENS = [
    Screen("sign-in", None, "/accounts/login/"),
    Screen("sign-in-password", None, "/accounts/login/", ask_for_password),
    Screen("forgot-password", None, "/accounts/password/reset/"),
    Screen("link-sent", None, "/accounts/password/reset/done/"),
    Screen("invitation", None, "{invitation}"),
    Screen("offline", None, "/offline/"),
    Screen("chat-empty", "bob", "/chat/"),
    Screen("chat", "bob", "{conversation}", wait_for_answer),
    Screen("chat-source", "bob", "{conversation}", open_source),
    Screen("chat-account-menu", "bob", "/chat/", open_account_menu),
    Screen("chat-row-menu", "bob", "{conversation}", open_row_menu),
    Screen("chat-share", "bob", "{conversation}", open_share_dialog),
    Screen("chat-search", "bob", "/chat/", search),
    Screen("shared", "mia", "{shared}", wait_for_answer),
    Screen("shared-links", "bob", "/shared/"),
    Screen("print", "bob", "{conversation}print/", wait_for_answer),
    Screen("sessions", "bob", "/accounts/sessions/"),
    Screen("second-factor", "bob", "/accounts/2fa/"),
    Screen("authenticator-app", "bob", "/accounts/2fa/totp/activate/", pass_the_check),
    Screen("passkey", "bob", "/accounts/2fa/webauthn/add/", pass_the_check),
    Screen("own-data", "bob", "/accounts/data/"),
    Screen("sign-out", "bob", "/accounts/logout/"),
    Screen("not-found", "bob", "/nowhere/"),
    Screen("not-allowed", "bob", "/documents/"),
    Screen("documents", "mia", "/documents/", wait_for_documents),
    Screen("document", "mia", "/documents/?document={document}", open_document),
    Screen("admin", "alice", "/admin/", admin=True),
    Screen("admin-documents", "alice", "/admin/ingestion/document/", admin=True),
    Screen("admin-collection", "alice", "/admin/ingestion/collection/add/", admin=True),
    Screen("admin-members", "alice", "/admin/tenants/membership/", admin=True),
    Screen("admin-branding", "alice", "/admin/branding/branding/", admin=True),
    Screen("admin-sign-in-rules", "alice", "/admin/entrance/signinpolicy/", admin=True),
    Screen("admin-models", "alice", "/admin/assistant/modelendpoint/add/", admin=True),
    Screen("admin-audit", "alice", "/admin/tenants/auditevent/", admin=True),
]
