"""Documents with pictures in them, as programs write them, and some that nobody means well with."""

import io
import struct
import zipfile
import zlib

from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.ingestion.pictures import saved

WORDS = "A box that stands on wheels"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"


def figure(colour: str = "teal", size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A diagram: a coloured box with a line through it."""
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((size[0] // 8, size[1] // 8, size[0] * 7 // 8, size[1] * 7 // 8), fill=colour)
    pen.line((0, 0, *size), fill="black", width=6)
    return picture


def png(colour: str = "teal", size: tuple[int, int] = (400, 300)) -> bytes:
    return saved(figure(colour, size), "PNG")


def illustrated_pdf(
    *pages: tuple[str, list[tuple[Image.Image, tuple[float, float, float, float]]]], turned: int = 0
) -> bytes:
    """Each page is its text and its pictures, each with left, bottom, width and height in points."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    for text, pictures in pages:
        canvas.setPageRotation(turned)
        for picture, place in pictures:
            canvas.drawImage(ImageReader(picture), *place)
        for number, line in enumerate(text.split("\n")):
            canvas.drawString(72, 770 - number * 16, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def zipped(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """Ids r1, r2, …; a target that is an address is one outside of the file."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if "://" in target else "/>")
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{rows}</Relationships>'


def _blip(key: str, words: str = "") -> str:
    return (
        f'<pic xmlns:r="{_RELATIONS}" xmlns:a="{_MAIN}"><docPr descr="{words}"/><cNvPr descr="{words}"/>'
        f'<a:blip r:embed="{key}"/></pic>'
    )


def docx(*parts: str | bytes, words: str = WORDS, link: str = "") -> bytes:
    """Paragraphs, and between them pictures; `link` is one more, that lies elsewhere."""
    body, targets, members = "", [], {}
    for part in parts:
        if isinstance(part, str):
            body += f"<w:p><w:r><w:t>{part}</w:t></w:r></w:p>"
            continue
        targets.append(("image", f"media/image{len(targets) + 1}"))
        members[f"word/{targets[-1][1]}"] = part
        body += f"<w:p><w:r><w:drawing>{_blip(f'r{len(targets)}', words)}</w:drawing></w:r></w:p>"
    if link:
        targets.append(("image", link))
        body += f"<w:p><w:r><w:drawing>{_blip(f'r{len(targets)}')}</w:drawing></w:r></w:p>"
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": _types("word/document.xml", kind),
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": relations(*targets),
            **members,
        }
    )


def pptx(*slides: tuple[str, list[str]], media: dict[str, bytes]) -> bytes:
    """Each slide is its words and the names of the pictures on it."""
    space = f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:a="{_MAIN}" xmlns:r="{_RELATIONS}"'
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": _types("ppt/presentation.xml", kind),
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f"<p:presentation {space}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1))
        ),
    }
    for number, (text, names) in enumerate(slides, start=1):
        pictures = "".join(
            f'<p:pic><p:nvPicPr><p:cNvPr descr="{WORDS}"/></p:nvPicPr><p:blipFill><a:blip r:embed="r{n}"/></p:blipFill></p:pic>'
            for n in range(1, len(names) + 1)
        )
        shape = f"<p:sp><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        members[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {space}><p:cSld><p:spTree>{shape}{pictures}</p:spTree></p:cSld></p:sld>"
        )
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(
            *(("image", f"../media/{name}") for name in names)
        )
    return zipped(members | {f"ppt/media/{name}": data for name, data in media.items()})


def _types(main: str, kind: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{space}"><Override PartName="/{main}" ContentType="{kind}"/></Types>'


def bomb(side: int = 40_000) -> bytes:
    """A PNG of a few kilobytes that says it is gigabytes of pixels, and is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, rows = zlib.compressobj(9), []
    block = bytes(side + 1) * 100
    for _ in range(2):
        rows.append(packer.compress(block))
    rows.append(packer.flush())
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")
    )
