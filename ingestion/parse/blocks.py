"""Paragraphs, headings and tables in reading order, and how they become one text with sections."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from .document import Section
from .parts import FilePart

HEADING = "heading"
HEADING_CHARS = 200
HEADING_LIMIT = 400  # what is longer was only styled as a heading
# Control characters that a database or a browser would choke on, lone surrogates, soft hyphens, marks.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\xad\ufeff\ufffe\uffff\ud800-\udfff]")
_ODD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_ODD_SPACES = re.compile("[\u00a0\u2007\u202f]")
_HASHES = re.compile(r"^#+[ \t]*|(?<![ \t])[ \t]+#+$")
_INLINE_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+|(?<!\w)_+|_+(?!\w)|<[^<>]{1,80}>")


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, list, table or code fence. A heading has a level; one without text ends all headings."""

    kind: str
    text: str
    page: int | None = None
    level: int = 0


@dataclass
class Reading:
    """What a format's module found in a file."""

    blocks: list[Block] = field(default_factory=list)
    title: str = ""
    pages: int | None = None
    warnings: list[str] = field(default_factory=list)
    parts: list[FilePart] = field(default_factory=list)


def clean(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ODD_SPACES.sub(" ", _UNWANTED.sub("", _ODD_LINE_ENDS.sub("\n", text)))


def one_line(text: str, limit: int = HEADING_CHARS) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def heading(text: str, level: int, page: int | None = None) -> Block:
    return Block(HEADING, one_line(text, 1000), page, max(1, min(level, 6)))


def end_of_headings(page: int | None = None) -> Block:
    return Block(HEADING, "", page)


def without_markup(text: str) -> str:
    return " ".join(_INLINE_MARKUP.sub(lambda found: found.group(1) or "", text).split())


def table(rows: Iterable[Iterable[str]], page: int | None = None) -> Block | None:
    """A Markdown table whose first row is its header; nothing when every cell is empty."""
    cells = [[_cell(text) for text in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return None
    width = max(_used(row) for row in cells)
    lines = ["| " + " | ".join((row + [""] * width)[:width]) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join(["---"] * width) + " |")
    return Block("table", "\n".join(lines), page)


def _cell(text: str) -> str:
    return " ".join(clean(text).split()).replace("|", "\\|")


def _used(row: list[str]) -> int:
    return max((index for index, text in enumerate(row, start=1) if text), default=0)


def assemble(blocks: Iterable[Block]) -> tuple[str, tuple[Section, ...]]:
    """Join the blocks with blank lines; neighbours of one page, heading and kind share a section."""
    parts: list[str] = []
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    position = 0
    for block in blocks:
        kind, text = block.kind, clean(block.text).strip("\n").rstrip()
        if kind == HEADING and len(text) > HEADING_LIMIT:
            kind = "text"
        if kind == HEADING:
            path = [step for step in path if step[0] < block.level]
            if not text:
                continue
            name = one_line(without_markup(_HASHES.sub("", text)))
            if name:
                path = [*path, (block.level, name)]
            kind, text = "text", text if text.startswith("#") else "#" * block.level + " " + text
        if not text or text.isspace():
            continue
        if parts:
            parts.append("\n\n")
            position += 2
        start, position = position, position + len(text)
        parts.append(text)
        section = Section(start, position, block.page, tuple(step[1] for step in path), kind)
        if sections and _same_place(sections[-1], section):
            sections[-1] = replace(sections[-1], end=position)
        else:
            sections.append(section)
    return "".join(parts), tuple(sections)


def _same_place(one: Section, other: Section) -> bool:
    return (
        one.kind == other.kind
        and one.kind in ("text", "list")
        and one.page == other.page
        and one.heading == other.heading
    )
