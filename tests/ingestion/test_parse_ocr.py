"""Scans and images: what is drawn is read, and what cannot be read is said."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse import Limits, ParsedDocument, ocr, parse
from ingestion.parse.limits import Ocr
from ingestion.parse.reader import read_document
from tests.ingestion.pictures import drawn, saved, scanned

GERMAN = "Die Prüfgebühr für größere Straßen beträgt 1.250 Euro."
FRENCH = "Les élèves reçoivent leurs prix à la fête de Noël."


@pytest.fixture(autouse=True)
def usual_allowance():
    yield
    ocr.allow(Ocr())


def read(data: bytes, name: str = "scan.pdf") -> ParsedDocument:
    return read_document(data, name=name)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_scan_is_read_whichever_way_up_it_lies(turned: int):
    parsed = read(scanned(drawn(GERMAN, FRENCH).rotate(turned, expand=True)))
    assert GERMAN in parsed.text and FRENCH in parsed.text
    assert parsed.text.index(GERMAN) < parsed.text.index(FRENCH)
    assert parsed.warnings == ()


def test_a_slightly_turned_page_keeps_the_order_of_its_lines():
    parsed = read(scanned(drawn(GERMAN, FRENCH, "The third line.").rotate(2, fillcolor="white", expand=True)))
    assert parsed.text.index("Prüfgebühr") < parsed.text.index("élèves") < parsed.text.index("third")


def test_only_the_pages_without_text_are_recognised():
    parsed = read(scanned("The first page was typed.", drawn("The second page was scanned.")))
    first, second = (
        next(s for s in parsed.sections if s.start <= parsed.text.index(words) < s.end)
        for words in ("The first page was typed.", "The second page was scanned.")
    )
    assert (first.page, second.page) == (1, 2)


def test_a_stamp_on_a_scan_does_not_hide_the_scan():
    page = drawn("The whole page is a picture,", "but for one stamp.")
    parsed = read(_stamped(page, "Received 3 May"))
    assert "The whole page is a picture" in parsed.text


def _stamped(page: Image.Image, stamp: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=page.size)
    canvas.drawImage(ImageReader(page), 0, 0)
    canvas.drawString(700, 20, stamp)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PNG", "a.png"),
        ("JPEG", "a.jpg"),
        ("TIFF", "a.tif"),
        ("BMP", "a.bmp"),
        ("GIF", "a.gif"),
        ("WEBP", "a.webp"),
    ],
)
def test_images_are_documents(kind: str, name: str):
    parsed = read(saved(drawn("Please return your badge.", size=(700, 150)), kind), name)
    assert "Please return your badge." in parsed.text
    assert parsed.media_type == "image/" + kind.lower()


def test_each_picture_of_a_tiff_is_a_page():
    pages = [drawn(f"This is sheet {word}.", size=(700, 150)) for word in ("one", "two")]
    parsed = read(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), "fax.tiff")
    assert parsed.pages == 2
    assert [(s.page, parsed.text[s.start : s.end]) for s in parsed.sections] == [
        (1, "This is sheet one."),
        (2, "This is sheet two."),
    ]


def test_writing_on_nothing_is_read_as_on_white():
    ink = ImageOps.invert(drawn("Transparent paper.", size=(700, 150)).convert("L"))
    picture = Image.new("RGBA", ink.size)
    picture.putalpha(ink)
    assert "Transparent paper." in read(saved(picture, "PNG"), "logo.png").text


@pytest.mark.parametrize("name", ["empty.png", "empty.pdf"])
def test_a_picture_without_words_is_no_document(name: str):
    blank = drawn(size=(400, 300))
    data = saved(blank, "PNG") if name.endswith("png") else scanned(blank)
    with pytest.raises(DocumentError) as refused:
        read(data, name)
    assert refused.value.code == "no_text"


def test_a_damaged_image_is_refused_in_words():
    with pytest.raises(DocumentError) as refused:
        read(saved(drawn(GERMAN), "PNG")[:2000], "photo.png")
    assert (refused.value.code, refused.value.sentence[:21]) == ("corrupt", "This image is damaged")


def test_an_image_of_too_many_points_is_refused_before_it_is_unpacked():
    bomb = saved(Image.new("1", (12_000, 12_000)), "PNG")
    assert len(bomb) < 300_000
    with pytest.raises(DocumentError) as refused:
        read(bomb, "bomb.png")
    assert refused.value.code == "too_large"


def test_recognition_can_be_switched_off():
    ocr.allow(Ocr(enabled=False))
    parsed = read(scanned("Typed.", drawn(GERMAN)))
    assert parsed.text == "Typed."
    assert parsed.warnings == (
        "Page 2 may be scanned: text recognition is switched off here, so no text was read from there.",
    )
    with pytest.raises(DocumentError) as refused:
        read(saved(drawn(GERMAN), "PNG"), "photo.png")
    assert refused.value.code == "no_text"


def test_pages_beyond_what_one_document_may_take_are_named():
    ocr.allow(Ocr(pages=1))
    parsed = read(scanned(*[drawn(f"Sheet {word}.", size=(400, 150)) for word in ("one", "two", "three")]))
    assert "Sheet one." in parsed.text and "Sheet two." not in parsed.text
    assert parsed.warnings[0].startswith("Pages 2, 3 may be scanned and could not be recognised")


def test_what_the_model_is_unsure_of_is_said():
    parsed = read(scanned(drawn(GERMAN, "\u0396\u03b7\u03c4\u03bf\u03cd\u03bc\u03b5 \u03c4\u03b7\u03bd")))
    assert GERMAN in parsed.text
    assert parsed.warnings == ("Page 1 was recognised from an image; check it.",)


def test_a_scan_is_read_in_the_confined_process(tmp_path: Path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned(drawn(GERMAN, FRENCH)))
    assert GERMAN in parse(path, name=path.name).text


def test_recognition_has_time_of_its_own(tmp_path: Path):
    """A page takes more than the one second that parsing is given, and may: it comes out of another purse."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned(*[drawn(GERMAN, FRENCH, GERMAN, FRENCH)] * 3))
    limits = replace(Limits(), cpu_seconds=2)
    assert parse(path, name=path.name, limits=limits).pages == 3
