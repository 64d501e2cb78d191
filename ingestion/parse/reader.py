"""From the bytes of a file to a ParsedDocument. Runs in the confined child, never in the worker itself."""

from ..errors import DocumentError
from . import detect
from .blocks import Block, Reading, assemble, clean, one_line
from .bundle import read_zip
from .document import ParsedDocument
from .encoding import decode
from .epub import read_epub
from .html import read_html
from .images import read_image
from .mail import read_mail
from .markdown import read_markdown
from .markup import read_asciidoc, read_latex, read_org, read_rst
from .office import read_other, read_workbook
from .opendocument import read_opendocument
from .pdf import read_pdf
from .plain import read_csv, read_text
from .records import read_cards, read_json, read_subtitles, read_web_archive
from .rtf import read_rtf
from .slides import read_pptx
from .unlock import unlocked
from .word import read_docx
from .workbook import read_xlsx
from .xmltext import read_xml

# Texts that need no more than their characters.
_TEXTS = {
    detect.TEXT: read_text,
    detect.SUBTITLES: read_subtitles,
    detect.CARDS: read_cards,
    detect.RST: read_rst,
    detect.ASCIIDOC: read_asciidoc,
    detect.ORG: read_org,
    detect.LATEX: read_latex,
}
_MAX_DEPTH = 2  # an e-mail in an archive with an attachment; deeper nesting is a trick
_DAMAGED = DocumentError(
    "corrupt", "This file is damaged and could not be read. Save it again and upload that."
)


def read_document(data: bytes, *, name: str, password: str = "") -> ParsedDocument:
    try:
        return _read_document(unlocked(data, password), name, password)
    except DocumentError as error:
        if error.code == "encrypted" and password:
            raise detect.wrong_password() from error
        raise


def _read_document(data: bytes, name: str, password: str) -> ParsedDocument:
    media_type, warning = detect.detect(data, name=name)
    reading = _read(data, media_type, password, depth=0)
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


def _read(data: bytes, media_type: str, password: str, *, depth: int) -> Reading:
    try:
        return _by_type(data, media_type, password, depth)
    except (DocumentError, MemoryError):
        raise
    except RecursionError as error:
        raise DocumentError("corrupt", "This file is nested too deeply to be read.") from error
    except Exception as error:  # a parser's own confusion about a malformed file is the file's fault
        raise _DAMAGED from error


def _by_type(data: bytes, media_type: str, password: str, depth: int) -> Reading:
    def read_part(part: bytes, part_name: str) -> Reading:
        if depth >= _MAX_DEPTH:
            raise DocumentError("unsupported", "It is nested too deeply.")
        kind, _ = detect.detect(part, name=part_name)
        return _read(part, kind, password, depth=depth + 1)

    match media_type:
        case detect.PDF:
            return read_pdf(data, password=password)
        case detect.DOCX:
            return read_docx(data)
        case detect.PPTX:
            return read_pptx(data)
        case detect.XLSX:
            return read_xlsx(data)
        case detect.XLS:
            return read_workbook(data, media_type)
        case detect.ODT | detect.ODP | detect.ODS:
            return read_opendocument(data, media_type)
        case detect.RTF:
            return read_rtf(data)
        case detect.EPUB:
            return read_epub(data)
        case detect.HTML:
            return read_html(data)
        case detect.MARKDOWN:
            return read_markdown(decode(data))
        case detect.CSV:
            return read_csv(decode(data))
        case detect.JSON:
            return read_json(decode(data))
        case detect.CODE:
            return Reading(blocks=[Block("code", decode(data))])
        case detect.WEB_ARCHIVE:
            return read_web_archive(data)
        case detect.XML:
            return read_xml(data)
        case detect.EML:
            return read_mail(data, read_part)
        case detect.ZIP:
            return read_zip(data, read_part)
        case _ if media_type in _TEXTS:
            return _TEXTS[media_type](decode(data))
        case detect.PNG | detect.JPEG | detect.TIFF | detect.BMP | detect.GIF | detect.WEBP:
            return read_image(data)
        case _:
            return read_other(data, media_type)
