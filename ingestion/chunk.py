"""A parsed document into the passages that are embedded, searched and cited. Pure: no settings, no clock.

A chunk is an exact slice of the document's text and follows its structure: it ends where a heading begins
unless there is too little text to stand alone, keeps tables whole or parts them between rows, never cuts
a sentence that fits. Chunks of one section overlap by whole sentences, so that an answer split between two
is still found. Sizes are estimates in tokens: a real tokenizer would cost more than the parsing.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .parse.document import ParsedDocument, Section

TARGET = 200
OVERLAP = 30
# Below this share of the target a piece of text says too little to be found on its own.
_TINY_SHARE, _SMALL_SHARE = 8, 3

_WORDS = re.compile(
    r"(?P<latin>[A-Za-z\u00c0-\u024f]+)|(?P<number>\d+)"
    r"|(?P<ideographs>[\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+)"
    r"|(?P<other>[^\W\d_]+)|(?P<signs>[^\w\s]+|_+)"
)
_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'’”»)\]*_]{0,3}+(?=\s)|[。！？．｡]++[」』”）]{0,3}+|\n[ \t]*\n"
)
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "no",
        "nr",
        "art",
        "abs",
        "bzw",
        "ca",
        "e.g",
        "eg",
        "i.e",
        "ie",
        "etc",
        "vs",
        "fig",
        "ff",
        "vol",
        "pp",
        "cf",
        "inc",
        "ltd",
        "co",
        "corp",
        "approx",
        "dept",
        "ext",
        "sr",
        "jr",
        "z.b",
        "d.h",
        "u.a",
        "usw",
    ]
)
_SOFT_BREAKS = (
    re.compile(r"\n"),
    re.compile(r"[;:,،、，；：](?=\s|[^\x00-\x7f])|\s[–—-](?=\s)"),
    re.compile(r"\s"),
)


@dataclass(frozen=True)
class Chunk:
    position: int
    start: int
    end: int
    text: str
    page: int | None
    heading: tuple[str, ...]
    tokens: int
    content_hash: str
    table_header: str = ""  # the header row when this chunk holds later rows of a table


@dataclass(frozen=True)
class _Piece:
    """What is never cut: a sentence, a list item, a table row, or a whole table."""

    start: int
    end: int
    tokens: int
    section: int
    table_header: str = ""


@dataclass(frozen=True)
class _Sizes:
    target: int
    hard: int
    overlap: int
    tiny: int
    small: int


def hard_maximum(target: int = TARGET) -> int:
    return target + target // 4


def chunk(parsed: ParsedDocument, *, title: str, target: int = TARGET, overlap: int = OVERLAP) -> list[Chunk]:
    if target < 8 or not 0 <= overlap <= target // 2:
        raise ValueError("target must be at least 8 tokens, overlap at most half of it")
    sizes = _Sizes(target, hard_maximum(target), overlap, target // _TINY_SHARE, target // _SMALL_SHARE)
    packer = _Packer(parsed.sections, sizes)
    for number, section in enumerate(parsed.sections):
        for piece in _pieces(parsed.text, section, number, sizes):
            packer.add(piece)
    packer.flush()
    return [_chunk(parsed, position, run, title) for position, run in enumerate(packer.runs)]


def text_to_embed(text: str, *, title: str, heading: Sequence[str], table_header: str = "") -> str:
    """Title and heading path first: they often name what the text itself only calls "it"."""
    steps = [step for step in (title, *heading) if step]
    path = " > ".join(step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1])
    body = text.strip()
    if table_header:
        body = f"{table_header}\n{body}"
    return f"{path}\n\n{body}" if path else body


def estimate_tokens(text: str) -> int:
    """About what a word piece tokenizer yields; never less for a text than for a part of it."""
    return sum(
        _word_tokens(found.lastgroup or "", found.end() - found.start()) for found in _WORDS.finditer(text)
    )


@lru_cache(maxsize=4096)
def _word_tokens(kind: str, length: int) -> int:
    if kind == "latin":
        return 1 + (length - 1) // 7
    if kind == "ideographs":
        return length
    if kind == "signs":
        return length if length <= 4 else 4 + (length - 4) // 8
    return 1 + (length - 1) // 3


def _pieces(text: str, section: Section, number: int, sizes: _Sizes) -> Iterator[_Piece]:
    if section.kind == "table":
        yield from _table_pieces(text, section, number, sizes)
        return
    parts = _lines if section.kind in ("list", "code") else _sentences
    for start, end in parts(text, section.start, section.end):
        yield from _sized(text, start, end, number, sizes)


def _table_pieces(text: str, section: Section, number: int, sizes: _Sizes) -> Iterator[_Piece]:
    start, end = _stripped(text, section.start, section.end)
    tokens = estimate_tokens(text[start:end])
    if tokens <= sizes.hard:
        if start < end:
            yield _Piece(start, end, tokens, number)
        return
    rows = list(_lines(text, section.start, section.end))
    header = ""
    if len(rows) > 2 and set(text[rows[1][0] : rows[1][1]].strip()) <= set("|-: "):
        words = text[rows[0][0] : rows[0][1]]
        header = words if estimate_tokens(words) <= sizes.target // 4 else ""
        yield from _sized(text, rows[0][0], rows[2][1], number, sizes)
        rows = rows[3:]
    for start, end in rows:
        for piece in _sized(text, start, end, number, sizes):
            yield _Piece(piece.start, piece.end, piece.tokens, number, header)


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


def _sized(text: str, start: int, end: int, number: int, sizes: _Sizes) -> Iterator[_Piece]:
    """The span without white space around it, in parts when it is longer than a chunk may be."""
    start, end = _stripped(text, start, end)
    if start >= end:
        return
    tokens = estimate_tokens(text[start:end])
    if tokens <= sizes.target:
        yield _Piece(start, end, tokens, number)
        return
    for left, right in _cut(text, start, end, sizes.target):
        yield _Piece(left, right, estimate_tokens(text[left:right]), number)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _cut(text: str, start: int, end: int, target: int) -> Iterator[tuple[int, int]]:
    """Parts of at most `target` tokens, ending with a line, a clause or a word where one fits."""
    while start < end:
        window = text[start : min(end, start + target * 8)]
        size = _fitting(window, target)
        if size < len(window) or start + size < end:
            size = _soft_end(window, size)
        left, right = _stripped(text, start, start + size)
        if left < right:
            yield left, right
        start += size


def _fitting(window: str, target: int) -> int:
    """How many characters from the beginning stay within the target."""
    total = 0
    for found in _WORDS.finditer(window):
        tokens = _word_tokens(found.lastgroup or "", found.end() - found.start())
        if total + tokens > target:
            if found.start() > 0:
                return found.start()
            low, high = 1, found.end()
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (
                    (middle, high) if estimate_tokens(window[:middle]) <= target else (low, middle - 1)
                )
            return low
        total += tokens
    return len(window)


def _soft_end(window: str, size: int) -> int:
    for pattern in _SOFT_BREAKS:
        best = 0
        for found in pattern.finditer(window, size // 2, size):
            best = found.end()
        if best:
            return best
    return size


class _Packer:
    """Fills chunks with pieces in order and decides where one ends."""

    def __init__(self, sections: Sequence[Section], sizes: _Sizes) -> None:
        self.sections = sections
        self.sizes = sizes
        self.runs: list[list[_Piece]] = []
        self.current: list[_Piece] = []
        self.tokens = 0
        self.repeated = 0  # how many pieces at the beginning of `current` also end the chunk before it

    def add(self, piece: _Piece) -> None:
        if self.current and self._ends_before(piece):
            self.flush(before=piece)
        self.current.append(piece)
        self.tokens += piece.tokens

    def flush(self, before: _Piece | None = None) -> None:
        run, fresh = self.current, self.current[self.repeated :]
        if fresh:
            if self._joins_last(fresh):
                self.runs[-1] = self.runs[-1] + fresh
            else:
                self.runs.append(run)
        self.current = self._overlap(run, before) if before else []
        self.repeated = len(self.current)
        self.tokens = sum(piece.tokens for piece in self.current)

    def _ends_before(self, piece: _Piece) -> bool:
        if self.tokens + piece.tokens > self.sizes.target:
            # A whole table may exceed the target together with the words that introduce it.
            return self.tokens >= self.sizes.tiny or self.tokens + piece.tokens > self.sizes.hard
        last, section = self.sections[self.current[-1].section], self.sections[piece.section]
        if last is section:
            return False
        fresh = self.current[self.repeated :]
        if last.heading != section.heading and self._joins_last(fresh):
            return True
        if last.heading[:1] != section.heading[:1]:
            return self.tokens >= self.sizes.tiny
        if last.heading != section.heading:
            return self.tokens >= self.sizes.small
        return last.page != section.page and self.tokens >= self.sizes.target * 3 // 4

    def _joins_last(self, fresh: list[_Piece]) -> bool:
        """Whether so little is left of a section that it is better kept with the chunk before."""
        if not self.runs or not fresh or fresh[-1].section != self.runs[-1][-1].section:
            return False
        tokens = sum(piece.tokens for piece in fresh)
        return tokens < self.sizes.tiny and sum(p.tokens for p in self.runs[-1]) + tokens <= self.sizes.hard

    def _overlap(self, run: list[_Piece], before: _Piece) -> list[_Piece]:
        kept: list[_Piece] = []
        room = min(self.sizes.overlap, self.sizes.target - before.tokens)
        if self.sections[before.section].kind != "text":
            return []
        for piece in reversed(run[1:]):
            room -= piece.tokens
            if room < 0 or piece.section != before.section:
                break
            kept.insert(0, piece)
        return kept


def _chunk(parsed: ParsedDocument, position: int, run: list[_Piece], title: str) -> Chunk:
    start, end = run[0].start, run[-1].end
    text = parsed.text[start:end]
    heading = _heading(parsed.sections, run)
    header = run[0].table_header
    embedded = text_to_embed(text, title=title, heading=heading, table_header=header)
    return Chunk(
        position=position,
        start=start,
        end=end,
        text=text,
        page=parsed.sections[run[0].section].page,
        heading=heading,
        tokens=sum(piece.tokens for piece in run),
        content_hash=hashlib.sha256(embedded.encode()).hexdigest(),
        table_header=header,
    )


def _heading(sections: Sequence[Section], run: list[_Piece]) -> tuple[str, ...]:
    """The path the sections share; of unrelated ones, that with the most text."""
    weights: dict[tuple[str, ...], int] = {}
    for piece in run:
        path = sections[piece.section].heading
        weights[path] = weights.get(path, 0) + piece.tokens
    paths = sorted(weights, key=len)
    deepest = paths[-1]
    if all(deepest[: len(path)] == path for path in paths):
        return deepest
    shared: tuple[str, ...] = ()
    for steps in zip(*paths, strict=False):
        if len(set(steps)) > 1:
            break
        shared = (*shared, steps[0])
    return shared or max(weights, key=lambda path: weights[path])
