"""What stands on PDF pages but not in their text: fields of forms with what was filled in, and notes of readers."""

import ctypes
from collections.abc import Callable, Iterator

import pypdfium2
import pypdfium2.raw as raw

from .blocks import clean

_FIELDS_WITH_TEXT = frozenset(
    {raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}
)
_TICKED = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_NOTES = frozenset(
    {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_FREETEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_SQUIGGLY,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_CARET,
        raw.FPDF_ANNOT_LINE,
        raw.FPDF_ANNOT_SQUARE,
        raw.FPDF_ANNOT_CIRCLE,
        raw.FPDF_ANNOT_POLYGON,
        raw.FPDF_ANNOT_INK,
        raw.FPDF_ANNOT_FILEATTACHMENT,
    }
)
_MOST = 2000  # on one page
_Reader = Callable[[ctypes.Array[ctypes.c_ushort] | None, int], int]


def notes_of(page: pypdfium2.PdfPage) -> list[str]:
    """A line each: "Name: value", "[x] Name", "Note (Author): words"."""
    found: list[str] = []
    for place in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, place)
        if not annotation:
            continue
        try:
            found += _one(page, annotation)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return list(dict.fromkeys(found))  # the same field may be shown twice


def _one(page: pypdfium2.PdfPage, annotation: raw.FPDF_ANNOTATION) -> Iterator[str]:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_WIDGET and page.formenv:
        yield from _field(page.formenv, annotation)
    elif kind in _NOTES and not raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_HIDDEN:
        words = _entry(annotation, b"Contents")
        author = _entry(annotation, b"T")
        if words:
            yield f"Note ({author}): {words}" if author else f"Note: {words}"


def _field(form: pypdfium2.PdfFormEnv, annotation: raw.FPDF_ANNOTATION) -> Iterator[str]:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _words(
        lambda buffer, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, size)
    ) or _words(lambda buffer, size: raw.FPDFAnnot_GetFormFieldName(form, annotation, buffer, size))
    if kind in _FIELDS_WITH_TEXT:
        value = _words(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))
        if value:
            yield f"{name}: {value}" if name else value
    elif kind in _TICKED and raw.FPDFAnnot_IsChecked(form, annotation):
        value = _words(
            lambda buffer, size: raw.FPDFAnnot_GetFormFieldExportValue(form, annotation, buffer, size)
        )
        plain = not value or value.lower() in ("yes", "on", "1", "true")
        yield f"[x] {name}" if plain else f"[x] {name}: {value}"


def _entry(annotation: raw.FPDF_ANNOTATION, key: bytes) -> str:
    return _words(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _words(read: _Reader) -> str:
    """pdfium says how many bytes of UTF-16 it would write, then writes them."""
    size = read(None, 0)
    if size <= 2 or size > 1 << 20:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    read(buffer, size)
    text = bytes(buffer)[: size - 2].decode("utf-16-le", errors="replace")
    return " ".join(clean(text).split())
