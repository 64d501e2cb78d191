"""From the bytes of a file to a ParsedDocument, and to the files inside it. Runs in the confined child alone."""

from ..errors import DocumentError, _
from . import detect
from .blocks import Block, Reading, assemble, clean, one_line
from .bundle import read_gzip, read_tar, read_zip
from .document import ParsedDocument
from .embedded import files_in_office, files_in_pdf, holds_macros
from .encoding import decode
from .epub import read_epub
from .html import read_html
from .images import read_image
from .mail import read_mail
from .markdown import read_markdown
from .markup import read_asciidoc, read_latex, read_org, read_rst
from .office import read_other, read_workbook
from .opendocument import read_opendocument
from .outlook import read_outlook
from .parts import FilePart, named_apart
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
_PLAIN = _TEXTS.keys() | {detect.MARKDOWN, detect.CSV, detect.JSON, detect.CODE}
_BEGIN_OTHERWISE = (b"PK", b"%PDF-", b"\x1f\x8b", b"{\\rtf")
_DAMAGED = DocumentError(
    "corrupt", _("This file is damaged and could not be read. Save it again and upload that.")
)
# Of these the parts are known only once they have been read; the others have text that need not be read for it.
_OFFICE = (detect.DOCX, detect.PPTX, detect.XLSX)
_HOLD_FILES = detect.ARCHIVES | {detect.EML, detect.MSG}


def read_document(data: bytes, *, name: str, password: str = "") -> ParsedDocument:
    try:
        return _read_document(unlocked(data, password), name, password)
    except DocumentError as error:
        raise _reworded(error, password) from error


def read_plain_text(data: bytes, *, name: str) -> ParsedDocument | None:
    """What is read by Python alone, from its characters; None for all else, which needs a process of its own."""
    if b"\0" in data or data.startswith(_BEGIN_OTHERWISE):
        return None
    media_type, _ = detect.detect(data, name=name)
    return _read_document(data, name, "") if media_type in _PLAIN else None


def files_inside(data: bytes, *, name: str, password: str = "") -> list[FilePart]:
    """The files that read_document named, in the same order and by the same names."""
    try:
        data = unlocked(data, password)
        media_type, _ = detect.detect(data, name=name)
        if media_type in _HOLD_FILES:
            return named_apart(_read(data, media_type, name, password).parts)
        return _embedded(data, media_type, password)
    except DocumentError as error:
        raise _reworded(error, password) from error


def _reworded(error: DocumentError, password: str) -> DocumentError:
    return detect.wrong_password() if error.code == "encrypted" and password else error


def _read_document(data: bytes, name: str, password: str) -> ParsedDocument:
    media_type, warning = detect.detect(data, name=name)
    reading, parts = _with_parts(data, media_type, name, password)
    text, sections = assemble(reading.blocks)
    if not text and not parts:
        raise DocumentError(
            "no_text", f"No text was found in this file: it is {detect.NAMES[media_type]} without words."
        )
    warnings = [warning] if warning else []
    if media_type in _OFFICE and holds_macros(data):
        warnings.append("It holds macros, which were not run.")
    return ParsedDocument(
        text=text,
        sections=sections,
        title=clean(reading.title),
        media_type=media_type,
        pages=reading.pages,
        warnings=tuple(one_line(words, 400) for words in [*warnings, *reading.warnings][:50]),
        parts=tuple(part.name for part in parts),
    )


def _with_parts(data: bytes, media_type: str, name: str, password: str) -> tuple[Reading, list[FilePart]]:
    """What is only a cover for the files inside, such as a PDF portfolio, needs no text of its own."""
    if media_type in _HOLD_FILES:
        reading = _read(data, media_type, name, password)
        return reading, named_apart(reading.parts)
    parts = _embedded(data, media_type, password)
    try:
        return _read(data, media_type, name, password), parts
    except DocumentError as error:
        if error.code != "no_text" or not parts:
            raise
        return Reading(warnings=[error.sentence]), parts


def _embedded(data: bytes, media_type: str, password: str) -> list[FilePart]:
    """What a PDF or Office file holds besides its text. Whatever is wrong with it, the text is worth having."""
    try:
        if media_type == detect.PDF:
            return files_in_pdf(data, password)
        if media_type in _OFFICE:
            return files_in_office(data)
    except MemoryError:
        raise
    except Exception:  # noqa: S110  a damaged attachment is nothing that the reader of the text could mend
        pass
    return []


def _read(data: bytes, media_type: str, name: str, password: str) -> Reading:
    try:
        return _by_type(data, media_type, name, password)
    except (DocumentError, MemoryError):
        raise
    except RecursionError as error:
        raise DocumentError("corrupt", _("This file is nested too deeply to be read.")) from error
    except Exception as error:  # a parser's own confusion about a malformed file is the file's fault
        raise _DAMAGED from error


def _by_type(data: bytes, media_type: str, name: str, password: str) -> Reading:
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
            return read_mail(data)
        case detect.MSG:
            return read_outlook(data)
        case detect.ZIP:
            return read_zip(data, password)
        case _ if media_type in _TEXTS:
            return _TEXTS[media_type](decode(data))
        case detect.PNG | detect.JPEG | detect.TIFF | detect.BMP | detect.GIF | detect.WEBP:
            return read_image(data)
        case detect.TAR:
            return read_tar(data)
        case detect.GZIP:
            return read_gzip(data, name)
        case _:
            return read_other(data, media_type)
