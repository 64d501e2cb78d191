"""PDF by pdfium: the text of each page; headings are told by the size and weight of their letters."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as raw

from ..errors import DocumentError
from .blocks import Block, Reading, clean, heading, one_line
from .detect import encrypted

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_BULLET = re.compile(r"[•‣▪●◦–·*-]\s+\S|\(?\d{1,2}[.)]\s+\S|[a-z]\)\s+\S")
_NUMBERED = re.compile(
    r"(?:(?:chapter|section|article|part|appendix|annex)\s+)?[\dIVXA-H]+(?:\.\d+)*\.?\s+[^\W\d_a-z]", re.I
)
_LEADERS = re.compile(r"(?:\. ?){4,}|\.{4,}|…{2,}")
_MEANINGLESS_TITLE = re.compile(
    r"\(?(?:anonymous|untitled|unspecified)\)?|microsoft (?:word|powerpoint|excel)\b.*|.*\.\w{3,4}|[\d\W]*",
    re.I,
)
# More pages than this are read, but their letters are not measured: headings cost as much as the text.
_MEASURED_PAGES = 2000


@dataclass(frozen=True)
class _Line:
    text: str
    page: int
    size: float = 0.0
    bold: bool = False
    top: float = 0.0
    upright: bool = True


def read_pdf(data: bytes, *, password: str = "") -> Reading:
    document = _open(data, password)
    reading = Reading(pages=len(document))
    lines = [line for number in range(len(document)) for line in _page_lines(document, number)]
    with_text = {line.page for line in lines}
    blank = [number for number in range(1, len(document) + 1) if number not in with_text]
    if not lines:
        raise DocumentError(
            "no_text",
            "No text was found in this PDF: its pages are probably scanned images. "
            "Run text recognition (OCR) on it and upload the result.",
        )
    if blank and len(blank) < len(document):
        reading.warnings.append(f"No text was found on {_pages(blank)}: blank, or a scanned image.")
    reading.blocks = list(_blocks(_without_running_lines(lines, len(document))))
    reading.title = _title(document, reading.blocks)
    return reading


def _pages(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:8])) + (" and others" if len(numbers) > 8 else "")
    return f"page {shown}" if len(numbers) == 1 else f"pages {shown}"


def _open(data: bytes, password: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise encrypted() from error
        raise DocumentError(
            "corrupt", "This PDF is damaged or cut off. Open the original, save it again and upload that."
        ) from error


def _title(document: pypdfium2.PdfDocument, blocks: list[Block]) -> str:
    named = one_line(document.get_metadata_dict().get("Title") or "")
    if named and not _MEANINGLESS_TITLE.fullmatch(named):
        return named
    first = [block for block in blocks if block.kind == "heading" and block.page == 1]
    return min(first, key=lambda block: block.level).text if first else ""


def _page_lines(document: pypdfium2.PdfDocument, index: int) -> Iterator[_Line]:
    try:
        page = document[index]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return
    try:
        text = textpage.get_text_range()
        measured = index < _MEASURED_PAGES
        at = 0
        for line in text.split("\n"):
            words = line.strip()
            if clean(words).strip():
                first = at + len(line) - len(line.lstrip())
                yield (
                    _measure(textpage, words, index + 1, first)
                    if measured
                    else _Line(clean(words), index + 1)
                )
            at += len(line) + 1
    finally:
        textpage.close()
        page.close()


def _measure(textpage: pypdfium2.PdfTextPage, words: str, page: int, index: int) -> _Line:
    """Size, weight and place of a line by its first and last letter."""
    matrix, x, y = raw.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetMatrix(textpage, index, matrix)
    raw.FPDFText_GetCharOrigin(textpage, index, x, y)
    size = raw.FPDFText_GetFontSize(textpage, index) * (math.hypot(matrix.a, matrix.b) or 1.0)
    bold = _bold(textpage, index) and _bold(textpage, index + len(words) - 1)
    text = re.sub(r"[\ufffe\x02]$", "-", words)
    return _Line(
        clean(text).strip(),
        page,
        round(size * 2) / 2,
        bold,
        y.value,
        abs(matrix.b) < abs(matrix.a) * 0.1 + 1e-6,
    )


def _bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(textpage, index, buffer, 128, flags)
    name = buffer.value.lower() if 0 < length <= 128 else b""
    return (
        raw.FPDFText_GetFontWeight(textpage, index) >= 600
        or b"bold" in name
        or b"black" in name
        or b"heavy" in name
    )


def _without_running_lines(lines: list[_Line], pages: int) -> list[_Line]:
    """Headers and footers: the first or last line of most pages, the same but for its numbers."""
    if pages < 4:
        return lines
    edges: Counter[str] = Counter()
    places: set[int] = set()
    by_page: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        by_page.setdefault(line.page, []).append(place)
    for own in by_page.values():
        near = {*own[:2], *own[-2:]} if len(own) > 5 else set()
        places |= near
        edges.update({_running(lines[place].text) for place in near})
    limit = max(3, len(by_page) * 0.35)  # left and right pages may differ
    return [
        line for place, line in enumerate(lines) if place not in places or edges[_running(line.text)] < limit
    ]


def _running(text: str) -> str:
    return re.sub(r"\d+", "#", text)[:120]


def _blocks(lines: list[_Line]) -> Iterator[Block]:
    levels, body = _levels(lines)
    paragraph: list[_Line] = []
    title: list[_Line] = []
    for number, line in enumerate(lines):
        level = _level(lines, number, levels, body)
        if title and (
            not level or line.page != title[-1].page or line.size != title[-1].size or len(title) > 3
        ):
            yield _heading(title, levels)
            title = []
        if level:
            if paragraph:
                yield _paragraph(paragraph)
                paragraph = []
            title.append(line)
        else:
            if paragraph and _starts_anew(paragraph[-1], line):
                yield _paragraph(paragraph)
                paragraph = []
            paragraph.append(line)
    if title:
        yield _heading(title, levels)
    if paragraph:
        yield _paragraph(paragraph)


def _levels(lines: list[_Line]) -> tuple[dict[float, int], float]:
    """Sizes clearly above the usual one become levels, largest first; bold lines of usual size come below."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    large = sorted(
        {line.size for line in lines if line.size >= body * 1.15 and _may_head(line.text)}, reverse=True
    )
    return {size: min(rank, 4) for rank, size in enumerate(large, start=1)}, body


