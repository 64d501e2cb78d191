"""Always there: whatever the network does during an answer, every tab ends with the text that is stored.

`NETWORK_ROUNDS=200 pytest tests/journey/test_network.py` is the nightly length; 5 rounds otherwise. NETWORK_SEED
chooses other moments and faults.
"""

import os
import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect, sync_playwright

from benchmarks.upstream import Script
from chat.models import Message
from tenants.scoping import every_tenant
from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401
from tests.journey.conftest import ask, scripted_model, sign_in, stay_when_asked, wait_for
from tests.network import Fault, Network, network_before
from tests.services import chromium_path

ROUNDS = int(os.environ.get("NETWORK_ROUNDS", "5"))
SEED = int(os.environ.get("NETWORK_SEED", "1"))
pytestmark = [pytest.mark.journey, pytest.mark.timeout(120 + 10 * ROUNDS)]

NEW_CONVERSATION_EVERY = 10
WORDS = "wandern Größe 🙂 naïve 日本語 👩‍👩‍👧 **fett** leave policy `code` Oslo — night".split(" ")
COPIED = """
  window.copied = null;
  const write = async ([item]) => { window.copied = await (await item.getType("text/plain")).text(); };
  Object.defineProperty(navigator, "clipboard", { value: { write } });
"""
COUNT_TWICE = """() => {
  window.twice = 0;
  const thread = document.getElementById("thread");
  const ids = () => [...thread.children].map((each) => each.dataset.message).filter(Boolean);
  const look = () => (window.twice += ids().length - new Set(ids()).size);
  new MutationObserver(look).observe(thread, { childList: true, subtree: true, attributeFilter: ["data-message"] });
}"""
PATIENCE = 25  # looks at the database
AWAKE = "document.dispatchEvent(new Event('visibilitychange'))"
AGAIN = "dispatchEvent(new Event('online'))"


@pytest.fixture
def network(web: str) -> Iterator[Network]:
    with network_before(int(web.split(":")[1])) as network:
        yield network


@pytest.fixture
def in_browser(installation, network, bob, browser_of) -> Callable[[Callable[..., None]], None]:
    """Runs a script with Bob's browser behind the network, in a thread of its own for the browser's loop."""
    client = browser_of(bob)

    def run(script: Callable[[BrowserContext, str], None]) -> None:
        address = f"http://localhost:{network.port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(40_000)
            context.add_init_script(COPIED)
            session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}
            context.add_cookies([session])
            script(context, address)
            browser.close()

    def go(script: Callable[[BrowserContext, str], None]) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run, script).result()

    return go


def in_rows(read: Callable[[], object]) -> object:
    """Out of the browser's loop, where Django lets nobody read."""

    def work() -> object:
        try:
            with every_tenant():
                return read()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def faults(rng: random.Random) -> list[Fault]:
    """One to three, at any moment of an answer."""
    planned = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.choice(["drop", "drop", "refuse", "stall", "half_close", "deaf"])
        lasts = {"refuse": rng.randint(1, 6), "stall": rng.randint(1, 1500)}.get(kind, 0)
        planned.append(Fault(kind, after=rng.randint(0, 1500), lasts=lasts, everywhere=rng.random() < 0.6))
    return planned


def text_of(rng: random.Random, number: int) -> str:
    words = rng.choices(WORDS, k=rng.randint(60, 180))
    paragraphs = [" ".join(words[i : i + 40]) for i in range(0, len(words), 40)]
    return f"Answer {number}.\n\n" + "\n\n".join(paragraphs) + " end."


def open_and_connect(page: Page, address: str) -> None:
    """A new chat whose socket is open: it has been heard on."""
    received: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    page.goto(f"{address}/chat/")
    wait_for(lambda: page.evaluate(AWAKE) and received)


def ended(question: str) -> Message | None:
    """The one answer to the one such question, once it is whole in the database."""
    rows = list(Message.objects.filter(role="answer", question__text=question))
    assert len(rows) < 2, "asked twice"
    assert Message.objects.filter(role="question", text=question).count() < 2, "asked twice"
    return rows[0] if rows and rows[0].status != "streaming" else None


def shown(page: Page, answer: Message) -> str:
    """What the tab gives when the answer is copied, once it shows that it is whole."""
    element = page.locator(f'#thread [data-message="{answer.pk}"][aria-busy=false]')
    element.locator("[data-copy=answer]").click()
    wait_for(lambda: page.evaluate("window.copied !== null"))
    return page.evaluate("(() => { const text = window.copied; window.copied = null; return text; })()")


