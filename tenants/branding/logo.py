"""An uploaded picture becomes a small PNG that holds pixels and nothing else.

SVG is not taken: it is a program as much as a picture. What is kept is drawn anew, so that neither scripts nor
metadata nor a second file behind the picture survive.
"""

import io
from typing import IO

from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_BYTES = 1024 * 1024
MOST_PIXELS = 4096  # a side
KEPT = (480, 160)  # three times what pages show, for fine screens

WRONG = "This is no picture that can be read. Choose a PNG, JPEG or WebP file."


def drawn_anew(file: IO[bytes], size: int) -> bytes:
    """Raises ValidationError with a sentence for people."""
    if size > MOST_BYTES:
        raise ValidationError("This picture is larger than 1 MB. Choose a smaller one.")
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if max(picture.size) > MOST_PIXELS:
                raise ValidationError(
                    f"This picture is larger than {MOST_PIXELS} pixels a side. Choose a smaller one."
                )
            pixels = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(WRONG) from error
    pixels.thumbnail(KEPT)
    clean = Image.new("RGBA", pixels.size)
    clean.paste(pixels)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()
