"""Pages that are images: their lines by ocr.py, within what recognition may cost, and what to tell about them."""

import statistics
import time
from dataclasses import dataclass, field

from PIL import Image

from . import ocr
from .blocks import clean
from .layout import Piece, lines_in_order
from .lines import Line

_DOUBTFUL_SHARE = 0.12  # of the letters of a page


@dataclass
class Scans:
    """One document's recognised pages. `what` is how a sentence calls the document."""

    what: str = "this document"
    read_pages: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    slowest: float = 8.0

    def may_read(self, page: int) -> bool:
        """Whether one more page is allowed; one that is not is remembered and told about."""
        allowed = ocr.allowed()
        if allowed.enabled and len(self.read_pages) < allowed.pages and ocr.time_is_left(self.slowest):
            return True
        self.left_out.append(page)
        return False

    def read(self, picture: Image.Image, page: int) -> list[Line]:
        if not self.may_read(page):
            return []
        began = time.process_time()
        found = ocr.recognise(picture)
        self.slowest = max(self.slowest, time.process_time() - began)
        self.read_pages.append(page)
        letters = sum(len(line.text) for line in found.lines) + found.lost * 10
        if (
            letters
            and sum(len(line.text) for line in found.lines if line.doubtful) + found.lost * 10
            > _DOUBTFUL_SHARE * letters
        ):
            self.doubtful.append(page)
        return lines_of(found.lines, page)

    def warnings(self) -> list[str]:
        warnings = []
        if self.doubtful:
            them = "check it" if len(self.doubtful) == 1 else "check them"
            was = "was" if len(self.doubtful) == 1 else "were"
            warnings.append(f"{named(self.doubtful)} {was} recognised from an image; {them}.")
        if self.left_out:
            warnings.append(self._left_out())
        return warnings

    def _left_out(self) -> str:
        where = named(self.left_out)
        if not ocr.allowed().enabled:
            return f"{where} may be scanned: text recognition is switched off here, so no text was read from there."
        return (
            f"{where} may be scanned and could not be recognised within what one document may take. "
            "Split the document into smaller files."
        )

    def nothing_found(self) -> str:
        if self.left_out and not ocr.allowed().enabled:
            return (
                f"No text was found in {self.what}: its pages are probably scanned images. "
                "Run text recognition (OCR) on it and upload the result."
            )
        if self.doubtful:
            return (
                f"The text in {self.what} could not be recognised: too faint, or in a script that is not known. "
                "Upload a sharper scan, or a version with text."
            )
        return f"No text was found in {self.what}, and none could be recognised: it is blank or shows only pictures."


def lines_of(found: list[ocr.ReadLine], page: int) -> list[Line]:
    """Recognised heights differ by the letters in a line: only what is clearly larger gets a size of its own."""
    if not found:
        return []
    usual = statistics.median(line.bottom - line.top for line in found)
    pieces = [
        Piece(line.text, line.x0, line.top, line.x1, line.bottom, _size(line.bottom - line.top, usual))
        for line in found
    ]
    return [
        Line(
            clean(row.text),
            page,
            max(piece.size for piece in row.pieces),
            top=row.base,
            x0=min(piece.x0 for piece in row.pieces),
            x1=max(piece.x1 for piece in row.pieces),
        )
        for row in lines_in_order(pieces)
    ]


def _size(height: float, usual: float) -> float:
    steps = round(height / usual * 2) / 2
    return round(usual * (steps if steps >= 1.5 else 1.0))


def named(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:8])) + (" and others" if len(numbers) > 8 else "")
    return f"Page {shown}" if len(numbers) == 1 else f"Pages {shown}"