def test_three_tabs_end_with_the_stored_text_whatever_the_network_does(
    installation, network, in_browser, settings, alice, handbook, upload
) -> None:
    settings.QUESTIONS_PER_MINUTE = 10_000
    upload(alice, handbook)
    rng = random.Random(SEED)
    problems: list[str] = []

    def script(context: BrowserContext, address: str) -> None:
        tabs = [context.new_page() for _ in range(3)]
        for tab in tabs:
            tab.on("pageerror", lambda error: problems.append(str(error)))
        for number in range(ROUNDS):
            if number % NEW_CONVERSATION_EVERY == 0:
                path = begin(tabs[0], address, number)
                for tab in tabs[1:]:
                    tab.goto(address + path)
                    tab.locator("#thread .answer [data-copy=answer]").first.wait_for()
            play(tabs, number)

    def begin(page: Page, address: str, number: int) -> str:
        page.goto(f"{address}/chat/")
        ask(page, f"Beginning {number}")
        page.locator("#thread .answer [data-copy=answer]").first.wait_for()
        return page.evaluate("location.pathname")

    def play(tabs: list[Page], number: int) -> None:
        question, text = f"Question {number}", text_of(rng, number)
        installation.enqueue(Script(text=text, rate=rng.choice([300, 600, 1200])))
        planned = faults(rng)
        network.plan(*planned)
        ask(tabs[number % 3], question)
        answer = wait_for_answer(tabs, question)
        restore(tabs)
        assert (answer.status, answer.text) == ("complete", text), (number, planned)
        for place, tab in enumerate(tabs):
            assert shown(tab, answer) == answer.text, (number, place, planned)

    def restore(tabs: list[Page]) -> None:
        """As a system says when it has a network again."""
        network.calm()
        for tab in tabs:
            tab.evaluate(AGAIN)

    def wait_for_answer(tabs: list[Page], question: str) -> Message:
        for waited in range(1200):
            if (
                waited == PATIENCE
            ):  # the question itself was lost, or its tab waits long before it tries again
                restore(tabs)
            if answer := in_rows(lambda: ended(question)):
                return answer
            tabs[0].wait_for_timeout(25)
        raise AssertionError(f"no answer to {question}: {network.struck[-6:]}")

    in_browser(script)
    assert problems == []
    assert len(network.struck) >= ROUNDS // 2


def test_signing_out_in_one_tab_clears_the_others_at_once(
    installation, network, in_browser, alice, handbook, upload
) -> None:
    upload(alice, handbook)

    def script(context: BrowserContext, address: str) -> None:
        here, there = context.new_page(), context.new_page()
        for tab in (here, there):
            tab.goto(f"{address}/chat/")
        ask(there, "How long is parental leave?")
        there.locator("#thread .answer [data-copy=answer]").first.wait_for()
        there.get_by_placeholder("Ask about your documents").fill("half a secret")
        network.down()  # by the socket it could not come
        here.locator("#sign-out").evaluate("form => form.requestSubmit()")
        plain(there)

    in_browser(script)


def test_the_end_of_the_session_elsewhere_clears_the_tab(
    installation, network, in_browser, bob_elsewhere, alice, handbook, upload
) -> None:
    upload(alice, handbook)

    def script(context: BrowserContext, address: str) -> None:
        page = context.new_page()
        page.goto(f"{address}/chat/")
        ask(page, "How long is parental leave?")
        page.locator("#thread .answer [data-copy=answer]").first.wait_for()
        page.get_by_placeholder("Ask about your documents").fill("half a secret")
        cookies = context.cookies()
        in_rows(lambda: bob_elsewhere(cookies))
        plain(page)
        page.get_by_role("link", name="Sign in").click()
        page.wait_for_url("**/accounts/login/**")

    in_browser(script)


@pytest.fixture
def bob_elsewhere() -> Callable[[list], None]:
    """His session is ended by a request of which this browser hears nothing."""

    def end(cookies: list[dict]) -> None:
        client = Client()
        client.cookies["sessionid"] = next(c["value"] for c in cookies if c["name"] == "sessionid")
        assert client.post("/accounts/logout/").status_code == 302

    return end


def plain(page: Page) -> None:
    """Nothing of the conversation, nothing that was typed, nothing in the storage."""
    expect(page.get_by_role("heading", name="You are signed out")).to_be_focused()
    assert page.locator("#thread, textarea, #chat-data").count() == 0
    assert "parental" not in page.content() and "secret" not in page.content()
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"


