"""Plain text and comma-separated values into blocks."""

import csv
import io
import re

from .blocks import Block, Reading, clean, heading, one_line, table

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_UNDERLINED = re.compile(r"([^\n]{1,120})\n(={3,}|-{3,})$")
_LIST = re.compile(r"[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+\S")
_DELIMITERS = ",;\t|"


def read_text(text: str) -> Reading:
    """Paragraphs are parted by blank lines; form feeds, where there are any, part pages."""
    pages = text.split("\f")
    reading = Reading(pages=len(pages) if len(pages) > 1 else None)
    for number, page in enumerate(pages, start=1):
        for paragraph in _BLANK_LINES.split(clean(page)):
            stripped = paragraph.strip("\n").rstrip()
            if stripped:
                reading.blocks.append(_paragraph(stripped, number if reading.pages else None))
    return reading


def _paragraph(text: str, page: int | None) -> Block:
    if found := _UNDERLINED.match(text):
        return heading(found.group(1), 1 if found.group(2)[0] == "=" else 2, page)
    if _LIST.match(text) and "\n" in text:
        return Block("list", text, page)
    return Block("text", text, page)


def read_csv(text: str) -> Reading:
    text = clean(text).strip("\n")
    delimiter = _delimiter(text)
    if delimiter is None:
        return read_text(text)
    csv.field_size_limit(10_000_000)
    try:
        escape = "\\" if f"\\{delimiter}" in text else None
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter, escapechar=escape))
    except csv.Error:
        return read_text(text)
    return Reading(blocks=_titled_table(rows))


def _titled_table(rows: list[list[str]]) -> list[Block]:
    """A first line with a single filled cell above a wider table is its title, not its header."""
    blocks: list[Block] = []
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:2]]
    if len(filled) == 2 and filled[0] == 1 and filled[1] > 1:
        blocks.append(Block("text", one_line(" ".join(rows[0]))))
        rows = rows[1:]
    body = table(rows)
    return [*blocks, body] if body else blocks


def _delimiter(text: str) -> str | None:
    """The delimiter that parts the first lines most often and most evenly."""
    lines = [line for line in text[:20_000].split("\n") if line.strip()][:20]
    best, best_score = None, 0.0
    for mark in _DELIMITERS:
        counts = [line.count(mark) for line in lines]
        if not counts or max(counts) == 0:
            continue
        usual = max(set(counts), key=counts.count)
        score = counts.count(usual) / len(counts) * (1 + min(usual, 10) / 10) if usual else 0.1
        if score > best_score:
            best, best_score = mark, score
    return best
