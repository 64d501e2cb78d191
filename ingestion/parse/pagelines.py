"""From the pieces of one PDF page to its lines and tables in order."""

from collections.abc import Iterator

from .aligned import tables_among
from .blocks import clean, table
from .layout import Piece, Row, lines_in_order
from .lines import Line
from .pdfpage import PageText
from .rulings import cells_of, grids_of, inside

_Cells = list[list[str]]


def lines_of_page(text: PageText, number: int) -> Iterator[Line]:
    """Text in the page's main direction first, then what is turned otherwise: stamps, labels of axes."""
    for place, pieces in enumerate(text.pieces):
        rest, drawn = _without_drawn_tables(pieces, text) if place == 0 else (pieces, {})
        rows = [part for row in lines_in_order(rest) for part in _parts(row, drawn)]
        for found in tables_among(rows) if place == 0 else rows:
            if isinstance(found, Row) and found.pieces[0] not in drawn:
                yield from _line(found, number, upright=place == 0)
                continue
            block = table(drawn[found.pieces[0]] if isinstance(found, Row) else found, number)
            if block:
                yield Line("", number, block=block)


def _without_drawn_tables(pieces: list[Piece], text: PageText) -> tuple[list[Piece], dict[Piece, _Cells]]:
    """Each table that is drawn with lines becomes one piece, which takes its place among the others."""
    drawn: dict[Piece, _Cells] = {}
    for grid in grids_of(text.rules):
        within = [piece for piece in pieces if inside(grid, piece) and piece not in drawn]
        cells = cells_of(grid, within) if len(within) > 2 else None
        if cells is None:
            continue
        taken = set(within)
        stand_in = Piece(
            " ".join(piece.text for piece in within),
            min(piece.x0 for piece in within),
            min(piece.top for piece in within),
            max(piece.x1 for piece in within),
            max(piece.bottom for piece in within),
            within[0].size,
            order=within[0].order,
        )
        drawn[stand_in] = cells
        pieces = [*(piece for piece in pieces if piece not in taken), stand_in]
    return pieces, drawn


def _parts(row: Row, drawn: dict[Piece, _Cells]) -> Iterator[Row]:
    """A row without its tables, and these on rows of their own."""
    words = [piece for piece in row.pieces if piece not in drawn]
    if words:
        yield Row(words)
    yield from (Row([piece]) for piece in row.pieces if piece in drawn)


def _line(row: Row, number: int, *, upright: bool) -> Iterator[Line]:
    words = clean(row.text).strip()
    if words:
        yield Line(
            words,
            number,
            max(piece.size for piece in row.pieces),
            all(piece.bold for piece in row.pieces),
            row.base,
            upright and all(piece.upright for piece in row.pieces),
            min(piece.x0 for piece in row.pieces),
            max(piece.x1 for piece in row.pieces),
        )
