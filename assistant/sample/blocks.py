"""The sources of the built documents, read as blocks, and what all of these documents share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CHANGED = datetime(2026, 9, 1, 9, 0)
AUTHOR = "Acme People team"
INK, TEAL, PALE, LINE, GREY = "1F2937", "0F766E", "E6F2F1", "CBD5D4", "6B7280"
LIST_ITEM = re.compile(r"(?:-|\d+\.) +")


@dataclass(frozen=True)
class Block:
    kind: str  # "h1", "h2", "p", "ul", "ol" or "table"
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()  # of a table, or the items of a list, one cell each


def blocks(source: Path) -> Iterator[Block]:
    """The few kinds of Markdown that the sources use; an empty line stands between any two blocks."""
    for part in re.split(r"\n\n+", typographic(source.read_text()).strip()):
        lines = part.splitlines()
        if match := re.match(r"(#+) (.*)", part):
            yield Block(f"h{len(match[1])}", match[2])
        elif part.startswith("|"):
            rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
            yield Block("table", rows=(rows[0], *rows[2:]))
        elif all(LIST_ITEM.match(line) for line in lines):
            items = tuple((LIST_ITEM.sub("", line, count=1),) for line in lines)
            yield Block("ul" if part.startswith("-") else "ol", rows=items)
        else:
            yield Block("p", part)


def typographic(text: str) -> str:
    return re.sub(r'"([^"\n]*)"', r"“\1”", text).replace("'", "’")
