"""Figures and photographs on the pages of a PDF: where images stand, the page is drawn as people see it."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from ctypes import c_int
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

_LARGE = 1600  # pixels of the longer side
_SHORTEST = 36.0  # points; half an inch
_COARSEST = 64  # pixels of the shorter side
_FLATTEST = 12
_WHOLE_PAGE = 0.85  # the page itself, as a scan, or what lies behind its text
_TOUCHING = 2.0  # points between the pieces that a program cut a picture into
_MOST_PIXELS = 60_000_000
_MOST_ON_PAGE, _MOST_OBJECTS, _MOST_WORDS, _MOST_PAGES = 12, 400, 5000, 1500
_SAME_ON = 2  # pages; what is on more of them is a logo
_HASHED = 1 << 16
_FINE = 100  # steps to a point


@dataclass
class _Box:
    """In points from the page's upper left corner, as it is turned; `sharp` is its own pixels a point."""

    left: float
    top: float
    right: float
    bottom: float
    sharp: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def touches(self, other: "_Box") -> bool:
        return (
            self.left - _TOUCHING <= other.right
            and other.left - _TOUCHING <= self.right
            and self.top - _TOUCHING <= other.bottom
            and other.top - _TOUCHING <= self.bottom
        )

    def joined(self, other: "_Box") -> "_Box":
        return _Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            max(self.sharp, other.sharp),
        )

    @property
    def is_decoration(self) -> bool:
        shorter, longer = sorted((self.width, self.height))
        return shorter < _SHORTEST or longer > shorter * _FLATTEST or shorter * self.sharp < _COARSEST


def pictures_in_pdf(data: bytes, password: str) -> Iterator[tuple[int, Callable[[], Image.Image]]]:
    """The page of each, and what draws it. Raises PdfiumError when the file cannot be opened."""
    document = pypdfium2.PdfDocument(data, password=password or None)
    for number, boxes in _pages(document):
        page = document[number - 1]
        for box in boxes:
            yield number, partial(_drawn, page, box)
        page.close()


def _pages(document: pypdfium2.PdfDocument) -> list[tuple[int, list[_Box]]]:
    """The pictures of each page that has any, in the order of reading, without what is on many pages."""
    found: list[tuple[int, str, _Box]] = []
    pages_of = defaultdict[str, set[int]](set)
    for number in range(1, min(len(document), _MOST_PAGES) + 1):
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            continue
        try:
            for key, box in _images(page):
                found.append((number, key, box))
                pages_of[key].add(number)
        except pypdfium2.PdfiumError:
            continue
        finally:
            page.close()
    by_page = defaultdict[int, list[_Box]](list)
    for number, key, box in found:
        if len(pages_of[key]) <= _SAME_ON:
            by_page[number].append(box)
    return [(number, _whole(boxes)) for number, boxes in sorted(by_page.items())]


def _whole(boxes: list[_Box]) -> list[_Box]:
    """Pieces that touch are one picture."""
    joined: list[_Box] = []
    for box in boxes:
        while near := next((other for other in joined if other.touches(box)), None):
            joined.remove(near)
            box = box.joined(near)
        joined.append(box)
    kept = sorted((box for box in joined if not box.is_decoration), key=lambda box: -box.width * box.height)
    return sorted(kept[:_MOST_ON_PAGE], key=lambda box: (round(box.top), box.left))


def _images(page: pypdfium2.PdfPage) -> Iterator[tuple[str, _Box]]:
    width, height = page.get_size()
    count = 0
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        count += 1
        if count > _MOST_OBJECTS:
            break
        across, down = image.get_px_size()
        if not 0 < across * down <= _MOST_PIXELS:
            continue
        left, top, right, bottom = _place(page, image, width, height)
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        if right <= left or bottom <= top or (right - left) * (bottom - top) > _WHOLE_PAGE * width * height:
            continue
        sharp = max(across, down) / max(right - left, bottom - top)
        yield _key(image, across, down), _Box(left, top, right, bottom, sharp)


def _place(
    page: pypdfium2.PdfPage, image: pypdfium2.PdfImage, width: float, height: float
) -> tuple[float, float, float, float]:
    """Left, top, right, bottom on the page as it is shown, however it is turned and wherever its origin lies."""
    matrix = image.get_matrix()
    above = image.container
    while above is not None:
        matrix = matrix.multiply(above.get_matrix())
        above = above.container
    corners = [matrix.on_point(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    size = (round(width * _FINE), round(height * _FINE))
    shown = [_on_page(page, x, y, size) for x, y in corners]
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    return min(xs), min(ys), max(xs), max(ys)


def _cut_through(page: pypdfium2.PdfPage, box: _Box) -> list[pypdfium2.PdfObject]:
    """Words that stand half on the picture. Those within it, such as labels of a diagram, belong to it."""
    width, height = page.get_size()
    size = (round(width * _FINE), round(height * _FINE))
    found = []
    for words in islice(page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=1), _MOST_WORDS):
        left, low, right, high = words.get_bounds()
        (x0, y0), (x1, y1) = _on_page(page, left, high, size), _on_page(page, right, low, size)
        (x0, x1), (y0, y1) = sorted((x0, x1)), sorted((y0, y1))
        apart = x1 <= box.left or x0 >= box.right or y1 <= box.top or y0 >= box.bottom
        within = x0 >= box.left - 1 and x1 <= box.right + 1 and y0 >= box.top - 1 and y1 <= box.bottom + 1
        if not apart and not within:
            found.append(words)
    return found


def _on_page(page: pypdfium2.PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    across, down = c_int(), c_int()
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _key(image: pypdfium2.PdfImage, across: int, down: int) -> str:
    """The same for the same picture, however often the file holds it."""
    length = raw.FPDFImageObj_GetImageDataRaw(image, None, 0)
    data = bytes(image.get_data(decode_simple=False)[:_HASHED]) if length < 50_000_000 else b""
    return f"{across}x{down} {length} {sha256(data).hexdigest()}"


def _drawn(page: pypdfium2.PdfPage, box: _Box) -> Image.Image:
    width, height = page.get_size()
    for words in _cut_through(page, box):
        page.remove_obj(words)  # from this page in memory
    scale = min(_LARGE / max(box.width, box.height), max(box.sharp, 2.0))
    crop = (box.left, max(height - box.bottom, 0), max(width - box.right, 0), box.top)
    bitmap = page.render(scale=scale, crop=crop, may_draw_forms=False)
    try:
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        return picture
    finally:
        bitmap.close()
