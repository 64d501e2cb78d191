"""OpenDocument texts, presentations and spreadsheets."""

from collections.abc import Iterator

from .archive import open_archive
from .blocks import Block, Reading, end_of_headings, heading, one_line, table
from .detect import ODP, ODS, encrypted
from .grid import tables_of
from .xmltree import Element, attribute, child, children, local, parse_xml

_SKIPPED = frozenset(
    {"annotation", "tracked-changes", "sequence-decls", "forms", "settings", "shapes", "note-citation"}
)
# Spreadsheets repeat cells by number, up to a million empty rows; what is written out stays small.
_MAX_REPEATS = 100


def read_opendocument(data: bytes, media_type: str) -> Reading:
    archive = open_archive(data)
    if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
        raise encrypted()
    root = parse_xml(archive.read("content.xml"))
    body = child(root, "body")
    inner = body[0] if body is not None and len(body) else root
    reading = Reading()
    if media_type == ODP:
        _read_slides(inner, reading)
    elif media_type == ODS:
        _read_sheets(inner, reading)
    else:
        reading.blocks = list(_blocks(inner, None))
    meta = archive.read("meta.xml")
    title = child(parse_xml(meta), "meta", "title") if meta else None
    reading.title = one_line((title.text or "") if title is not None else "") or next(
        (one_line(block.text) for block in reading.blocks if block.kind == "heading" and block.text), ""
    )
    return reading


def _read_slides(inner: Element, reading: Reading) -> None:
    slides = children(inner, "page")
    reading.pages = len(slides)
    for number, slide in enumerate(slides, start=1):
        titles = [
            one for one in children(slide, "frame") if attribute(one, "class") in ("title", "subtitle")
        ][:1]
        words = one_line(" ".join(_words(one) for one in titles))
        reading.blocks.append(heading(words, 1, number) if words else end_of_headings(number))
        for one in slide:
            if one not in titles:
                reading.blocks += _blocks(one, number, inside=local(one))


def _read_sheets(inner: Element, reading: Reading) -> None:
    sheets = children(inner, "table")
    reading.pages = len(sheets)
    for number, sheet in enumerate(sheets, start=1):
        name = attribute(sheet, "name") or ""
        reading.blocks.append(heading(name, 1, number) if name else end_of_headings(number))
        reading.blocks += tables_of(_rows(sheet), number)


def _blocks(parent: Element, page: int | None, *, inside: str = "") -> Iterator[Block]:
    for element in parent:
        name = local(element)
        if name == "h":
            level = attribute(element, "outline-level") or "1"
            words = one_line(_words(element))
            if words:
                yield heading(words, int(level) if level.isdigit() else 1, page)
        elif name == "p":
            yield Block("text", ("Notes: " if inside == "notes" else "") + _words(element).strip(), page)
        elif name == "list":
            yield Block("list", "\n".join(_items(element, 0)), page)
        elif name == "table":
            found = table(_rows(element), page)
            if found:
                yield found
        elif name and name not in _SKIPPED:
            yield from _blocks(element, page, inside=inside)


def _items(parent: Element, depth: int) -> Iterator[str]:
    for item in parent:
        for one in item:
            if local(one) == "list":
                yield from _items(one, depth + 1)
            else:
                words = one_line(_words(one), 100_000)
                if words:
                    yield "  " * depth + "- " + words


def _rows(element: Element) -> Iterator[list[str]]:
    for row in element.iter():
        if local(row) != "table-row" or _table_of(row) is not element:
            continue
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                words = " ".join(
                    part
                    for part in (_words(one).strip() for one in cell if local(one) not in _SKIPPED)
                    if part
                )
                cells += [words] * (
                    _repeats(cell, "number-columns-repeated") if words or len(cell) or len(cells) < 200 else 1
                )
        while cells and not cells[-1]:
            cells.pop()
        for _ in range(_repeats(row, "number-rows-repeated") if cells else 1):
            yield cells


def _table_of(row: Element) -> Element | None:
    above = row.getparent()
    while above is not None and local(above) != "table":
        above = above.getparent()
    return above


def _repeats(element: Element, name: str) -> int:
    number = attribute(element, name) or "1"
    return max(1, min(int(number), _MAX_REPEATS)) if number.isdigit() and len(number) < 9 else 1


def _words(element: Element) -> str:
    parts = [element.text or ""]
    for one in element:
        name = local(one)
        if name == "s":
            parts.append(" ")
        elif name in ("tab", "line-break"):
            parts.append("\t" if name == "tab" else "\n")
        elif name and name not in _SKIPPED:
            parts.append(_words(one))
            if name in ("p", "h", "list-item"):
                parts.append(" ")
        parts.append(one.tail or "")
    return "".join(parts)
