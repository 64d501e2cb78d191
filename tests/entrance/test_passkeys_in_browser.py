"""Passkeys in a real browser with its virtual authenticator, and every page about one's account under our policy."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from tests.conftest import PASSWORD
from tests.entrance.conftest import SAFARI, try_to_sign_in
from tests.services import chromium_path

pytestmark = pytest.mark.journey

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
SECOND = "/accounts/2fa/"


class Walk:
    """A browser at the sign-in pages, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        devices = page.context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        self.devices, self.device = (
            devices,
            devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR}),
        )

    def be(self, client: Client) -> None:
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.address}
        self.page.context.add_cookies([cookie])

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture
def walk(installation, web) -> Callable[..., None]:
    """Runs a script in a browser, in a thread of its own, since the browser's loop holds the test's."""

    def run(script: Callable[[Walk], None], width: int) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": width, "height": 780})
            page = context.new_page()
            page.set_default_timeout(30_000)
            walk = Walk(page, f"http://localhost:{web.split(':')[1]}")
            script(walk)
            assert walk.problems == []
            browser.close()

    def go(script: Callable[[Walk], None], width: int = 1280) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run, script, width).result()

    return go


def add_passkey(walk: Walk) -> None:
    walk.open(SECOND)
    walk.page.get_by_role("link", name="Add a passkey").click()
    walk.page.get_by_label("Your password").fill(PASSWORD)
    walk.page.get_by_role("button", name="Go on").click()
    walk.page.get_by_label("A name for it").fill("My laptop")
    walk.page.get_by_role("button", name="Add").click()
    walk.page.get_by_role("heading", name="Recovery codes").wait_for()


def test_a_passkey_signs_in_its_owner_and_nobody_else(bob, alice, walk, sign_in) -> None:
    bobs, alices = sign_in(bob), sign_in(alice)

    def half_way() -> Client:
        client = Client(headers={"user-agent": SAFARI})
        assert try_to_sign_in(client, bob.email).url.startswith(f"{SECOND}authenticate/")
        return client

    def use_passkey(w: Walk) -> None:
        with ThreadPoolExecutor(1) as pool:
            w.be(pool.submit(half_way).result())
        w.open("/chat/")
        assert w.page.url.endswith(f"{SECOND}authenticate/")
        w.page.get_by_role("button", name="Use a passkey").click()

    def script(w: Walk) -> None:
        w.be(bobs)
        add_passkey(w)
        assert w.page.locator(".codes li").count() == 10
        use_passkey(w)
        w.page.wait_for_url("**/chat/")
        w.devices.send("WebAuthn.clearCredentials", w.device)
        w.be(alices)
        add_passkey(w)
        use_passkey(w)
        w.page.get_by_text("The browser could not use a passkey").wait_for()
        w.open("/chat/")
        assert w.page.url.endswith(f"{SECOND}authenticate/")

    walk(script)


PAGES = [
    SECOND, f"{SECOND}totp/activate/", f"{SECOND}webauthn/", f"{SECOND}webauthn/add/", f"{SECOND}recovery-codes/",
    f"{SECOND}recovery-codes/generate/", "/accounts/sessions/", "/accounts/reauthenticate/",
    f"{SECOND}reauthenticate/", f"{SECOND}webauthn/reauthenticate/",
]  # fmt: skip


def test_every_page_fits_a_phone_and_breaks_no_rule_of_the_browser(bob, walk, sign_in) -> None:
    client = sign_in(bob)
    sign_in(bob, agent=SAFARI)

    def script(w: Walk) -> None:
        w.be(client)
        add_passkey(w)
        assert w.fits()
        for path in PAGES:
            w.open(path)
            assert w.page.locator("h1").count() == 1, path
            assert w.fits(), path
        w.open(f"{SECOND}webauthn/")
        for name in ("Rename", "Remove"):
            w.page.get_by_role("link", name=name).click()
            assert w.fits()
            w.page.go_back()

    walk(script, 360)
