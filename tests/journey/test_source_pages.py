"""The source panel in a real browser: the page of a PDF with the passage marked, and the passage in its context."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from chat.models import AnswerPassage
from ingestion.models import Collection, Document, DocumentVersion
from tests.chat.conftest import installation, upstream, web  # noqa: F401
from tests.journey.sources import aside, ask, browsing, ingest, pdf_of, stream_of, written  # noqa: F401

pytestmark = pytest.mark.journey

QUESTION = "How much is the reimbursement for hotels in Oslo?"
PAGES = 120
WANTED = 90


@pytest.fixture(autouse=True)
def says(installation, settings) -> None:
    settings.CHAT_MODEL = "scripted:text=Hotels in Oslo: the reimbursement is up to 180 euros a night [1]."


def rules(number: int) -> list[str]:
    return [f"Rule {number} of the handbook", "", f"Rule {number} says that forms of kind {number} are blue."]


@pytest.fixture
def long_pdf(installation, alice, handbook) -> Document:
    pages = [rules(number) for number in range(1, PAGES + 1)]
    pages[WANTED - 1] = [
        "Hotels",
        "",
        "In every hotel in Oslo the reimburse-",
        "ment is up to 180 euros a night, breakfast included.",
        "Ask your manager before you book anything dearer.",
    ]
    return ingest(alice, handbook, pdf_of(*pages, ballast=20_000), "Handbook.pdf")


def open_first_source(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("button.source").first.click()


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "360"])
def test_a_pdf_opens_at_its_page_with_the_passage_marked(browsing, long_pdf, bob, size) -> None:
    browsing(bob, look_at_the_page, size=size)


def look_at_the_page(page: Page) -> None:
    fetched: list[int] = []
    page.on(
        "response",
        lambda reply: (
            "/view/" in reply.url
            and reply.status == 206
            and fetched.append(int(reply.headers["content-length"]))
        ),
    )
    open_first_source(page)
    panel = page.locator("#source-panel")
    panel.get_by_text(f"The passage is marked on page {WANTED}.").wait_for()
    panel.locator(f'.pdf[data-drawn="{WANTED}"]').wait_for()
    for line in ("every hotel in Oslo", "up to 180 euros a night"):
        assert_marked(page, line)
    assert 0 < sum(fetched) < 1_500_000, "of five million bytes"
    expect(panel.locator(".pdf-number")).to_have_value(str(WANTED))
    panel.get_by_text(f"of {PAGES}").wait_for()

    page.locator(".pdf-scroll").focus()
    page.keyboard.press("PageDown")
    panel.locator(f'.pdf[data-drawn="{WANTED + 1}"]').wait_for()
    panel.get_by_text("The passage is on another page.").wait_for()
    panel.get_by_text(f"Rule {WANTED + 1} says").wait_for()
    page.keyboard.press("ArrowLeft")
    panel.locator(f'.pdf[data-drawn="{WANTED}"]').wait_for()
    panel.locator(".pdf-number").fill("3")
    page.keyboard.press("Enter")
    panel.get_by_text("Rule 3 says").wait_for()
    panel.get_by_role("button", name="To the passage").click()
    panel.locator(f'.pdf[data-drawn="{WANTED}"]').wait_for()

    narrow = page.locator(".pdf-page").bounding_box()["width"]
    panel.get_by_role("button", name="Larger").click()
    page.wait_for_function(
        "width => document.querySelector('.pdf-page').clientWidth > width * 1.2", arg=narrow
    )
    panel.get_by_role("button", name="Enlarge the source").click()
    expect(panel).to_have_class(re.compile("enlarged"))
    page.keyboard.press("Escape")
    expect(panel).not_to_have_class(re.compile("enlarged"))
    panel.get_by_role("radio", name="Text").check()
    expect(panel.locator("mark").first).to_contain_text("180 euros")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def assert_marked(page: Page, words: str) -> None:
    """A mark lies over these words of the text layer."""
    assert page.evaluate(
        """words => {
            const span = [...document.querySelectorAll(".textLayer span")].find((s) => s.textContent.includes(words));
            const text = span.getBoundingClientRect();
            return [...document.querySelectorAll(".pdf-mark")].some((mark) => {
                const box = mark.getBoundingClientRect();
                return box.left < text.right && box.right > text.left && box.top < text.bottom && box.bottom > text.top;
            });
        }""",
        words,
    )


GREY = (90, 90, 90)


def scan() -> bytes:
    """A page that is a picture in JPEG 2000, whose decoder pdf.js loads in its worker when it meets one."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 80), GREY).save(picture, "JPEG2000")
    drawn = b"q 400 0 0 500 100 200 cm /I Do Q"
    return written(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /XObject << /I 5 0 R >> >> >>",
            4: stream_of(drawn),
            5: stream_of(
                picture.getvalue(), b"/Type /XObject /Subtype /Image /Width 60 /Height 80 /Filter /JPXDecode"
            ),
        }
    )


