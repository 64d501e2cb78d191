"""In a real browser: through the real provider into the chat and its collections, and by password."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect, sync_playwright

from ingestion.models import Collection
from tenants.models import Group, Tenant, User
from tenants.scim.models import ScimToken
from tenants.scim.tokens import make_token
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider, ProviderGroup
from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401
from tests.conftest import PASSWORD
from tests.services import chromium_path
from tests.sso.conftest import OidcServer, provider_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
QUESTION = "What is the target of the Oslo team?"


@pytest.fixture
def address(installation, web) -> str:
    return f"http://localhost:{web.rpartition(':')[2]}"


@pytest.fixture
def acme_with_sales(address, oidc: OidcServer, acme, alice, upload) -> None:
    oidc.trusts(provider := provider_of(acme, oidc.issuer), base=address)
    fill_shelves(acme, alice, upload, provider)


def fill_shelves(acme: Tenant, alice: User, upload, provider: IdentityProvider) -> None:
    """A collection for everyone, one for those of Sales and one for the board, led to by the provider's groups."""
    with tenant_scope(acme.id):
        everyone = Collection.objects.create(name="Handbook", everyone=True)
        closed = {}
        for name in ("Sales", "Board"):
            group = Group.objects.create(name=name)
            ProviderGroup.objects.create(provider=provider, value=f"acme-{name.lower()}", group=group)
            closed[name] = Collection.objects.create(name=name)
            closed[name].groups.add(group)
    upload(alice, everyone, "# Hours\n\nThe Oslo team works from nine to five.", "hours.md")
    upload(alice, closed["Sales"], "# Target\n\nThe target of the Oslo team is 41 contracts.", "target.md")
    upload(alice, closed["Board"], "# Plan\n\nThe target of the Oslo team will be doubled.", "doubled.md")


@pytest.fixture
def pages() -> Iterator:
    """Runs a script in a browser of its own, in a thread, since its loop must not be the database's."""

    def run(script, *arguments) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(60_000)
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            script(page, *arguments)
            assert problems == []
            browser.close()

    with ThreadPoolExecutor(1) as pool:
        yield lambda script, *arguments: pool.submit(run, script, *arguments).result()


def sign_in(page: Page, address: str) -> None:
    """With the keyboard alone."""
    page.goto(f"{address}/chat/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("dana@acme.example")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign in").wait_for()
    assert page.title() == "Provider"
    expect(page.get_by_label("Account")).to_be_focused()
    page.keyboard.type("dana")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/chat/")
    page.get_by_placeholder("Ask about your documents").wait_for()


def sources_of_an_answer(page: Page, answer: int = 0) -> set[str]:
    """Titles of all that the answer was made from, cited or not."""
    page.get_by_placeholder("Ask about your documents").fill(QUESTION)
    page.keyboard.press("Enter")
    sources = page.locator(".sources").nth(answer)
    sources.wait_for()
    return {title.lower() for title in sources.locator(".source-title").all_text_contents()}


def sign_out(page: Page) -> None:
    """Here, and then at the provider, which may ask first."""
    page.evaluate("document.getElementById('sign-out').submit()")
    asks = page.get_by_role("button", name="Yes, sign me out")
    page.get_by_role("heading", name="Sign in", exact=True).or_(asks).wait_for()
    if asks.is_visible():
        asks.click()
    page.get_by_role("heading", name="Sign in", exact=True).wait_for()


def test_groups_of_the_provider_open_collections_and_close_them_again(
    address, acme_with_sales, oidc: OidcServer, pages
) -> None:
    oidc.knows("dana", groups=["acme-sales"])
    pages(in_sales_and_out_again, address, oidc)


def in_sales_and_out_again(page: Page, address: str, oidc: Any) -> None:
    sign_in(page, address)
    assert sources_of_an_answer(page) == {"hours", "target"}
    conversation = page.url
    sign_out(page)
    oidc.knows("dana", groups=[])
    sign_in(page, address)
    assert sources_of_an_answer(page) == {"hours"}
    page.goto(conversation)
    page.get_by_text("No longer available to you").first.wait_for(state="attached")
    assert "41 contracts" not in page.locator(".sources").inner_html()


def test_a_group_that_scim_empties_closes_its_collection_in_a_page_that_is_open(
    address, acme, alice, bob, upload, oidc: OidcServer, pages
) -> None:
    """By the next question, without a reload or a sign-in."""
    fill_shelves(acme, alice, upload, provider_of(acme, oidc.issuer))
    with tenant_scope(acme.id):
        token = make_token(ScimToken(name="Provider"), actor=alice.pk)
    scim = requests.Session()
    scim.headers["Authorization"] = f"Bearer {token}"
    base = f"{address}/scim/v2"
    named = {"filter": f'userName eq "{bob.email}"'}
    person = scim.get(f"{base}/Users", params=named, timeout=20).json()["Resources"][0]["id"]
    group = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Field sales",
        "members": [{"value": person}],
    }
    made = scim.post(f"{base}/Groups", json=group, timeout=20).json()["id"]
    with tenant_scope(acme.id):
        Collection.objects.get(name="Sales").groups.add(Group.objects.get(name="Field sales"))

    def leave_the_group() -> None:
        gone = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "remove", "path": f'members[value eq "{person}"]'}],
        }
        scim.patch(f"{base}/Groups/{made}", json=gone, timeout=20).raise_for_status()

    pages(ask_before_and_after, address, bob.email, leave_the_group)


def ask_before_and_after(page: Page, address: str, email: str, between: Callable[[], None]) -> None:
    fill_both_and_enter(page, address, email)
    assert sources_of_an_answer(page) == {"hours", "target"}
    between()
    assert sources_of_an_answer(page, answer=1) == {"hours"}


def test_what_a_password_manager_fills_in_at_once_signs_in_at_once(address, bob, pages) -> None:
    pages(fill_both_and_enter, address, bob.email)


def fill_both_and_enter(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/chat/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/chat/")


def test_the_keyboard_leads_through_both_steps(address, bob, pages) -> None:
    pages(type_address_then_password, address, bob.email)


def type_address_then_password(page: Page, address: str, email: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{address}/accounts/login/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Continue"
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/chat/")
