"""Tables drawn with lines: the grid that lines and boxes make on a page, and which words stand in which cell."""

import ctypes
import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as raw

from .layout import Piece, mostly_right_to_left, rows_of, run_on

_NEAR = 3.0  # points between ends of lines that meet
_MOST_OBJECTS, _MOST_LINES = 6000, 1500  # more of them is a drawing
_LONG_CELL = 700
_Point = tuple[float, float]


@dataclass(frozen=True)
class Rule:
    """A straight line: across at `at` = y, or down at `at` = x, in the direction of reading of the page's words."""

    down: bool
    at: float
    start: float
    end: float


@dataclass
class Grid:
    """Where the lines of one table are; cells are counted from the upper left."""

    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)

    @property
    def columns(self) -> list[float]:
        return _apart(rule.at for rule in self.down)

    @property
    def rows(self) -> list[float]:
        return _apart(rule.at for rule in self.across)


def rules_of(page: pypdfium2.PdfPage, direction: int) -> list[Rule]:
    cos, sin = math.cos(math.radians(direction)), math.sin(math.radians(direction))
    rules: list[Rule] = []
    count = raw.FPDFPage_CountObjects(page)
    for place in range(count if count <= _MOST_OBJECTS else 0):
        shape = raw.FPDFPage_GetObject(page, place)
        if raw.FPDFPageObj_GetType(shape) != raw.FPDF_PAGEOBJ_PATH:
            continue
        for one, other in _segments(shape):
            x, y = one[0] * cos + one[1] * sin, one[0] * sin - one[1] * cos
            u, v = other[0] * cos + other[1] * sin, other[0] * sin - other[1] * cos
            if abs(y - v) < 1.0 and abs(x - u) > 4:
                rules.append(Rule(False, (y + v) / 2, min(x, u), max(x, u)))
            elif abs(x - u) < 1.0 and abs(y - v) > 4:
                rules.append(Rule(True, (x + u) / 2, min(y, v), max(y, v)))
        if len(rules) > _MOST_LINES:
            return []
    return rules


def _segments(shape: raw.FPDF_PAGEOBJECT) -> Iterator[tuple[_Point, _Point]]:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(shape, matrix)
    start = here = (0.0, 0.0)
    x, y = ctypes.c_float(), ctypes.c_float()
    for place in range(min(raw.FPDFPath_CountSegments(shape), 400)):
        segment = raw.FPDFPath_GetPathSegment(shape, place)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield here, point
        here = point
        if raw.FPDFPathSegment_GetClose(segment):
            yield here, start
            here = start


def grids_of(rules: list[Rule]) -> list[Grid]:
    """Lines that cross or touch belong together; a frame alone is no table."""
    grids: list[Grid] = []
    across, down = ([rule for rule in rules if rule.down is way] for way in (False, True))
    if len(down) * len(across) > 400_000:
        return []
    left = set(range(len(across)))
    for first in range(len(across)):
        if first not in left:
            continue
        grid, waiting, used = Grid(), [first], set[int]()
        left.discard(first)
        while waiting:
            rule = across[waiting.pop()]
            grid.across.append(rule)
            for place, other in enumerate(down):
                if place not in used and _meet(rule, other):
                    used.add(place)
                    grid.down.append(other)
                    touched = [number for number in left if _meet(across[number], other)]
                    left.difference_update(touched)
                    waiting += touched
        if len(grid.columns) > 2 and len(grid.rows) > 2:
            grids.append(grid)
    return grids


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.start - _NEAR <= down.at <= across.end + _NEAR
        and down.start - _NEAR <= across.at <= down.end + _NEAR
    )


def _apart(places: Iterator[float]) -> list[float]:
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _NEAR:
            kept.append(place)
    return kept


def inside(grid: Grid, piece: Piece) -> bool:
    x, y = (piece.x0 + piece.x1) / 2, (piece.top + piece.bottom) / 2
    columns, rows = grid.columns, grid.rows
    return columns[0] <= x <= columns[-1] and rows[0] <= y <= rows[-1]


def cells_of(grid: Grid, pieces: list[Piece]) -> list[list[str]] | None:
    """The words by row and column; None when what is drawn seems to be no table of words."""
    columns, rows = grid.columns, grid.rows
    cells: dict[tuple[int, int], list[Piece]] = {}
    for piece in pieces:
        x, y = (piece.x0 + piece.x1) / 2, (piece.top + piece.bottom) / 2
        column = min(max(bisect_right(columns, x) - 1, 0), len(columns) - 2)
        row = min(max(bisect_right(rows, y) - 1, 0), len(rows) - 2)
        while column > 0 and not _wall(grid.down, columns[column], y):
            column -= 1
        while row > 0 and not _wall(grid.across, rows[row], x):
            row -= 1
        cells.setdefault((row, column), []).append(piece)
    filled_rows = sorted({row for row, _ in cells})
    filled_columns = sorted({column for _, column in cells})
    words = {place: run_on([row.text for row in rows_of(inner)]) for place, inner in cells.items()}
    if mostly_right_to_left(" ".join(words.values())):
        filled_columns.reverse()
    if len(filled_rows) < 2 or len(filled_columns) < 2:
        return None
    if max(map(len, words.values())) > _LONG_CELL and len(words) < 9:
        return None
    texts: list[list[str]] = []
    for row in filled_rows:
        texts += _rows_within({column: cells.get((row, column), []) for column in filled_columns}) or [
            [words.get((row, column), "") for column in filled_columns]
        ]
    return texts


def _rows_within(cells: dict[int, list[Piece]]) -> list[list[str]]:
    """The rows of words between two lines, where only every few rows have a line between them."""
    column_of = {piece: column for column, inner in cells.items() for piece in inner}
    filled = sum(1 for inner in cells.values() if inner)
    rows = rows_of(list(column_of))
    counts = [len({column_of[piece] for piece in row.pieces}) for row in rows]
    if filled < 3 or len(rows) < 2 or min(counts) < max(3, filled * 0.7):
        return []
    return [
        [" ".join(piece.text for piece in row.pieces if column_of[piece] == column) for column in cells]
        for row in rows
    ]


def _wall(rules: list[Rule], at: float, along: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and rule.start - 1 <= along <= rule.end + 1 for rule in rules)
