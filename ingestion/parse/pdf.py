"""PDF by pdfium: the text of each page; headings are told by the size and weight of their letters."""

import re
from itertools import islice

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from ..errors import DocumentError, _
from . import ocr
from .blocks import Block, Reading, clean, one_line
from .detect import encrypted
from .lines import Line, blocks_of, without_running_lines
from .pagelines import lines_of_page
from .pdfnotes import notes_of
from .pdfpage import PageText, read_page_text
from .scans import Scans, named

_MEANINGLESS_TITLE = re.compile(
    r"\(?(?:anonymous|untitled|unspecified)\)?|microsoft (?:word|powerpoint|excel)\b.*|.*\.\w{3,4}|[\d\W]*",
    re.I,
)
_FEW_LETTERS, _MOST_OF_THE_PAGE = 150, 0.6  # a stamp or a page number on a scan
_BAD_SHARE = 0.3
# Later pages are read in the order of the file: finding the place of each word takes ten times as long.
_PLACED_PAGES = 1200
_LONGEST_SIDE = 3600  # points of a page drawn for recognition


def read_pdf(data: bytes, *, password: str = "") -> Reading:
    document = _open(data, password)
    try:
        return _read(document)
    finally:
        document.close()


def _read(document: pypdfium2.PdfDocument) -> Reading:
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    count = len(document)
    scans, failed = Scans(what="this PDF"), list[int]()
    lines: list[Line] = []
    for number in range(1, count + 1):
        try:
            lines += _lines(document, number, scans)
        except pypdfium2.PdfiumError:
            failed.append(number)
    if not lines:
        raise _damaged() if failed else DocumentError("no_text", scans.nothing_found())
    reading = Reading(pages=count, warnings=scans.warnings())
    if failed:
        reading.warnings.append(f"{named(failed)} could not be read: damaged.")
    without = {*range(1, count + 1)} - {line.page for line in lines} - {*failed, *scans.left_out}
    if without:
        reading.warnings.append(f"No text was found on {named(sorted(without)).lower()}.")
    reading.blocks = list(blocks_of(without_running_lines(lines, count)))
    reading.title = _title(document, reading.blocks)
    return reading


def _lines(document: pypdfium2.PdfDocument, number: int, scans: Scans) -> list[Line]:
    page = document[number - 1]
    try:
        if number > _PLACED_PAGES and (plain := _plain_lines(page, number)):
            return plain
        text = read_page_text(page)
        lines = list(lines_of_page(text, number))
        if _is_scan(page, text) and scans.may_read(number):
            recognised = scans.read(_drawn(page), number)
            if text.bad > text.letters * _BAD_SHARE or _length(recognised) > _length(lines) * 2:
                lines = recognised
        return lines + [Line("", number, block=Block("text", note, number)) for note in notes_of(page)]
    finally:
        page.close()


def _plain_lines(page: pypdfium2.PdfPage, number: int) -> list[Line]:
    textpage = page.get_textpage()
    try:
        lines = re.split(r"[\r\n]+|(?<=[\ufffe\x02])", textpage.get_text_range())
    finally:
        textpage.close()
    return [
        Line(words, number) for line in lines if (words := clean(re.sub("[\ufffe\x02]", "-", line)).strip())
    ]


def _length(lines: list[Line]) -> int:
    return sum(len(line.block.text if line.block else line.text) for line in lines)


def _open(data: bytes, password: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise encrypted() from error
        raise _damaged() from error


def _damaged() -> DocumentError:
    return DocumentError(
        "corrupt", _("This PDF is damaged or cut off. Open the original, save it again and upload that.")
    )


def _title(document: pypdfium2.PdfDocument, blocks: list[Block]) -> str:
    named = one_line(document.get_metadata_dict().get("Title") or "")
    if named and not _MEANINGLESS_TITLE.fullmatch(named):
        return named
    first = [block for block in blocks if block.kind == "heading" and block.page == 1]
    return min(first, key=lambda block: block.level).text if first else ""


def _is_scan(page: pypdfium2.PdfPage, text: PageText) -> bool:
    """Nothing to read: no letters, letters without a meaning, or only a stamp on a picture of a page."""
    if not text.letters:
        return next(page.get_objects(max_depth=1), None) is not None
    if text.bad > text.letters * _BAD_SHARE:
        return True
    return text.letters < _FEW_LETTERS and _pictured(page) > _MOST_OF_THE_PAGE


def _pictured(page: pypdfium2.PdfPage) -> float:
    """The largest share of the page under one image."""
    width, height = page.get_size()
    if page.get_rotation() % 180:
        width, height = height, width
    shares = [0.0]
    for image in islice(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3), 50):
        left, low, right, high = image.get_bounds()
        across, down = min(right, width) - max(left, 0.0), min(high, height) - max(low, 0.0)
        shares.append(max(across, 0.0) * max(down, 0.0) / (width * height or 1.0))
    return max(shares)


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    longest = max(page.get_size()) or 1.0
    scale = min(ocr.allowed().dpi / 72, _LONGEST_SIDE / longest)
    bitmap = page.render(scale=scale, may_draw_forms=False)
    try:
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        return picture
    finally:
        bitmap.close()
