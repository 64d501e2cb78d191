"""Formats left to kreuzberg: old and binary Office files, Outlook messages."""

import re
from collections.abc import Iterator

from kreuzberg import ConcurrencyConfig, ExtractionConfig, extract_bytes_sync
from kreuzberg.exceptions import KreuzbergError

from ..errors import DocumentError
from .blocks import Block, Reading, end_of_headings, heading, one_line, table
from .detect import DOC, NAMES, encrypted
from .grid import tables_of
from .markdown import read_markdown

XLSB = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~$\"'^&=:;,/?@%])")
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_PROTECTED = re.compile(r"password|encrypt", re.I)
_FIELD_CODE = re.compile(
    r"\x13[^\x14\x15]*\x14?|[\x14\x15]|\b(?:SEQ|PAGEREF|HYPERLINK|TOC|REF) [^\n]{0,80}?\\\* ?\w+ ?"
)


def _extract(data: bytes, media_type: str, output: str = "markdown"):  # type: ignore[no-untyped-def]
    config = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format=output,
        concurrency=ConcurrencyConfig(max_threads=1),
    )
    try:
        return extract_bytes_sync(data, media_type, config)
    except (KreuzbergError, RuntimeError, ValueError, OSError) as error:
        if _PROTECTED.search(str(error)):
            raise encrypted() from error
        what = NAMES.get(media_type, "an Excel workbook")
        raise DocumentError(
            "corrupt", f"This file could not be read as {what}. Save it again, or as PDF, and upload that."
        ) from error


def read_workbook(data: bytes, media_type: str) -> Reading:
    found = _extract(data, media_type)
    names = list(found.metadata.get("sheet_names") or [])
    reading = Reading(pages=len(names) or None)
    for sheet in sorted(found.tables, key=lambda table: table.page_number):
        number = sheet.page_number
        name = names[number - 1] if 0 < number <= len(names) else ""
        reading.blocks.append(heading(name, 1, number) if name else end_of_headings(number))
        rows = [[_MIDNIGHT.sub(r"\1", cell) for cell in row] for row in sheet.cells]
        reading.blocks += tables_of(rows, number)
    reading.title = one_line(str(found.metadata.get("title") or ""))
    return reading


def read_other(data: bytes, media_type: str) -> Reading:
    found = _extract(data, media_type, "plain" if media_type == DOC else "markdown")
    text = found.content.replace("&#9;", "\t")
    if media_type == DOC:
        text = _FIELD_CODE.sub("", text)
        reading = Reading(blocks=list(_old_word(text)))
    else:
        reading = read_markdown(_ESCAPED.sub(r"\1", text))
    title = one_line(str(found.metadata.get("title") or found.metadata.get("subject") or ""))
    reading.title = title or reading.title
    return reading


def _old_word(text: str) -> Iterator[Block]:
    """Paragraphs, and tables: in an old Word file a tab ends each cell and a second one the row."""
    for part in re.split(r"\n\s*\n|\r", text):
        lines: list[str] = []
        for line in part.split("\n"):
            cells = [row.split("\t") for row in line.removesuffix("\t\t").split("\t\t")]
            found = table(cells) if len(cells) > 1 and len({len(row) for row in cells}) == 1 else None
            if found is None or len(cells[0]) < 2:
                lines.append(line)
                continue
            yield Block("text", "\n".join(lines))
            lines = []
            yield found
        yield Block("text", "\n".join(lines))
