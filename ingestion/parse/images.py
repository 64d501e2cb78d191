"""Images as documents: photographs of paper, scans, screenshots. Their text is what ocr.py recognises in them."""

import io
from collections.abc import Iterator

from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import DocumentError, _
from . import ocr
from .blocks import Reading
from .lines import Line, blocks_of
from .scans import Scans

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_MOST_PIXELS = 90_000_000  # a sheet of A3 at 600 dpi is 70 million
_LONGEST_SIDE = 4000  # more is only paper grain
_SHORTEST_SIDE = 700  # letters of a small screenshot are read better enlarged


def read_image(data: bytes) -> Reading:
    if not ocr.allowed().enabled:
        raise DocumentError(
            "no_text",
            _(
                "This file is an image, and text recognition is switched off here. Upload its text as a document."
            ),
        )
    scans, lines, pages = Scans(what="this image"), list[Line](), 0
    for pages, picture in enumerate(frames_of(data), start=1):
        lines += scans.read(picture, pages)
    if not lines:
        raise DocumentError("no_text", scans.nothing_found())
    reading = Reading(pages=pages, warnings=scans.warnings())
    reading.blocks = list(blocks_of(lines))
    return reading


def frames_of(data: bytes) -> Iterator[Image.Image]:
    """The pages of a TIFF; the first picture of anything that moves."""
    Image.MAX_IMAGE_PIXELS = None  # we say it ourselves, before anything is unpacked
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            for number in range(frames):
                image.seek(number)
                if image.width * image.height > _MOST_PIXELS:
                    raise DocumentError(
                        "too_large",
                        f"This image has more than {_MOST_PIXELS // 1_000_000} million points, the most that is "
                        "read. Save it smaller and upload that.",
                    )
                if image.format == "JPEG":
                    image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
                yield _plain(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise DocumentError(
            "corrupt",
            _("This image is damaged or cut off. Open the original, save it again and upload that."),
        ) from error


def _plain(image: Image.Image) -> Image.Image:
    """Upright as the camera was held, on white where it is transparent, neither huge nor tiny."""
    picture = ImageOps.exif_transpose(image)
    if picture.mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    picture = picture.convert("RGB")
    longest = max(picture.size)
    if longest > _LONGEST_SIDE:
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BOX)
    elif longest < _SHORTEST_SIDE:
        picture = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
    return picture
