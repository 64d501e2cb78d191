"""XLSX: each sheet's cells as shown, with comments, shapes and charts. Streamed: a sheet may be huge."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from .archive import Archive, open_archive
from .blocks import Block, Reading, end_of_headings, heading, one_line
from .drawings import comment_lines, graphic_blocks, linked, links_of, paragraphs, persons, picture_words
from .grid import tables_of
from .numberformat import BUILT_IN, plain, shown
from .office import XLSB, read_workbook
from .wordparts import is_page_number
from .xmltree import Element, attribute, child, children, corrupt, local, parse_xml

MAX_ROWS = 100_000
MAX_CELLS = 1_000_000  # in the whole workbook
MAX_ROW_CELLS = 2_000
MAX_MERGED_ROWS = 2_000
_MOST_STRINGS = 60_000_000
_REFERENCE = re.compile(r"([A-Z]{1,6})(\d{1,9})", re.I)
_HEADER_CODE = re.compile(
    r'&"[^"]*"|&K[0-9A-F]{2}(?:[0-9A-F]{4}|[+-]\d{3})|&\d+|&[LCRPNDTFAGBIUESXYZHO+-]', re.I
)


@dataclass
class _Book:
    archive: Archive
    strings: list[str]
    formats: list[str]
    since_1904: bool
    people: dict[str, str]
    reading: Reading = field(default_factory=Reading)
    cells: int = 0


@dataclass
class _Sheet:
    """Row number -> column number -> words; nothing is stored for cells without words."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    foot: list[str] = field(default_factory=list)
    cut_rows: bool = False
    cut_columns: bool = False