def test_of_a_scan_the_page_and_the_text_are_shown_and_that_it_is_not_marked(
    browsing, aside, alice, bob, handbook
) -> None:
    """The rows are those that the recognition of a scan leaves."""
    text = b"Hotels in Oslo: the reimbursement is up to 180 euros a night."
    document = ingest(alice, handbook, text, "Letter.txt")

    def as_scan() -> None:
        version = DocumentVersion.objects.get(document=document)
        version.file.storage.delete(version.file.name)
        version.file.save("original", io.BytesIO(scan()), save=False)
        version.media_type, version.size, version.pages = "application/pdf", len(scan()), 1
        version.save()
        version.passages.update(page=1)

    aside(as_scan)

    def look(page: Page) -> None:
        open_first_source(page)
        page.get_by_text("This page is a picture, such as a scan").wait_for()
        page.locator('.pdf[data-drawn="1"] canvas').wait_for()
        expect(page.locator(".pdf-text mark")).to_contain_text("180 euros")
        assert page.locator(".pdf-mark").count() == 0
        middle = page.evaluate(
            """() => {
                const canvas = document.querySelector(".pdf canvas");
                return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
            }"""
        )
        assert max(abs(seen - drawn) for seen, drawn in zip(middle, GREY, strict=False)) < 4, "it is decoded"

    browsing(bob, look)


def test_a_file_that_cannot_be_drawn_is_shown_as_text(browsing, aside, alice, bob, handbook) -> None:
    document = ingest(alice, handbook, b"The reimbursement for hotels in Oslo is 180 euros.", "Odd.txt")

    def damage() -> None:
        DocumentVersion.objects.filter(document=document).update(media_type="application/pdf")
        DocumentVersion.objects.get(document=document).passages.update(page=1)

    aside(damage)

    def look(page: Page) -> None:
        open_first_source(page)
        page.get_by_text("This file is damaged, so its pages cannot be shown.").wait_for()
        expect(page.locator("#source-body mark")).to_contain_text("180 euros")

    browsing(bob, look)


def test_who_loses_the_right_sees_neither_page_nor_quote_nor_entry(
    browsing, aside, long_pdf, bob, carol
) -> None:
    addresses: list[str] = []

    def lose_it(page: Page) -> None:
        page.on("request", lambda sent: "/view/" in sent.url and addresses.append(sent.url))
        open_first_source(page)
        page.locator(f'.pdf[data-drawn="{WANTED}"]').wait_for()
        aside(lambda: Collection.objects.update(everyone=False))
        page.locator("#source-close").click()
        page.locator("button.source").first.click()
        page.get_by_text("This source is no longer available.").wait_for()
        assert page.locator(".pdf, .pdf-page").count() == 0
        page.reload()
        page.get_by_text("No longer available to you").first.wait_for()
        assert "180 euros" not in page.content().split('id="thread"')[0]
        assert page.locator("button.source").count() == 0
        assert page.request.get(addresses[0]).status == 404

    browsing(bob, lose_it)
    browsing(carol, lambda page: refuse(page, addresses[0]))


def refuse(page: Page, address: str) -> None:
    assert page.request.get(address).status == 404


def test_a_text_is_shown_among_its_neighbours_and_more_of_it_on_demand(
    browsing, alice, bob, handbook, aside
) -> None:
    parts = [
        f"# Part {n}\n\n" + f"Part {n} is about matter {n} and nothing else at all. " * 40 for n in range(8)
    ]
    parts[4] = (
        "# Hotels\n\nThe reimbursement for hotels in Oslo is 180 euros.\n" + "It is paid monthly. " * 80
    )
    ingest(alice, handbook, "\n\n".join(parts).encode(), "Handbook.md")

    def look(page: Page) -> None:
        open_first_source(page)
        body = page.locator("#source-body")
        expect(body.locator("mark")).to_contain_text("180 euros")
        page.locator("#source-place").get_by_text("Hotels").wait_for()
        assert body.get_by_text("Part 0 is about").count() == 0
        page.keyboard.press("n")
        page.keyboard.press("p")
        expect(body.locator("mark").first).to_contain_text("180 euros")
        while body.get_by_role("button", name="Show more before this").count():
            before = body.inner_text()
            body.get_by_role("button", name="Show more before this").click()
            page.wait_for_function(
                "text => document.getElementById('source-body').innerText !== text", arg=before
            )
        body.get_by_text("Part 0 is about").first.wait_for()
        page.get_by_role("link", name="Download original").wait_for()

    browsing(bob, look)
    assert aside(lambda: AnswerPassage.objects.exclude(quote="").count()) > 0
