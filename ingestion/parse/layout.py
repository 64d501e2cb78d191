"""From pieces of lines, wherever they stand on a page, to lines in the order in which people read them."""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LEAST_ROWS = 3  # that lie beside one another before there are columns


@dataclass(frozen=True)
class Piece:
    """Words of one line without a wide gap. x grows in the direction of reading, y downwards."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool = False
    upright: bool = True
    order: int = -1  # in the file, where one is known


@dataclass
class Row:
    """Pieces on one line, in order."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def base(self) -> float:
        return statistics.fmean(piece.bottom for piece in self.pieces)

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)


def run_on(lines: list[str]) -> str:
    """Lines of one cell or paragraph as one; a word parted at a line's end is joined again."""
    text = lines[0]
    for line in lines[1:]:
        if text[-1:] == "-" and text[-2:-1].islower() and line[:1].islower():
            text = text[:-1] + line
        else:
            text += " " + line
    return text


def lines_in_order(pieces: list[Piece]) -> list[Row]:
    """Columns one after the other; what spans them (a title, a wide picture's caption) where it stands."""
    rows = rows_of(pieces)
    return [row for band in _bands(rows) for row in band]


def rows_of(pieces: list[Piece]) -> list[Row]:
    """Pieces that overlap by most of their height share a row; each row in reading direction."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda piece: (piece.bottom + piece.top, piece.x0)):
        for row in reversed(rows[-4:]):
            if _beside(row, piece):
                row.pieces.append(piece)
                break
        else:
            rows.append(Row([piece]))
    for row in rows:
        letters = "".join(piece.text for piece in row.pieces)
        row.pieces.sort(key=lambda piece: piece.x0, reverse=mostly_right_to_left(letters))
    return rows


def _beside(row: Row, piece: Piece) -> bool:
    """On a level with the piece of the row that is nearest in x, and not on top of any."""
    other = min(row.pieces, key=lambda other: max(other.x0 - piece.x1, piece.x0 - other.x1))
    overlap = min(other.bottom, piece.bottom) - max(other.top, piece.top)
    if overlap < 0.55 * min(other.bottom - other.top, piece.bottom - piece.top):
        return False
    return all(
        min(one.x1, piece.x1) - max(one.x0, piece.x0) < 0.5 * min(one.x1 - one.x0, piece.x1 - piece.x0)
        for one in row.pieces
    )


def has_right_to_left(text: str) -> bool:
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def mostly_right_to_left(text: str) -> bool:
    if text.isascii():
        return False
    return len(_RIGHT_TO_LEFT.findall(text)) * 2 > sum(letter.isalpha() for letter in text)


def _bands(rows: list[Row]) -> Iterator[list[Row]]:
    """Runs of rows that leave the same strip of the page empty are columns; the rest stays as it is."""
    start = 0
    while start < len(rows):
        end, gutter = _columns_from(rows, start)
        if gutter is None:
            yield [rows[start]]
            start += 1
            continue
        pieces = [piece for row in rows[start:end] for piece in row.pieces]
        middle = (gutter[0] + gutter[1]) / 2
        sides = [
            [piece for piece in pieces if piece.x1 <= middle],
            [piece for piece in pieces if piece.x1 > middle],
        ]
        if mostly_right_to_left("".join(piece.text for piece in pieces)):
            sides.reverse()
        for side in sides:
            yield lines_in_order(side)
        start = end


def _columns_from(rows: list[Row], start: int) -> tuple[int, tuple[float, float] | None]:
    """The longest run of rows from here around one gutter, if its two sides are read one after the other."""
    best: tuple[int, tuple[float, float] | None] = (start + 1, None)
    row = rows[start]
    for left, right in _gaps(row):
        gutter, end = (left, right), start + 1
        while end < len(rows):
            narrowed = _narrowed(gutter, rows[end])
            if narrowed is None:
                break
            gutter, end = narrowed, end + 1
        if (best[1] is None or end > best[0]) and _reads_by_column(rows[start:end], gutter):
            best = (end, gutter)
    return best


def _gaps(row: Row) -> list[tuple[float, float]]:
    ordered = sorted(row.pieces, key=lambda piece: piece.x0)
    inner = [(one.x1, other.x0) for one, other in pairwise(ordered)]
    return [(left, right) for left, right in inner if right - left >= _least(row)]


def _least(row: Row) -> float:
    return 0.7 * min(piece.size for piece in row.pieces)


def _narrowed(gutter: tuple[float, float], row: Row) -> tuple[float, float] | None:
    """The widest strip that the row leaves of the gutter; None when it crosses."""
    left, right = gutter
    widest, free = (left, left), left
    for piece in sorted(row.pieces, key=lambda piece: piece.x0):
        if piece.x0 - free > widest[1] - widest[0]:
            widest = (free, min(piece.x0, right))
        free = max(free, piece.x1)
        if free >= right:
            break
    else:
        if right - free > widest[1] - widest[0]:
            widest = (free, right)
    return widest if widest[1] - widest[0] >= _least(row) * 0.8 else None


def _reads_by_column(rows: list[Row], gutter: tuple[float, float]) -> bool:
    middle = (gutter[0] + gutter[1]) / 2
    both = lefts = rights = neighbours = known = 0
    wide: list[bool] = []
    for row in rows:
        left = [piece for piece in row.pieces if piece.x1 <= middle]
        right = [piece for piece in row.pieces if piece.x1 > middle]
        lefts, rights = lefts + bool(left), rights + bool(right)
        if left and right:
            both += 1
            last, first = max(left, key=lambda piece: piece.x1), min(right, key=lambda piece: piece.x0)
            if last.order >= 0:
                known += 1
                # in the file, one follows the other: written row by row
                neighbours += last.order < first.order <= last.order + len(last.text) + 4
        wide += [len(piece.text) >= 20 for piece in row.pieces]
    if min(lefts, rights) < _LEAST_ROWS or both < 2:
        return False
    prose = sum(wide) >= 0.6 * len(wide)
    if known and neighbours * 2 < known:
        return prose or sum(wide) >= 0.3 * len(wide)
    return prose and both >= _LEAST_ROWS
