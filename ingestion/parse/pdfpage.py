"""The words of one PDF page as pieces of lines, with their places, as pdfium tells them."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as raw

from .layout import Piece, has_right_to_left
from .rulings import Rule, rules_of

# pdfium marks a hyphen at the end of a line by one of two letters, and goes on without a blank.
_WORD = re.compile("[^\\s\0\x02\ufffe]*[\x02\ufffe]|[^\\s\0\x02\ufffe]+")
_HYPHEN = re.compile("[\x02\ufffe]")
_WITHOUT_MEANING = re.compile("[\x01\x03-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]")
_ARABIC_MARK = re.compile("[ ]([\u064b-\u0652\u0670])([\u0620-\u064a])")
_LOST_LIGATURE = re.compile(
    "(?<=[A-Za-z])\u21b5(?=[a-z-])"
)  # as fonts of TeX without names for letters have it
_MOST_CHARACTERS = 400_000  # on one page; what draws more is no page for people


@dataclass(frozen=True)
class _Word:
    """A word in coordinates along and across its own direction: it runs to the right, lines follow downwards."""

    text: str
    direction: int  # degrees, counterclockwise
    x0: float
    x1: float
    base: float
    size: float
    index: int
    last: int
    rtl: bool = False
    downwards: bool = False


@dataclass(frozen=True)
class PageText:
    """`pieces` by the direction they run in, the most used one first; `bad` counts letters without a meaning."""

    pieces: list[list[Piece]]
    rules: list[Rule]
    letters: int
    bad: int


def read_page_text(page: pypdfium2.PdfPage) -> PageText:
    textpage = page.get_textpage()
    try:
        words, letters, bad = _words(textpage)
        words = _without_stray_marks(words)
        by_direction: dict[int, list[_Word]] = {}
        for word in words:
            by_direction.setdefault(word.direction, []).append(word)
        groups = sorted(by_direction.values(), key=lambda group: -sum(len(word.text) for word in group))
        rules = rules_of(page, groups[0][0].direction) if groups else []
        walls = [rule for rule in rules if rule.down]
        pieces = [list(_pieces(textpage, group, walls if group is groups[0] else [])) for group in groups]
        return PageText(pieces, rules, letters, bad)
    finally:
        textpage.close()


def _without_stray_marks(words: list[_Word]) -> list[_Word]:
    """An accent that was drawn apart from its letter is a word to pdfium; it belongs to the end of the next one."""
    kept: list[_Word] = []
    marks = ""
    for word in words:
        if not word.text.isascii() and all(unicodedata.combining(letter) for letter in word.text):
            marks += word.text
        else:
            kept.append(replace(word, text=word.text + marks) if marks and word.rtl else word)
            marks = ""
    return kept


def _words(textpage: pypdfium2.PdfTextPage) -> tuple[list[_Word], int, int]:
    handle, get = textpage.raw, raw.FPDFText_GetUnicode
    count = min(textpage.count_chars(), _MOST_CHARACTERS)
    text = "".join([chr(min(get(handle, index), 0x10FFFF)) for index in range(count)])
    words: list[_Word] = []
    letters = 0
    for found in _WORD.finditer(text):
        letters += len(found.group())
        words += _parts(handle, _HYPHEN.sub("-", found.group()), found.start(), found.end() - 1)
    return words, letters, len(_WITHOUT_MEANING.findall(text))


def _parts(textpage: raw.FPDF_TEXTPAGE, text: str, first: int, last: int) -> Iterator[_Word]:
    """One word; more where pdfium saw no blank between the ends of lines, or between the cells of a table."""
    word = _word(textpage, text, first, last)
    together = last - first + 1 == len(text) and not word.rtl
    if first == last or not together or word.downwards or _is_one(textpage, word):
        yield word
        return
    places = [_origin(textpage, index) for index in range(first, last + 1)]
    start = 0
    for place in range(1, len(places)):
        along, across = _turned(
            places[place][0] - places[place - 1][0], places[place][1] - places[place - 1][1], word.direction
        )
        if abs(across) > word.size * 0.7 or abs(along) > word.size * 2:
            yield _word(textpage, text[start:place], first + start, first + place - 1)
            start = place
    yield _word(textpage, text[start:], first + start, last)


def _is_one(textpage: raw.FPDF_TEXTPAGE, word: _Word) -> bool:
    x, y = _origin(textpage, word.last)
    _, across = _turned(x, y, word.direction)
    return abs(across - word.base) < word.size * 0.7 and word.x1 - word.x0 < word.size * 1.3 * len(word.text)


def _turned(x: float, y: float, direction: int) -> tuple[float, float]:
    """A point of the page along and across a direction of writing."""
    cos, sin = math.cos(math.radians(direction)), math.sin(math.radians(direction))
    return x * cos + y * sin, x * sin - y * cos


def _word(textpage: raw.FPDF_TEXTPAGE, text: str, first: int, last: int) -> _Word:
    raw.FPDFText_GetMatrix(textpage, first, _matrix)
    a, b, c, d = _matrix.a, _matrix.b, _matrix.c, _matrix.d
    size = raw.FPDFText_GetFontSize(textpage, first)
    x, y = _origin(textpage, first)
    boxes = [_box(textpage, first), _box(textpage, last)] if last > first else [_box(textpage, first)] * 2
    if b == 0 and a > 0:
        direction, size = 0, size * (abs(d) or a)
    else:
        direction = round(math.degrees(math.atan2(b, a))) % 360
        size *= math.hypot(c, d) or math.hypot(a, b) or 1.0
    downwards = last > first and _runs_down(boxes, direction)
    if downwards:
        direction = 270  # written downwards: its lines follow to the left, as those of text turned so do
        size = max(size, boxes[0][2] - boxes[0][0])
        x = (boxes[0][0] + boxes[0][2]) / 2 - size / 2
    if direction == 0:
        x0, x1, base = min(boxes[0][0], boxes[1][0]), max(boxes[0][2], boxes[1][2]), -y
    else:
        corners = [corner for box in boxes for corner in (box[:2], box[2:])]
        along = [_turned(*corner, direction)[0] for corner in corners]
        x0, x1, base = min(along), max(along), _turned(x, y, direction)[1]
    rtl = has_right_to_left(text)
    if rtl:
        text = _as_written(textpage, text, first)
    return _Word(text, direction, x0, x1, base, size or 1.0, first, last, rtl, downwards)


def _runs_down(boxes: list[tuple[float, float, float, float]], direction: int) -> bool:
    one, other = boxes
    return (
        direction == 0
        and abs((one[0] + one[2]) - (other[0] + other[2])) < (one[2] - one[0]) * 0.6
        and one[1] - other[1] > (one[3] - one[1]) * 0.8
    )


_numbers = [ctypes.c_double() for _ in range(4)]  # written to by each call: making new ones takes longer
_places = [ctypes.byref(number) for number in _numbers]
_matrix = raw.FS_MATRIX()


def _box(textpage: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float, float, float]:
    left, right, low, high = _numbers
    raw.FPDFText_GetCharBox(textpage, index, *_places)
    return left.value, low.value, right.value, high.value


def _origin(textpage: raw.FPDF_TEXTPAGE, index: int) -> tuple[float, float]:
    raw.FPDFText_GetCharOrigin(textpage, index, _places[0], _places[1])
    return _numbers[0].value, _numbers[1].value


def _as_written(textpage: raw.FPDF_TEXTPAGE, text: str, first: int) -> str:
    """pdfium turns a right-to-left line round letter by letter, those within one glyph (lam-alef) included."""
    letters = list(text)
    for place in range(len(letters) - 1):
        if letters[place] in "اأإآٱ" and letters[place + 1] == "ل":
            at = first + place
            if _box(textpage, at) == _box(textpage, at + 1):
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def _pieces(textpage: pypdfium2.PdfTextPage, words: list[_Word], walls: list[Rule]) -> Iterator[Piece]:
    run: list[_Word] = []
    for word in words:
        if run and (not _goes_on(run, word) or (walls and _parted(run[-1], word, walls))):
            yield _piece(textpage, run)
            run = []
        run.append(word)
    if run:
        yield _piece(textpage, run)


def _goes_on(run: list[_Word], word: _Word) -> bool:
    before = run[-1]
    size = max(before.size, word.size, run[0].size)
    if abs(word.base - before.base) > size * 0.55:
        return False
    gap = word.x0 - before.x1
    if word.rtl or before.rtl:
        left, right = min(part.x0 for part in run[-8:]), max(part.x1 for part in run[-8:])
        if word.x0 < (left + right) / 2:
            gap = left - word.x1
    return -size * 0.6 <= gap <= size * 0.9


def _parted(before: _Word, word: _Word, walls: list[Rule]) -> bool:
    """By a line of a table between them."""
    left, right = sorted((min(before.x1, word.x1), max(before.x0, word.x0)))
    middle = word.base - word.size / 3
    return any(left - 1 <= wall.at <= right + 1 and wall.start <= middle <= wall.end for wall in walls)


def _piece(textpage: pypdfium2.PdfTextPage, run: list[_Word]) -> Piece:
    longest = max(run, key=lambda word: len(word.text))
    text = _LOST_LIGATURE.sub("ff", " ".join(word.text for word in run))
    if any(word.rtl for word in run):
        text = _ARABIC_MARK.sub(r"\2\1", unicodedata.normalize("NFKC", text))
    size = max(word.size for word in run if len(word.text) * 2 >= len(longest.text))
    return Piece(
        text,
        min(word.x0 for word in run),
        longest.base - size * 0.8,
        max(word.x1 for word in run),
        longest.base + size * 0.2,
        round(size * 2) / 2,
        bold=_bold(textpage, run[0].index) and _bold(textpage, run[-1].last),
        upright=run[0].direction % 90 == 0,
        order=run[0].index,
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
