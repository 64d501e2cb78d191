"""Tables without lines: rows of pieces that stand below one another in the same columns."""

import statistics
from collections import Counter
from itertools import pairwise

from .layout import Piece, Row, mostly_right_to_left, run_on

_LEAST_ROWS = 3


def tables_among(rows: list[Row]) -> list[Row | list[list[str]]]:
    """The rows with each run that is surely a table replaced by its cells; nothing is left out or moved."""
    found: list[Row | list[list[str]]] = []
    start = 0
    while start < len(rows):
        end = _run(rows, start)
        cells = _cells(rows[start:end]) if end - start >= _LEAST_ROWS else None
        if cells is None:
            found.append(rows[start])
            start += 1
        else:
            found.append(cells)
            start = end
    return found


def _run(rows: list[Row], start: int) -> int:
    """Rows of several pieces, evenly spaced; single pieces only between them."""
    if len(rows[start].pieces) < 2:
        return start + 1
    end = last = start + 1
    while end < len(rows) and _follows(rows[end - 1], rows[end]):
        end += 1
        if len(rows[end - 1].pieces) > 1:
            last = end
        elif end - last > 1:
            break
    return last


def _follows(before: Row, row: Row) -> bool:
    size = max(piece.size for piece in [*before.pieces, *row.pieces])
    return 0 < row.base - before.base < size * 3.2


def _cells(rows: list[Row]) -> list[list[str]] | None:
    columns = _columns_of_all(rows)
    if not columns:
        return None
    cells: list[list[str]] = []
    for number, row in enumerate(rows):
        placed: list[list[str]] = [[] for _ in columns]
        for piece in row.pieces:
            at = _column(columns, piece)
            if placed[at] and len(row.pieces) > len(columns):
                return None
            placed[at].append(piece.text)
        texts = [" ".join(parts) for parts in placed]
        if number and not texts[0] and _wraps(rows, number, columns):
            cells[-1] = [
                run_on([one, other]) if other else one for one, other in zip(cells[-1], texts, strict=True)
            ]
        else:
            cells.append(texts)
    if mostly_right_to_left(" ".join(row.text for row in rows)):
        cells = [row[::-1] for row in cells]
    return cells if len(cells) > 1 else None


def _columns_of_all(rows: list[Row]) -> list[tuple[float, float]]:
    """Where the columns are, if most rows agree about them."""
    counts = Counter(len(row.pieces) for row in rows)
    everywhere = _columns(rows)
    wide = sum(len(row.pieces) > 2 for row in rows)
    if len(everywhere) == max(counts) and wide >= max(_LEAST_ROWS, len(rows) * 0.6):
        return everywhere  # whatever cells are empty, nothing crosses a gap
    usual = max(counts, key=lambda count: (counts[count] * min(count, 6), count))
    full = [row for row in rows if len(row.pieces) == usual]
    columns = _columns(full)
    if usual < 2 or len(columns) != usual or len(full) < max(_LEAST_ROWS, len(rows) * 0.5):
        return []
    return columns if usual > 2 or _pairs(rows, full) else []


def _columns(rows: list[Row]) -> list[tuple[float, float]]:
    """The strips that the pieces of all rows cover together."""
    strips: list[tuple[float, float]] = []
    for piece in sorted((piece for row in rows for piece in row.pieces), key=lambda piece: piece.x0):
        if strips and piece.x0 <= strips[-1][1]:
            strips[-1] = (strips[-1][0], max(strips[-1][1], piece.x1))
        else:
            strips.append((piece.x0, piece.x1))
    return strips


def _column(columns: list[tuple[float, float]], piece: Piece) -> int:
    def overlap(at: int) -> float:
        return min(piece.x1, columns[at][1]) - max(piece.x0, columns[at][0])

    touched = [at for at in range(len(columns)) if overlap(at) > 0]
    return touched[0] if touched else max(range(len(columns)), key=overlap)


def _pairs(rows: list[Row], full: list[Row]) -> bool:
    """Two columns are a table when there are several rows and the entries are short on one side at least."""
    if len(full) < 4 or len(full) < len(rows) * 0.7:
        return False
    return all(
        statistics.median(len(row.pieces[at].text) for row in full) <= most for at, most in ((0, 40), (1, 60))
    )


def _wraps(rows: list[Row], number: int, columns: list[tuple[float, float]]) -> bool:
    """A row without its first cell goes on with the row above, when rows that have one stand further apart."""
    pitches = [
        below.base - above.base
        for above, below in pairwise(rows)
        if any(_column(columns, piece) == 0 for piece in below.pieces)
    ]
    own = rows[number].base - rows[number - 1].base
    return bool(pitches) and own < min(pitches) * 0.85
