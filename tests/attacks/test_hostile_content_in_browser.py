"""Names, titles, files and answers full of markup are shown as they are, wherever they stand, and do nothing."""

import re

import pytest
from playwright.sync_api import Dialog, Request, expect

from chat.models import AnswerPassage
from ingestion.models import Collection, ExtractedText
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.entrance.test_passkeys_in_browser import Walk, walk  # noqa: F401
from tests.sharing.conftest import share, talk  # noqa: F401

pytestmark = pytest.mark.journey

MARKUP = "\"><img src=//evil.example/b onerror=harmed=1><script>harmed=1</script>'</title></script><svg onload=harmed=1>"
TURNED = "invoice\u202egpj.exe"
TEXT = (
    f"{MARKUP}\n\n<meta http-equiv=refresh content='0;url=//evil.example'>\n\n<style>*{{display:none}}</style>\n\n"
    "![b](https://evil.example/beacon.png) [x](javascript:harmed=1) [y](data:text/html,x) {{7*7}} ${harmed=1}\n\n"
)


@pytest.fixture
def poisoned(installation, acme, bob, handbook, add_document, talk, share):
    """An organisation in which everything that somebody can write is hostile."""
    acme.name = MARKUP[:100]
    acme.save(update_fields=["name"])
    bob.name = MARKUP[:100]
    bob.save(update_fields=["name"])
    with tenant_scope(acme.id):
        Collection.objects.filter(pk=handbook.pk).update(name=MARKUP[:90])
        document = add_document(handbook, f"{TURNED} {MARKUP}"[:200], sha256="0" * 64)
        type(document).objects.filter(pk=document.pk).update(
            tags=[MARKUP[:40]], name=f"{MARKUP[:90]}/{MARKUP[:90]}.txt"
        )
        ExtractedText.objects.create(version=document.current_version, text=TEXT)
    row = talk((TEXT, f"{TEXT} [1]", [document]), title=MARKUP)
    with tenant_scope(acme.id):
        AnswerPassage.objects.update(heading=[MARKUP, TURNED])
    return row, share(row)


def watch(at: Walk) -> list[str]:
    """Everything that would tell a stranger, ask the person or leave the page."""
    seen: list[str] = []

    def request(asked: Request) -> None:
        if not asked.url.startswith((at.address, "data:", "blob:")):
            seen.append(asked.url)

    def dialog(shown: Dialog) -> None:
        seen.append(shown.message)
        shown.dismiss()

    at.page.on("request", request)
    at.page.on("dialog", dialog)
    return seen


def harmless(at: Walk, path: str) -> None:
    at.open(path)
    at.page.wait_for_load_state("networkidle")
    assert at.page.url.startswith(at.address + path.split("?")[0])
    assert at.page.evaluate("() => window.harmed") is None
    assert (
        at.page.locator(
            "img[src*=evil], [onerror], [onload], style, a[href^='javascript:'], a[href^='data:']"
        ).count()
        == 0
    )


def test_hostile_words_do_nothing_on_any_page_of_an_employee(poisoned, walk, bob, browser_of) -> None:
    conversation, shared = poisoned
    client = browser_of(bob)

    def script(at: Walk) -> None:
        seen = watch(at)
        at.be(client)
        page = at.page
        for path in ("/chat/", "/shared/", f"/shared/{shared.key}/", "/accounts/sessions/", "/accounts/2fa/"):
            harmless(at, path)
        harmless(at, f"/chat/{conversation.pk}/")
        assert page.text_content("#title") == MARKUP
        page.locator("button.cite").first.hover()
        page.locator("#citation-popover").wait_for(state="visible")
        page.locator("button.cite").first.click()
        expect(page.locator("#source-panel mark").first).to_be_visible()
        assert page.evaluate("() => window.harmed") is None
        # A title that turns text around is held in a box of its own.
        assert page.evaluate("() => document.getElementById('source-title').localName") == "bdi"
        links = page.locator(".prose a[href]").evaluate_all(
            "all => all.map((link) => link.getAttribute('href'))"
        )
        assert set(links) == {
            "https://evil.example/beacon.png"
        }  # the picture, which somebody would have to ask for
        assert seen == []

    walk(script)


def test_hostile_words_do_nothing_on_the_pages_of_those_who_tend_documents(
    poisoned, walk, manager, browser_of
) -> None:
    client = browser_of(manager)

    def script(at: Walk) -> None:
        seen = watch(at)
        at.be(client)
        harmless(at, "/documents/")
        at.page.get_by_text("gpj.exe").first.wait_for()
        assert at.page.evaluate("() => window.harmed") is None
        assert seen == []

    walk(script)


KILOBYTES = 150


def test_scripts_before_the_first_question_weigh_little(installation, walk, bob, browser_of) -> None:
    """All that a new chat loads, as the server sends it."""
    client = browser_of(bob)

    def script(at: Walk) -> None:
        at.be(client)
        at.open("/chat/")
        at.page.wait_for_load_state("networkidle")
        loaded = at.page.evaluate(
            """() => performance.getEntriesByType("resource")
              .filter((entry) => new URL(entry.name).pathname.endsWith(".js"))
              .map((entry) => [new URL(entry.name).pathname, entry.encodedBodySize, entry.decodedBodySize])"""
        )
        names = [name for name, _, _ in loaded]
        assert [name for name in names if re.fullmatch(r"/static/(js/chat|built/chat-\w+)\.js", name)]
        assert not [name for name in names if "katex" in name or "hljs" in name or "pdf" in name]
        assert sum(size for _, size, _ in loaded) < KILOBYTES * 1000
        assert all(size < plain for _, size, plain in loaded if plain > 2000)

    walk(script)