def read_xlsx(data: bytes) -> Reading:
    archive = open_archive(data)
    main = next(
        (to for kind, to in links_of(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml"
    )
    if main.endswith(".bin"):
        return read_workbook(data, XLSB)
    links = links_of(archive, main)
    parts = dict(links.values())
    root = parse_xml(archive.read(main))
    properties = child(root, "workbookPr")
    book = _Book(
        archive,
        _shared_strings(archive.read(parts.get("sharedStrings", ""))),
        _formats(archive.read(parts.get("styles", ""))),
        properties is not None and attribute(properties, "date1904") in ("1", "true"),
        {
            key: name
            for kind, to in links.values()
            if kind == "person"
            for key, name in persons(archive.read(to)).items()
        },
    )
    listed = child(root, "sheets")
    sheets = [] if listed is None else children(listed, "sheet")
    for number, sheet in enumerate(sheets, start=1):
        key = next((str(value) for value in sheet.attrib.values() if str(value) in links), "")
        _read_sheet(book, sheet, links.get(key, ("", ""))[1], number)
    book.reading.pages = len(sheets) or None
    if "vbaProject" in parts:
        book.reading.warnings.append("This workbook holds macros; they were neither run nor read.")
    core = archive.read("docProps/core.xml")
    title = child(parse_xml(core), "title") if core else None
    book.reading.title = one_line(title.text or "") if title is not None else ""
    return book.reading


def _events(data: bytes, *names: str) -> Iterator[Element]:
    """Elements of these names as they end. What was handed out is forgotten, or a sheet would fill the memory."""
    parser: Any = etree.iterparse(
        io.BytesIO(data), events=("end",), tag=[f"{{*}}{name}" for name in names], resolve_entities=False,
        no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in parser:
            yield element
            element.clear(keep_tail=False)
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise corrupt() from error


def _shared_strings(data: bytes) -> list[str]:
    strings: list[str] = []
    size = 0
    for item in _events(data, "si") if data else ():
        words = _rich(item)
        size += len(words)
        strings.append(words if size < _MOST_STRINGS else "")
    return strings


def _rich(item: Element) -> str:
    """Text in runs; readings of Japanese words (rPh) are not part of it."""
    if len(item) == 1 and local(item[0]) == "t":
        return item[0].text or ""
    parts = []
    for one in item:
        if local(one) in ("r", "t"):
            parts += [part.text or "" for part in one.iter() if local(part) == "t"]
    return "".join(parts)


def _formats(data: bytes) -> list[str]:
    """The format code of each cell style."""
    if not data:
        return []
    root = parse_xml(data)
    own = {}
    listed = child(root, "numFmts")
    for one in [] if listed is None else listed:
        key = attribute(one, "numFmtId") or ""
        own[key] = attribute(one, "formatCode") or "General"
    styles = child(root, "cellXfs")
    codes = []
    for one in [] if styles is None else styles:
        key = attribute(one, "numFmtId") or "0"
        codes.append(own.get(key) or BUILT_IN.get(int(key) if key.isdigit() else 0, "General"))
    return codes


def _read_sheet(book: _Book, entry: Element, part: str, number: int) -> None:
    name = one_line(attribute(entry, "name") or "")
    blocks = [heading(name, 1, number) if name else end_of_headings(number)]
    if attribute(entry, "state") in ("hidden", "veryHidden"):
        book.reading.warnings.append(f"The sheet {name} is hidden in the workbook; it was read too.")
    links = links_of(book.archive, part) if part else {}
    sheet = _cells(book, part)
    _apply_links(sheet, links)
    _apply_merged(sheet)
    blocks += tables_of(_lines(sheet), number)
    for kind, target in links.values():
        blocks += _beside(book, kind, target, number)
    if sheet.foot:
        blocks.append(Block("text", "\n".join(dict.fromkeys(sheet.foot)), number))
    if len(blocks) > 1:
        book.reading.blocks += blocks
    if sheet.cut_rows:
        book.reading.warnings.append(
            f"The sheet {name} was cut after {len(sheet.rows):,} rows: it holds more than can be read."
        )
    if sheet.cut_columns:
        book.reading.warnings.append(f"Rows of the sheet {name} were cut after {MAX_ROW_CELLS:,} cells.")


def _cells(book: _Book, part: str) -> _Sheet:
    sheet = _Sheet()
    data = book.archive.read(part) if part else b""
    row_number, column, in_row = 1, 0, 0
    for one in _events(data, "c", "row", "mergeCell", "hyperlink", "oddHeader", "oddFooter") if data else ():
        name = local(one)
        if name == "c":
            found = _REFERENCE.match(attribute(one, "r") or "")
            column = _column(found.group(1)) if found else column + 1
            row_number = int(found.group(2)) if found else row_number
            words = _cell(book, one)
            if not words or sheet.cut_rows:
                continue
            in_row += 1
            if in_row > MAX_ROW_CELLS:
                sheet.cut_columns = True
                continue
            book.cells += 1
            if book.cells > MAX_CELLS or (row_number not in sheet.rows and len(sheet.rows) >= MAX_ROWS):
                sheet.cut_rows = True
                continue
            sheet.rows.setdefault(row_number, {})[column] = words
        elif name == "row":
            own = attribute(one, "r") or ""
            row_number = (int(own) if own.isdigit() and len(own) < 10 else row_number) + 1
            column = in_row = 0
        elif name == "mergeCell":
            sheet.merged.append(attribute(one, "ref") or "")
        elif name == "hyperlink":
            key = next((str(value) for name, value in one.attrib.items() if str(name).endswith("}id")), "")
            sheet.links[attribute(one, "ref") or ""] = key
        elif not is_page_number(words := one_line(_HEADER_CODE.sub(" ", one.text or ""), 500)):
            sheet.foot.append(words)
    return sheet


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _cell(book: _Book, cell: Element) -> str:
    kind = attribute(cell, "t") or "n"
    if kind == "inlineStr":
        inline = child(cell, "is")
        return _rich(inline) if inline is not None else ""
    value = child(cell, "v")
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        at = int(text) if text.isdigit() else -1
        return book.strings[at] if 0 <= at < len(book.strings) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(text, text)
    if kind != "n" or not text:
        return text
    style = attribute(cell, "s") or "0"
    at = int(style) if style.isdigit() else 0
    code = book.formats[at] if at < len(book.formats) else "General"
    try:
        number = float(text)
    except ValueError:
        return text
    return shown(number, code, since_1904=book.since_1904) if code != "General" else plain(number)


def _apply_links(sheet: _Sheet, links: dict[str, tuple[str, str]]) -> None:
    for reference, key in sheet.links.items():
        found = _REFERENCE.match(reference)
        kind, target = links.get(key, ("", ""))
        if found and kind == "web":
            row = sheet.rows.get(int(found.group(2)), {})
            column = _column(found.group(1))
            if column in row:
                row[column] = linked(row[column], target)


def _apply_merged(sheet: _Sheet) -> None:
    """A cell merged downwards says the same in each of its rows, so that a row read alone is complete."""
    left = MAX_MERGED_ROWS * 10
    for reference in sheet.merged:
        found = re.fullmatch(rf"{_REFERENCE.pattern}:{_REFERENCE.pattern}", reference, re.I)
        if not found:
            continue
        column, first, last = _column(found.group(1)), int(found.group(2)), int(found.group(4))
        words = sheet.rows.get(first, {}).get(column, "")
        if not words or last - first > MAX_MERGED_ROWS or len(words) > 200:
            continue
        for number in range(first + 1, last + 1):
            left -= 1
            if left > 0 and number in sheet.rows:
                sheet.rows[number].setdefault(column, words)


def _lines(sheet: _Sheet) -> Iterator[list[str]]:
    """Rows as lists. A run of unused columns is narrowed to two, however far apart the cells are."""
    used = sorted({column for row in sheet.rows.values() for column in row})
    places: dict[int, int] = {}
    at = before = 0
    for column in used:
        at += min(column - before, 3) if before else 0
        places[column] = at
        before = column
    previous = 0
    for number in sorted(sheet.rows):
        if previous and number > previous + 1:
            yield []
        previous = number
        row = sheet.rows[number]
        line = [""] * (places[max(row)] + 1)
        for column, words in row.items():
            line[places[column]] = words
        yield line


def _beside(book: _Book, kind: str, target: str, number: int) -> list[Block]:
    data = book.archive.read(target) if kind in ("comments", "threadedComment", "drawing") else b""
    if not data:
        return []
    if kind == "drawing":
        return _drawing(book.archive, target, data, number)
    lines = [
        f"Comment on {cell} by {author}: {words}" if author else f"Comment on {cell}: {words}"
        for cell, author, words in comment_lines(data, book.people)
    ]
    return [Block("text", "\n".join(lines), number)] if lines else []


def _drawing(archive: Archive, part: str, data: bytes, number: int) -> list[Block]:
    blocks: list[Block] = []
    links = links_of(archive, part)
    for anchor in parse_xml(data):
        for one in anchor.iter():
            name = local(one)
            if name == "txBody":
                words = "\n".join(paragraphs(one))
                if words:
                    blocks.append(Block("text", words, number))
            elif name == "pic" and (words := picture_words(one)):
                blocks.append(Block("text", f"Picture: {words}", number))
            elif name == "graphicFrame":
                blocks += graphic_blocks(archive, one, links, number)
    return blocks
