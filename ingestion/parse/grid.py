"""The cells of a sheet as the tables a reader sees: parted by blank rows and columns, with titles above."""

import re
from collections.abc import Iterable

from .blocks import Block, one_line, table

_NUMBER = re.compile(r"[^\w]{0,4}\d[\d.,\s'’ ]*(?:\s?\S{1,4})?$")
_MOST_GAPS = 2  # empty columns kept between others; more say no more


def tables_of(rows: Iterable[list[str]], page: int | None) -> list[Block]:
    """Blank rows and columns part the tables of a sheet; a lone cell above a table is its title."""
    blocks: list[Block] = []
    for region in _joined(_row_groups(rows)):
        for part in _side_by_side(region):
            blocks += _titled(_trimmed(part), page)
    return blocks


def _row_groups(rows: Iterable[list[str]]) -> list[list[list[str]]]:
    groups: list[list[list[str]]] = []
    part: list[list[str]] = []
    for row in [*rows, []]:
        if any(cell and not cell.isspace() for cell in row):
            part.append(row)
        elif part:
            groups.append(part)
            part = []
    return groups


def _joined(groups: list[list[list[str]]]) -> list[list[list[str]]]:
    """A blank row between the head of a table and its numbers is only a line to please the eye."""
    joined: list[list[list[str]]] = []
    for group in groups:
        if (
            joined
            and _is_head(joined[-1])
            and _has_number(group[0])
            and _shares_columns(joined[-1][-1], group[0])
        ):
            joined[-1] = joined[-1] + group
        else:
            joined.append(group)
    return joined


def _is_head(rows: list[list[str]]) -> bool:
    return len(rows) <= 3 and _filled(rows[-1]) > 1 and not any(_has_number(row) for row in rows)


def _has_number(row: list[str]) -> bool:
    return any(_NUMBER.match(cell) for cell in row if cell)


def _shares_columns(above: list[str], below: list[str]) -> bool:
    both = sum(1 for one, other in zip(above, below, strict=False) if one and other)
    return both * 2 >= min(_filled(above), _filled(below))


def _side_by_side(rows: list[list[str]]) -> list[list[list[str]]]:
    """Two tables next to each other begin or end in different rows; an empty column inside one does not part it."""
    width = max(len(row) for row in rows)
    used = [False] * width
    for row in rows:
        for at, cell in enumerate(row):
            used[at] = used[at] or bool(cell)
    gaps = [at for at in range(1, width) if not used[at] and used[at - 1]]
    for gap in gaps:
        right = next((at for at in range(gap, width) if used[at]), None)
        if right is None:
            break
        one, other = [row[:gap] for row in rows], [row[right:] for row in rows]
        if _span(one) != _span(other) and min(_width(one), _width(other)) > 1:
            return [*_side_by_side(_within(one)), *_side_by_side(_within(other))]
    return [rows]


def _span(rows: list[list[str]]) -> tuple[int, int]:
    places = [at for at, row in enumerate(rows) if any(row)]
    return (places[0], places[-1]) if places else (0, 0)


def _within(rows: list[list[str]]) -> list[list[str]]:
    first, last = _span(rows)
    return rows[first : last + 1]


def _width(rows: list[list[str]]) -> int:
    return len({at for row in rows for at, cell in enumerate(row) if cell})


def _titled(rows: list[list[str]], page: int | None) -> list[Block]:
    blocks: list[Block] = []
    while len(rows) > 1 and _filled(rows[0]) == 1 and _filled(rows[1]) > 1 and not _under_head(rows):
        blocks.append(Block("text", one_line(" ".join(rows[0]), 1000), page))
        rows = rows[1:]
    if all(_filled(row) <= 1 for row in rows):  # a column of notes is no table
        lines = [one_line(" ".join(row), 10_000) for row in rows]
        if len(rows) == 1 or max(len(line) for line in lines) > 60:
            return [*blocks, Block("text", "\n".join(lines), page)]
    body = table(rows, page)
    return [*blocks, body] if body else blocks


def _under_head(rows: list[list[str]]) -> bool:
    """A single cell that is not the first may head a group of columns: it belongs into the table."""
    return not rows[0][0].strip()


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell and not cell.isspace())


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without empty columns on the left, and few of them in a row elsewhere."""
    width = max(len(row) for row in rows)
    used = [any(at < len(row) and row[at] for row in rows) for at in range(width)]
    kept, empty = [], _MOST_GAPS
    for at in range(width):
        empty = 0 if used[at] else empty + 1
        if empty <= _MOST_GAPS:
            kept.append(at)
    if len(kept) == width:
        return rows
    return [[row[at] for at in kept if at < len(row)] for row in rows]
