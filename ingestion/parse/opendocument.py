"""OpenDocument texts, presentations and spreadsheets, as archives or as one flat XML file."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .archive import Archive, open_archive
from .blocks import Block, Reading, end_of_headings, heading, one_line, table
from .detect import ODP, ODS, ODT, encrypted
from .drawings import linked
from .grid import tables_of
from .wordparts import is_page_number
from .xmltree import Element, attribute, child, children, local, parse_xml

_SKIPPED = frozenset(
    {"tracked-changes", "sequence-decls", "forms", "settings", "note-citation", "page-thumbnail", "creator", "date",
     "date-string", "creator-initials", "page-number", "page-count", "ruby-text", "event-listeners", "glue-point"}
)  # fmt: skip
_ASIDE = frozenset(
    {"note", "annotation", "frame", "custom-shape", "rect", "ellipse", "g", "text-box", "line", "connector"}
)
# Spreadsheets repeat cells by number, up to a million empty rows; what is written out stays small.
_MAX_REPEATS = 100
_MAX_ROWS = 100_000
_MAX_ROW_CELLS = 2_000
_MAX_DEPTH = 60


@dataclass
class _Open:
    archive: Archive | None
    reading: Reading = field(default_factory=Reading)
    page: int | None = None
    web: list[str] = field(default_factory=list)
    aside: list[Element] = field(default_factory=list)  # notes and boxes of the paragraph being read
    notes: int = 0


def read_opendocument(data: bytes, media_type: str) -> Reading:
    archive = open_archive(data)
    if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
        raise encrypted()
    root = parse_xml(archive.read("content.xml"))
    meta, styles = archive.read("meta.xml"), archive.read("styles.xml")
    title = child(parse_xml(meta), "meta", "title") if meta else None
    reading = _read(root, parse_xml(styles) if styles else None, media_type, archive)
    reading.title = one_line((title.text or "") if title is not None else "") or reading.title
    if any(name.startswith("Basic/") and name.endswith("Module1.xml") for name in archive.names):
        reading.warnings.append("This document holds macros; they were neither run nor read.")
    return reading


def read_flat(root: Element) -> Reading | None:
    """A document in one XML file (.fodt, .fods, .fodp); None when it is no such thing."""
    if local(root) != "document" or child(root, "body") is None:
        return None
    kind = attribute(root, "mimetype") or ""
    return _read(root, root, next((one for one in (ODP, ODS) if kind.startswith(one)), ODT), None)


def _read(root: Element, styles: Element | None, media_type: str, archive: Archive | None) -> Reading:
    body = child(root, "body")
    inner = body[0] if body is not None and len(body) else root
    work = _Open(archive)
    reading = work.reading
    if media_type == ODP:
        _read_slides(work, inner)
    elif media_type == ODS:
        _read_sheets(work, inner)
    else:
        reading.blocks = list(_blocks(work, inner))
    if work.web:
        reading.blocks.append(Block("text", "Links: " + "; ".join(dict.fromkeys(work.web)), work.page))
    heads, feet = _margins(work, styles) if styles is not None and media_type == ODT else ([], [])
    reading.blocks = [*heads, *reading.blocks, *([end_of_headings()] if feet else []), *feet]
    reading.title = next(
        (one_line(one.text) for one in reading.blocks if one.kind == "heading" and one.text), ""
    )
    return reading


def _margins(work: _Open, styles: Element) -> tuple[list[Block], list[Block]]:
    found: dict[str, dict[str, Block]] = {"header": {}, "footer": {}}
    for master in styles.iter():
        if local(master) != "master-page":
            continue
        for one in master:
            kind = local(one).split("-")[0]
            if kind in found:
                found[kind] |= {
                    block.text: block for block in _blocks(work, one) if not is_page_number(block.text)
                }
    return list(found["header"].values()), list(found["footer"].values())


def _read_slides(work: _Open, inner: Element) -> None:
    slides = children(inner, "page")
    blocks = work.reading.blocks
    work.reading.pages = len(slides)
    for number, slide in enumerate(slides, start=1):
        work.page = number
        titles = [
            one for one in children(slide, "frame") if attribute(one, "class") in ("title", "subtitle")
        ][:1]
        words = one_line(" ".join(_words(work, one) for one in titles))
        blocks.append(heading(words, 1, number) if words else end_of_headings(number))
        for one in slide:
            if local(one) == "notes":
                lines = [block.text for block in _blocks(work, one) if block.text.strip()]
                if lines:
                    blocks.append(Block("text", "Notes: " + "\n".join(lines), number))
            elif one not in titles:
                blocks += _element(work, one, 0)


def _read_sheets(work: _Open, inner: Element) -> None:
    sheets = children(inner, "table")
    work.reading.pages = len(sheets)
    for number, sheet in enumerate(sheets, start=1):
        work.page = number
        name = attribute(sheet, "name") or ""
        found = [heading(name, 1, number) if name else end_of_headings(number)]
        rows: list[list[str]] = []
        for row in _rows(work, sheet):
            if len(rows) >= _MAX_ROWS:
                work.reading.warnings.append(f"The sheet {name} was cut after {_MAX_ROWS:,} rows.")
                break
            rows.append(row)
        found += tables_of(rows, number)
        found += _beside(work)
        shapes = child(sheet, "shapes")
        if shapes is not None:
            found += _blocks(work, shapes)
        if len(found) > 1:
            work.reading.blocks += found


def _blocks(work: _Open, parent: Element, depth: int = 0) -> Iterator[Block]:
    for element in parent:
        yield from _element(work, element, depth)


def _element(work: _Open, element: Element, depth: int) -> Iterator[Block]:
    name = local(element)
    if name == "h":
        level = attribute(element, "outline-level") or "1"
        words = one_line(_words(work, element), 1000)
        if words:
            yield heading(words, int(level) if level.isdigit() else 1, work.page)
    elif name == "p":
        yield Block("text", _words(work, element).strip(), work.page)
    elif name == "list":
        yield Block("list", "\n".join(_items(work, element, 0)), work.page)
    elif name == "table":
        found = table(list(_rows(work, element)), work.page)
        if found:
            yield found
    elif name in ("note", "annotation"):
        yield from _note(work, element, name)
    elif name == "frame":
        yield from _frame(work, element, depth)
    elif name and name not in _SKIPPED and depth < _MAX_DEPTH:
        yield from _blocks(work, element, depth + 1)
    yield from _beside(work)


def _beside(work: _Open) -> Iterator[Block]:
    """Notes, comments and boxes anchored in what was just read."""
    aside, work.aside = work.aside, []
    for one in aside:
        yield from _element(work, one, 1)


def _note(work: _Open, element: Element, name: str) -> Iterator[Block]:
    if name == "note":
        body = child(element, "note-body")
        words = one_line(_words(work, body), 20_000) if body is not None else ""
        mark = f"[^{attribute(element, 'label') or one_line(_citation(element))}]: "
    else:
        author = child(element, "creator")
        who = one_line("".join(author.itertext())) if author is not None else ""
        mark = f"Comment by {who}: " if who else "Comment: "
        words = one_line(
            " ".join(_words(work, one) for one in element if local(one) in ("p", "list")), 20_000
        )
    if words:
        yield Block("text", mark + words, work.page)


def _citation(note: Element) -> str:
    found = child(note, "note-citation")
    return "".join(found.itertext()) if found is not None else ""


def _frame(work: _Open, element: Element, depth: int) -> Iterator[Block]:
    """A text box, a table, a chart, or a picture with the words its author gave for it."""
    for one in element:
        name = local(one)
        if name == "object":
            yield from _object(work, one, depth)
        elif name in ("text-box", "table"):
            yield from _element(work, one, depth + 1)
    words = [one_line("".join(one.itertext()), 1000) for one in element if local(one) in ("title", "desc")]
    words = [one for one in dict.fromkeys(words) if one]
    if words:
        yield Block("text", "Picture: " + ". ".join(words), work.page)


def _object(work: _Open, element: Element, depth: int) -> Iterator[Block]:
    """A chart or document embedded as a folder of the same archive."""
    folder = (attribute(element, "href") or "").removeprefix("./").rstrip("/")
    data = work.archive.read(f"{folder}/content.xml") if work.archive and folder and depth < 5 else b""
    inner = child(parse_xml(data), "body") if data else child(element, "document", "body")
    if inner is not None:
        for one in inner:
            yield from _blocks(work, one, depth + 5)


def _items(work: _Open, parent: Element, depth: int) -> Iterator[str]:
    for item in parent:
        for one in item:
            if local(one) == "list":
                if depth < _MAX_DEPTH:
                    yield from _items(work, one, depth + 1)
            else:
                words = one_line(_words(work, one), 100_000)
                if words:
                    yield "  " * min(depth, 8) + "- " + words


def _rows(work: _Open, element: Element) -> Iterator[list[str]]:
    carried: dict[int, tuple[int, str]] = {}
    for row in element.iter():
        if local(row) != "table-row" or _table_of(row) is not element:
            continue
        cells: list[str] = []
        for cell in row:
            name = local(cell)
            if name in ("table-cell", "covered-table-cell") and len(cells) < _MAX_ROW_CELLS:
                words = _cell_words(work, cell)
                left, above = carried.get(len(cells), (0, ""))
                if name == "covered-table-cell" and left > 0:
                    words = words or above
                    carried[len(cells)] = (left - 1, above)
                down = _repeats(cell, "number-rows-spanned")
                if down > 1 and len(words) < 200:
                    carried[len(cells)] = (down - 1, words)
                wanted = words or len(cell) or len(cells) < 200
                cells += [words] * (_repeats(cell, "number-columns-repeated") if wanted else 1)
        while cells and not cells[-1]:
            cells.pop()
        for _ in range(_repeats(row, "number-rows-repeated") if cells else 1):
            yield cells


def _cell_words(work: _Open, cell: Element) -> str:
    parts = []
    for one in cell:
        if local(one) in _ASIDE:
            work.aside.append(one)
        elif local(one) not in _SKIPPED:
            parts.append(_words(work, one).strip())
    return " ".join(part for part in parts if part)


def _table_of(row: Element) -> Element | None:
    above = row.getparent()
    while above is not None and local(above) != "table":
        above = above.getparent()
    return above


def _repeats(element: Element, name: str) -> int:
    number = attribute(element, name) or "1"
    return max(1, min(int(number), _MAX_REPEATS)) if number.isdigit() and len(number) < 9 else 1


def _words(work: _Open, element: Element, depth: int = 0) -> str:
    parts = [element.text or ""]
    for one in element:
        name = local(one)
        if name == "s":
            parts.append(" " * _repeats(one, "c"))
        elif name in ("tab", "line-break"):
            parts.append("\t" if name == "tab" else "\n")
        elif name in _ASIDE and local(element) != "frame":
            work.aside.append(one)
            if name == "note":
                parts.append(f"[^{_citation(one).strip()}]" if _citation(one).strip() else "")
        elif name and name not in _SKIPPED and depth < _MAX_DEPTH:
            words = _words(work, one, depth + 1)
            if name == "a" and (whole := linked(words, attribute(one, "href") or "")) != words:
                work.web.append(whole)
            parts.append(words)
            if name in ("p", "h", "list-item"):
                parts.append(" ")
        parts.append(one.tail or "")
    return "".join(parts)
