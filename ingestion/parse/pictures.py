"""The pictures inside a document, drawn anew as WebP at two sizes. Runs in the confined child alone.

Nothing of the file's own bytes comes out: each picture is decoded, laid on white, made smaller and encoded again, so
that neither its metadata nor a script in it leaves this process. What is tiny, flat, a line, or the same on many
pages is decoration and left out. Pictures that a document only refers to are never fetched.
"""

import io
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

from PIL import Image, ImageOps

from ..errors import DocumentError
from . import detect
from .archive import Archive, open_archive
from .images import frames_of
from .pdfpictures import pictures_in_pdf
from .picture_frames import Picture
from .slides import pictures_on_slides
from .unlock import unlocked
from .word import pictures_in_docx

LARGE, SMALL = 1600, 320  # pixels of the longer side
MOST = 200  # of one document
_SHORTEST, _FLATTEST = 64, 12
_MOST_PIXELS = 50_000_000
_MOST_BYTES = 30_000_000  # of an embedded picture, as it is stored
_MOST_PAGES = 2  # on which the same picture may stand without being decoration
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_IMAGES = (detect.PNG, detect.JPEG, detect.TIFF, detect.BMP, detect.GIF, detect.WEBP)


@dataclass(frozen=True)
class Placed:
    """A picture that a document shows: on which page, or at which place of its text, and what its author says of it."""

    draw: Callable[[], Image.Image]
    page: int | None = None
    start: int | None = None
    words: str = ""


def pictures_of(data: bytes, *, name: str, password: str = "") -> Iterator[Picture]:
    """At most MOST, in the order of the document. What cannot be decoded is left out; the others are still shown."""
    data = unlocked(data, password)
    media_type, _ = detect.detect(data, name=name)
    count = 0
    for placed in _placed(data, media_type, password):
        if picture := _drawn(placed):
            yield picture
            count += 1
        if count == MOST:
            return


def _placed(data: bytes, media_type: str, password: str) -> Iterable[Placed]:
    match media_type:
        case detect.PDF:
            found = pictures_in_pdf(data, password)
            return (Placed(draw, page) for page, draw in found)
        case detect.PPTX:
            return _in_office(
                data, [(name, page, None, words) for page, name, words in pictures_on_slides(data)]
            )
        case detect.DOCX:
            return _in_office(data, pictures_in_docx(data))
        case _ if media_type in _IMAGES:
            return (Placed(frame.copy, page) for page, frame in enumerate(frames_of(data), start=1))
    return ()


def _in_office(data: bytes, found: list[tuple[str, int | None, int | None, str]]) -> Iterator[Placed]:
    """Members of the archive by name; what stands on several slides is their design."""
    archive = open_archive(data)
    pages = Counter(name for name, page in {(name, page) for name, page, _, _ in found if page})
    seen: set[tuple[str, int | None, int | None]] = set()
    for name, page, start, words in found:
        if (name, page, start) in seen or (start is None and pages[name] > _MOST_PAGES):
            continue
        seen.add((name, page, start))
        yield Placed(partial(_member, archive, name), page, start, words)


def _member(archive: Archive, name: str) -> Image.Image:
    return _decoded(archive.read(name, limit=_MOST_BYTES))


def _decoded(data: bytes) -> Image.Image:
    """Raises ValueError for what is too large to be unpacked, and what Pillow raises for what it cannot read."""
    Image.MAX_IMAGE_PIXELS = None  # we say it ourselves, before anything is unpacked
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError("too many pixels")
    if image.format == "JPEG":
        image.draft("RGB", (LARGE, LARGE))
    return image


def _drawn(placed: Placed) -> Picture | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = placed.draw()
            if is_small(*image.size):
                return None
            large = _plain(image)
    except (MemoryError, DocumentError):
        raise
    except Exception:  # a decoder's own confusion about one picture is no reason to go without the others
        return None
    if _is_flat(large):
        return None
    small = large.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Picture(
        placed.page,
        placed.start,
        large.width,
        large.height,
        placed.words,
        _encoded(small, quality=78),
        _encoded(large, quality=86),
    )


def is_small(width: float, height: float) -> bool:
    """Bullets, icons, rules."""
    shorter, longer = sorted((width, height))
    return shorter < _SHORTEST or longer > shorter * _FLATTEST


def _plain(image: Image.Image) -> Image.Image:
    """Upright, on white, at most LARGE a side, and without anything that came with it."""
    image.load()
    picture = ImageOps.exif_transpose(image)
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    picture.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    bare = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        bare.paste(layer, mask=layer.getchannel("A"))
    else:
        bare.paste(picture.convert("RGB"))
    return bare


def _is_flat(picture: Image.Image) -> bool:
    """One colour: a background, or a picture that is all transparent."""
    low, high = cast(
        tuple[int, int], picture.convert("L").getextrema()
    )  # of one band; of several it is a pair each
    return high - low < 8


def _encoded(picture: Image.Image, *, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