def _may_head(text: str) -> bool:
    return (
        len(text) <= 120
        and bool(_LETTERS.search(text))
        and text[-1] not in ".,;"
        and not _LEADERS.search(text)
    )


def _level(lines: list[_Line], number: int, levels: dict[float, int], body: float) -> int:
    line = lines[number]
    if not body or not line.upright or not _may_head(line.text):
        return 0
    if line.size in levels:
        return levels[line.size]
    if not line.bold or line.size < body * 0.95 or len(line.text) > 90 or len(line.text.split()) > 12:
        return 0
    before = lines[number - 1] if number else None
    apart = before is None or before.page != line.page or abs(before.top - line.top) > line.size * 1.5
    follows_bold = before is not None and before.bold and before.page == line.page and not apart
    if follows_bold or not apart or line.text[0].islower():
        return 0
    after = lines[number + 1] if number + 1 < len(lines) else None
    numbered = bool(_NUMBERED.match(line.text))
    followed = after is not None and not after.bold and len(after.text) >= 20
    return min(len(levels) + 1, 5) if numbered or followed else 0


def _heading(title: list[_Line], levels: dict[float, int]) -> Block:
    level = levels.get(title[0].size, min(len(levels) + 1, 5))
    return heading(" ".join(line.text for line in title), level, title[0].page)


def _starts_anew(before: _Line, line: _Line) -> bool:
    if before.page != line.page or not line.upright or not before.upright:
        return before.page != line.page
    gap = before.top - line.top
    size = max(before.size, line.size, 4.0)
    if gap > size * 1.75 or gap < -size * 2:
        return True
    return (
        bool(_BULLET.match(line.text))
        and not _BULLET.match(before.text)
        and before.text.endswith((".", ":", ";"))
    )


def _paragraph(lines: list[_Line]) -> Block:
    """Lines that fill the column run on; shorter ones (tables, addresses, lists) keep their ends."""
    widest = max(len(line.text) for line in lines)
    parts = [lines[0].text]
    for before, line in pairwise(lines):
        if (
            before.text.endswith("-")
            and len(before.text) > 1
            and before.text[-2].isalpha()
            and line.text[0].isalpha()
        ):
            if before.text[-2].islower() and line.text[0].islower():
                parts[-1] = parts[-1][:-1]
            parts.append(line.text)
        elif _BULLET.match(line.text) or len(before.text) < widest * 0.7 or widest < 30:
            parts.append("\n" + line.text)
        else:
            parts.append(" " + line.text)
    return Block("text", "".join(parts), lines[0].page)
