"""From the lines of pages to headings and paragraphs: by the size, weight and distance of the lines."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .blocks import Block, heading

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_BULLET = re.compile(r"[•‣▪●◦–·*-]\s+\S|\(?\d{1,2}[.)]\s+\S|[a-z]\)\s+\S")
_NUMBERED = re.compile(
    r"(?:(?:chapter|section|article|part|appendix|annex)\s+)?[\dIVXA-H]+(?:\.\d+)*\.?\s+[^\W\d_a-z]", re.I
)
_LEADERS = re.compile(r"(?:\. ?){4,}|\.{4,}|…{2,}")


@dataclass(frozen=True)
class Line:
    """`top` grows downwards; a size of 0 is one that was not measured."""

    text: str
    page: int
    size: float = 0.0
    bold: bool = False
    top: float = 0.0
    upright: bool = True
    x0: float = 0.0
    x1: float = 0.0
    block: Block | None = None  # a table, say: it stands here, and has no text of its own


def without_running_lines(lines: list[Line], pages: int) -> list[Line]:
    """What headers and footers say is said once; mere page numbers are not said at all.

    A running line is the first or last one of most pages, the same but for its numbers.
    """
    if pages < 4:
        return lines
    edges: Counter[str] = Counter()
    places: set[int] = set()
    by_page: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        if line.block is None:
            by_page.setdefault(line.page, []).append(place)
    for own in by_page.values():
        near = {*own[:2], *own[-2:]} if len(own) > 5 else set()
        places |= near
        edges.update({_running(lines[place].text) for place in near})
    limit = max(3, len(by_page) * 0.35)  # left and right pages may differ
    said: set[str] = set()
    kept: list[Line] = []
    for place, line in enumerate(lines):
        text = _running(line.text)
        if place in places and edges[text] >= limit:
            if text in said or not any(char.isalpha() for char in text):
                continue
            said.add(text)
        kept.append(line)
    return kept


def _running(text: str) -> str:
    return re.sub(r"\d+", "#", text)[:120]


def blocks_of(lines: list[Line]) -> Iterator[Block]:
    levels, body = _levels(lines)
    paragraph: list[Line] = []
    title: list[Line] = []
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
            if paragraph and (line.block or _starts_anew(paragraph[-1], line)):
                yield _paragraph(paragraph)
                paragraph = []
            if line.block:
                yield line.block
            else:
                paragraph.append(line)
    if title:
        yield _heading(title, levels)
    if paragraph:
        yield _paragraph(paragraph)


def _levels(lines: list[Line]) -> tuple[dict[float, int], float]:
    """Sizes clearly above the usual one become levels, largest first; bold lines of usual size come below."""
    sizes: Counter[float] = Counter()
    for line in lines:
        if line.size:  # measured
            sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    large = sorted(
        {line.size for line in lines if line.size >= body * 1.15 and _may_head(line.text)}, reverse=True
    )
    return {size: min(rank, 4) for rank, size in enumerate(large, start=1)}, body


def _may_head(text: str) -> bool:
    return (
        0 < len(text) <= 120
        and bool(_LETTERS.search(text))
        and text[-1] not in ".,;"
        and not _LEADERS.search(text)
    )


def _level(lines: list[Line], number: int, levels: dict[float, int], body: float) -> int:
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


def _heading(title: list[Line], levels: dict[float, int]) -> Block:
    level = levels.get(title[0].size, min(len(levels) + 1, 5))
    return heading(" ".join(line.text for line in title), level, title[0].page)


def _starts_anew(before: Line, line: Line) -> bool:
    if before.page != line.page or not line.upright or not before.upright:
        return before.page != line.page or before.upright != line.upright
    gap = line.top - before.top
    size = max(before.size, line.size, 4.0)
    if gap > size * 1.75 or gap < -size * 2:
        return True
    return (
        bool(_BULLET.match(line.text))
        and not _BULLET.match(before.text)
        and before.text.endswith((".", ":", ";"))
    )


def _paragraph(lines: list[Line]) -> Block:
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
