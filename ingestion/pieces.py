"""What passages are made of and never cut within: sentences, list items, table rows, or a whole table. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .parse.document import Section
from .sizes import Ruler

_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'’”»)\]*_]{0,3}+(?=\s)|[。！？．｡]++[」』”）]{0,3}+|\n[ \t]*\n"
)
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st no nr art abs bzw ca e.g eg i.e ie etc vs fig ff vol pp cf inc ltd co corp approx "
    "dept ext sr jr z.b d.h u.a usw".split()
)
_SOFT_BREAKS = (
    re.compile(r"\n"),
    re.compile(r"[;:,،、，；：](?=\s|[^\x00-\x7f])|\s[–—-](?=\s)"),
    re.compile(r"\s"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    tokens: int
    section: int
    table_header: str = ""  # the header row, for a later row of a table
    header_tokens: int = 0


@dataclass(frozen=True)
class Cutter:
    """`target` is the most that a piece may count, `hard` the most of a table, list or code that is kept whole."""

    text: str
    ruler: Ruler
    target: int
    hard: int

    def pieces(self, section: Section, number: int) -> Iterator[Piece]:
        if section.kind in ("table", "list", "code"):
            start, end = _stripped(self.text, section.start, section.end)
            tokens = self.ruler.tokens(start, end)
            if tokens <= self.hard:
                if start < end:
                    yield Piece(start, end, tokens, number)
                return
        if section.kind == "table":
            yield from self._rows(section, number)
            return
        parts = _lines if section.kind in ("list", "code") else _sentences
        for start, end in parts(self.text, section.start, section.end):
            yield from self._sized(start, end, number, self.target)

    def _rows(self, section: Section, number: int) -> Iterator[Piece]:
        rows = list(_lines(self.text, section.start, section.end))
        header, counted = "", 0
        if len(rows) > 2 and set(self.text[rows[1][0] : rows[1][1]].strip()) <= set("|-: "):
            counted = self.ruler.tokens(*rows[0])
            if counted <= self.target // 4:
                header = self.text[rows[0][0] : rows[0][1]]
            else:
                counted = 0
            yield from self._sized(rows[0][0], rows[2][1], number, self.target)
            rows = rows[3:]
        for start, end in rows:
            for piece in self._sized(start, end, number, self.target - counted):
                yield Piece(piece.start, piece.end, piece.tokens, number, header, counted)

    def _sized(self, start: int, end: int, number: int, most: int) -> Iterator[Piece]:
        """The span without white space around it, in parts when it is longer than a passage may be.

        A part ends with a line, a clause or a word where one fits.
        """
        start, end = _stripped(self.text, start, end)
        while start < end:
            stop = self.ruler.fitting(start, end, most)
            if stop < end:
                stop = _soft_end(self.text, start, stop)
            left, right = _stripped(self.text, start, stop)
            if left < right:
                yield Piece(left, right, self.ruler.tokens(left, right), number)
            start = stop


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop + 1


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE_END.finditer(text, start, end):
        if text[found.start()] == "." and _is_abbreviation(text, start, found.start()):
            continue
        if text[start : found.end()].strip():
            yield start, found.end()
        start = found.end()
    if text[start:end].strip():
        yield start, end


def _is_abbreviation(text: str, start: int, dot: int) -> bool:
    word = re.search(r"(?:^|[\s(])([^\s(]{1,7})$", text[max(start, dot - 8) : dot])
    if word is None:
        return False
    before = word.group(1)
    return before.lower() in _ABBREVIATIONS or (len(before) == 1 and before.isalpha())


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _soft_end(text: str, start: int, stop: int) -> int:
    """The last good place to end in the second half of the span."""
    for pattern in _SOFT_BREAKS:
        best = 0
        for found in pattern.finditer(text, start + (stop - start) // 2, stop):
            best = found.end()
        if best:
            return best
    return stop
