"""Drawn documents: pages of text as images, as a scanner or a camera would make them."""

import io
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def drawn(*lines: str, size: tuple[int, int] = (1000, 420), letters: int = 30) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(FONT), letters)
    for number, line in enumerate(lines):
        pen.text((50, 40 + number * letters * 2), line, fill="black", font=font)
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def scanned(*pages: Image.Image | str) -> bytes:
    """A PDF whose pages are images, or lines of text where a string is given."""
    file = io.BytesIO()
    canvas = Canvas(file)
    for page in pages:
        if isinstance(page, str):
            canvas.setPageSize((595, 842))
            for number, line in enumerate(page.split("\n")):
                canvas.drawString(72, 770 - number * 16, line)
        else:
            width, height = (side * 0.5 for side in page.size)
            canvas.setPageSize((width, height))
            canvas.drawImage(ImageReader(page), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