def test_a_question_asked_offline_says_so_and_is_asked_once(
    installation, network, in_browser, alice, handbook, upload
) -> None:
    upload(alice, handbook)

    def script(context: BrowserContext, address: str) -> None:
        page = context.new_page()
        open_and_connect(page, address)
        network.down()
        ask(page, "How long is parental leave?")
        expect(page.locator("#banner")).to_contain_text("Your question will be sent.")
        expect(page.locator(".answer-status")).to_have_text(
            "Waiting for a connection. Your question is kept."
        )
        stay_when_asked(page)
        network.calm()
        page.evaluate(AGAIN)
        page.locator("#thread .answer [data-copy=answer]").wait_for()
        expect(page.locator("#banner")).to_be_hidden()
        assert in_rows(lambda: ended("How long is parental leave?"))
        page.on("dialog", lambda dialog: dialog.dismiss())  # else one would be answered with leaving
        with page.expect_event("close"):
            page.close(run_before_unload=True)

    in_browser(script)


def test_a_question_whose_acceptance_is_heard_late_is_drawn_once(
    installation, network, in_browser, alice, handbook, upload
) -> None:
    """It was accepted unheard, and the conversation has been loaded with it before it is accepted again."""
    upload(alice, handbook)
    sockets: list[WebSocketRoute] = []
    late: list[str] = []
    question = "And in Oslo?"

    def between(here: WebSocketRoute) -> None:
        server = here.connect_to_server()
        sockets.append(here)
        here.on_message(server.send)
        server.on_message(lambda text: late.append(text) if is_acceptance(text) else here.send(text))

    def is_acceptance(text: str) -> bool:
        return '"accepted"' in text and question in text

    def script(context: BrowserContext, address: str) -> None:
        page = context.new_page()
        page.route_web_socket(re.compile(r"/ws/chat/$"), between)
        page.goto(f"{address}/chat/")
        ask(page, "How long is parental leave?")
        copies = page.locator("#thread .answer [data-copy=answer]")
        copies.wait_for()
        ask(page, question)
        until(page, lambda: late and in_rows(lambda: ended(question)))
        sockets[-1].close()
        page.evaluate(AGAIN)
        until(page, lambda: len(late) == 2)
        expect(copies).to_have_count(2)
        page.evaluate(COUNT_TWICE)
        sockets[-1].send(late[-1])
        expect(page.locator("#thread > .question .question-text")).to_have_text(
            ["How long is parental leave?", question]
        )
        expect(page.locator("#thread > .answer")).to_have_count(2)
        expect(page.locator("[data-role=stop]")).to_be_hidden()
        assert page.evaluate("twice") == 0

    in_browser(script)


def until(page: Page, condition: Callable[[], object]) -> None:
    """Lets the page go on meanwhile."""
    for _ in range(1200):
        if condition():
            return
        page.wait_for_timeout(25)
    raise AssertionError("this never came true")


@pytest.mark.parametrize("noticed_by", ["the next ping", "waking up"])
def test_a_line_that_died_without_a_word_is_noticed_and_mended(
    installation, network, in_browser, alice, handbook, upload, noticed_by
) -> None:
    """As after a laptop's sleep. The page's clock is the test's."""
    upload(alice, handbook)
    question = "How long is parental leave?"

    def script(context: BrowserContext, address: str) -> None:
        page = context.new_page()
        page.clock.install()
        page.goto(f"{address}/chat/")
        ask(page, question)
        page.locator("#thread .answer [data-copy=answer]").first.wait_for()
        network.hold()
        if noticed_by == "waking up":
            page.evaluate(AWAKE)
        page.clock.run_for(9_000 if noticed_by == "waking up" else 34_000)
        page.clock.run_for(1_000)
        expect(page.locator("#banner")).to_contain_text("Connection lost")
        network.calm()
        page.evaluate(AGAIN)
        expect(page.locator("#banner")).to_be_hidden()
        ask(page, "And in Oslo?")
        expect(page.locator("#thread .answer [data-copy=answer]")).to_have_count(2)

    in_browser(script)


def test_a_server_that_dies_before_it_acknowledges_a_question_is_not_asked_twice(
    make_installation, page, tmp_path
) -> None:
    with scripted_model(tmp_path / "upstream.json") as url:
        real = make_installation(CHAT_URL=url, CHAT_MODEL="scripted:tokens=2000,rate=25", CHAT_KEY="key")
        sign_in(page, real)
        with network_before(real.port) as network:
            open_and_connect(page, f"http://localhost:{network.port}")
            network.hold()
            ask(page, "What is said about leave?")
            asked = "select text from chat_message where role='question'"
            wait_for(lambda: real.rows(asked))
            real.kill("uvicorn")
            network.calm()
            page.get_by_text("interrupted", exact=False).first.wait_for()
            assert real.rows(asked) == [("What is said about leave?",)]
            expect(page.locator("#thread .question")).to_have_count(1)
