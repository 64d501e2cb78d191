"""From the bytes of a file to a ParsedDocument. Runs in the confined child, never in the worker itself."""

from ..errors import DocumentError
from . import detect
from .blocks import Reading, assemble, clean, one_line
from .bundle import read_zip
from .document import ParsedDocument
from .encoding import decode
from .html import read_html
from .images import read_image
from .mail import read_mail
from .markdown import read_markdown
from .office import read_other, read_workbook
from .opendocument import read_opendocument
from .pdf import read_pdf
from .plain import read_csv, read_json, read_text
from .slides import read_pptx
from .word import read_docx
from .xmltext import read_xml

_MAX_DEPTH = 2  # an e-mail in an archive with an attachment; deeper nesting is a trick
_DAMAGED = DocumentError(
    "corrupt", "This file is damaged and could not be read. Save it again and upload that."
)


def read_document(data: bytes, *, name: str) -> ParsedDocument:
    media_type, warning = detect.detect(data, name=name)
    reading = _read(data, media_type, depth=0)
    text, sections = assemble(reading.blocks)
    if not text:
        raise DocumentError(
            "no_text", f"No text was found in this file: it is {detect.NAMES[media_type]} without words."
        )
    warnings = [warning] if warning else []
    return ParsedDocument(
        text=text,
        sections=sections,
        title=clean(reading.title),
        media_type=media_type,
        pages=reading.pages,
        warnings=tuple(one_line(words, 400) for words in [*warnings, *reading.warnings][:50]),
    )


def _read(data: bytes, media_type: str, *, depth: int) -> Reading:
    try:
        return _by_type(data, media_type, depth)
    except (DocumentError, MemoryError):
        raise
    except RecursionError as error:
        raise DocumentError("corrupt", "This file is nested too deeply to be read.") from error
    except Exception as error:  # a parser's own confusion about a malformed file is the file's fault
        raise _DAMAGED from error


def _by_type(data: bytes, media_type: str, depth: int) -> Reading:
    def read_part(part: bytes, part_name: str) -> Reading:
        if depth >= _MAX_DEPTH:
            raise DocumentError("unsupported", "It is nested too deeply.")
        kind, _ = detect.detect(part, name=part_name)
        return _read(part, kind, depth=depth + 1)

    match media_type:
        case detect.PDF:
            return read_pdf(data)
        case detect.DOCX:
            return read_docx(data)
        case detect.PPTX:
            return read_pptx(data)
        case detect.XLSX | detect.XLS:
            return read_workbook(data, media_type)
        case detect.ODT | detect.ODP | detect.ODS:
            return read_opendocument(data, media_type)
        case detect.HTML:
            return read_html(data)
        case detect.MARKDOWN:
            return read_markdown(decode(data))
        case detect.CSV:
            return read_csv(decode(data))
        case detect.JSON:
            return read_json(decode(data))
        case detect.XML:
            return read_xml(data)
        case detect.EML:
            return read_mail(data, read_part)
        case detect.ZIP:
            return read_zip(data, read_part)
        case detect.PNG | detect.JPEG | detect.TIFF | detect.BMP | detect.GIF | detect.WEBP:
            return read_image(data)
        case detect.TEXT:
            return read_text(decode(data))
        case _:
            return read_other(data, media_type)
