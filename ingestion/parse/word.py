"""DOCX: paragraphs, exact headings, lists, tables, text boxes, footnotes, and pages as Word last saw them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .archive import Archive, open_archive
from .blocks import Block, Reading, heading, one_line, table
from .xmltree import Element, attribute, child, children, local, parse_xml, relations, rels_of, resolve

_SKIPPED = frozenset(
    {
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "Fallback",
        "rPr",
        "pPr",
        "sectPr",
        "tblPr",
        "commentReference",
    }
)


@dataclass
class _Word:
    """What a walk through the body needs to know and remember."""

    levels: dict[str, int]
    formats: dict[tuple[str, str], str]
    notes: dict[str, str]
    reading: Reading = field(default_factory=Reading)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    boxes: list[Element] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    page: int = 1
    fresh: bool = True  # nothing was written since the last page break
    started: int = 0  # the page on which the paragraph's first word stands


def read_docx(data: bytes) -> Reading:
    archive = open_archive(data)
    main = _main_part(archive)
    root = parse_xml(archive.read(main))
    links = {kind: resolve(main, target) for kind, target in relations(archive.read(rels_of(main))).values()}
    word = _Word(
        levels=_heading_levels(_part(archive, links.get("styles"))),
        formats=_list_formats(_part(archive, links.get("numbering"))),
        notes={
            **_notes(_part(archive, links.get("footnotes"))),
            **_notes(_part(archive, links.get("endnotes")), "e"),
        },
    )
    body = child(root, "body")
    _walk(word, root if body is None else body)
    reading = word.reading
    if word.page > 1:
        reading.pages = word.page
    else:
        reading.blocks = [Block(block.kind, block.text, None, block.level) for block in reading.blocks]
    reading.title = _title(archive) or next(
        (one_line(b.text) for b in reading.blocks if b.kind == "heading"), ""
    )
    return reading


def _main_part(archive: Archive) -> str:
    for kind, target in relations(archive.read("_rels/.rels")).values():
        if kind == "officeDocument":
            return resolve("", target)
    return "word/document.xml"


def _part(archive: Archive, name: str | None) -> Element | None:
    data = archive.read(name) if name else b""
    return parse_xml(data) if data else None


def _title(archive: Archive) -> str:
    root = _part(archive, "docProps/core.xml")
    found = child(root, "title")
    return one_line(found.text or "") if found is not None else ""


def _heading_levels(styles: Element | None) -> dict[str, int]:
    """Style id -> heading level, by outline level or name, inherited along basedOn."""
    levels: dict[str, int] = {}
    parents: dict[str, str] = {}
    for style in [] if styles is None else children(styles, "style"):
        key = attribute(style, "styleId") or ""
        outline = child(style, "pPr", "outlineLvl")
        name = (_value(child(style, "name")) or "").lower()
        if outline is not None and (_value(outline) or "9").isdigit() and int(_value(outline) or 9) < 9:
            levels[key] = int(_value(outline) or 0) + 1
        elif name == "title":
            levels[key] = 1
        elif name.startswith("heading ") and name[8:].isdigit():
            levels[key] = int(name[8:])
        elif outline is None:
            parents[key] = _value(child(style, "basedOn")) or ""
    for key in list(parents):
        parent, steps = parents[key], 0
        while parent in parents and steps < 20:
            parent, steps = parents[parent], steps + 1
        if parent in levels:
            levels[key] = levels[parent]
    return levels


def _list_formats(numbering: Element | None) -> dict[tuple[str, str], str]:
    """(numbering id, level) -> "bullet", "decimal", ..."""
    if numbering is None:
        return {}
    abstract = {attribute(one, "abstractNumId"): one for one in children(numbering, "abstractNum")}
    formats = {}
    for one in children(numbering, "num"):
        base = abstract.get(_value(child(one, "abstractNumId")))
        for level in [] if base is None else children(base, "lvl"):
            key = (attribute(one, "numId") or "", attribute(level, "ilvl") or "0")
            formats[key] = _value(child(level, "numFmt")) or "bullet"
    return formats


def _notes(root: Element | None, prefix: str = "") -> dict[str, str]:
    found = {}
    for note in [] if root is None else root:
        if attribute(note, "type") is None:
            words = "".join(
                one.text or "" if local(one) == "t" else " "
                for one in note.iter()
                if local(one) in ("t", "p", "tab")
            )
            found[prefix + (attribute(note, "id") or "")] = one_line(words, 2000)
    return found


def _value(element: Element | None) -> str | None:
    return None if element is None else attribute(element, "val")


def _walk(word: _Word, parent: Element) -> None:
    for element in parent:
        name = local(element)
        if name == "p":
            _paragraph(word, element)
        elif name == "tbl":
            _table(word, element)
        elif name not in _SKIPPED:
            _walk(word, element)


def _paragraph(word: _Word, paragraph: Element) -> None:
    word.started = 0
    text = "".join(_text(word, paragraph)).strip("\n").rstrip()
    if text.strip():
        # A break in the middle sends the rest to the next page; the paragraph stays with its first word.
        word.reading.blocks.append(_block(word, paragraph, text, word.started or word.page))
    _pending(word)


def _pending(word: _Word) -> None:
    """Text boxes anchored in, and notes cited by, what was just written."""
    cited, word.cited = word.cited, []
    for key in cited:
        if word.notes.get(key):
            word.reading.blocks.append(Block("text", f"[^{key}]: {word.notes[key]}", word.page))
    boxes, word.boxes = word.boxes, []
    for box in boxes:
        _walk(word, box)


def _block(word: _Word, paragraph: Element, text: str, page: int) -> Block:
    properties = child(paragraph, "pPr")
    style = _value(child(properties, "pStyle")) or ""
    outline = _value(child(properties, "outlineLvl"))
    level = int(outline) + 1 if outline and outline.isdigit() and int(outline) < 9 else word.levels.get(style)
    if level and len(text) < 300:
        return heading(text, level, page)
    number = child(properties, "numPr")
    key = _value(child(number, "numId"))
    if key and key != "0":
        depth = _value(child(number, "ilvl")) or "0"
        return Block("list", _item(word, key, depth, text), page)
    return Block("text", text, page)


def _item(word: _Word, key: str, depth: str, text: str) -> str:
    indent = "  " * min(int(depth) if depth.isdigit() else 0, 8)
    text = text.replace("\n", "\n" + indent + "  ")
    if word.formats.get((key, depth), "bullet") in ("bullet", "none"):
        return f"{indent}- {text}"
    word.counters[key, depth] = word.counters.get((key, depth), 0) + 1
    for other in [one for one in word.counters if one[0] == key and one[1] > depth]:
        del word.counters[other]
    return f"{indent}{word.counters[key, depth]}. {text}"


def _text(word: _Word, element: Element) -> Iterator[str]:
    for one in element:
        name = local(one)
        if name == "t":
            if one.text and not one.text.isspace():
                word.fresh = False
                word.started = word.started or word.page
            yield one.text or ""
        elif name == "tab":
            yield "\t" if local(element) == "r" else ""
        elif name in ("br", "cr"):
            if attribute(one, "type") == "page":
                _new_page(word)
            else:
                yield "\n"
        elif name == "lastRenderedPageBreak":
            _new_page(word)
        elif name == "noBreakHyphen":
            yield "-"
        elif name in ("footnoteReference", "endnoteReference"):
            key = ("e" if name.startswith("end") else "") + (attribute(one, "id") or "")
            word.cited.append(key)
            yield f"[^{key}]" if word.notes.get(key) else ""
        elif name == "txbxContent":
            word.boxes.append(one)
        elif name not in _SKIPPED:
            yield from _text(word, one)


def _new_page(word: _Word) -> None:
    """Word notes a break both where it was asked for and where the page then began; that is one page."""
    if not word.fresh:
        word.page += 1
        word.fresh = True


def _table(word: _Word, element: Element) -> None:
    word.started = 0
    rows: list[list[str]] = []
    for row in _rows(element):
        cells: list[str] = []
        for cell in (one for one in _unwrapped(row) if local(one) == "tc"):
            properties = child(cell, "tcPr")
            merged = child(properties, "vMerge")
            goes_on = merged is not None and (_value(merged) or "continue") == "continue"
            text = " ".join(part for part in (_cell_text(word, one) for one in cell) if part)
            if goes_on and rows and len(cells) < len(rows[-1]):
                text = text or rows[-1][len(cells)]
            span = _value(child(properties, "gridSpan")) or "1"
            cells += [text] + [""] * (min(int(span), 64) - 1 if span.isdigit() else 0)
        rows.append(cells)
    found = table(rows, word.started or word.page)
    if found:
        word.reading.blocks.append(found)
    _pending(word)


def _rows(element: Element) -> Iterator[Element]:
    return (one for one in _unwrapped(element) if local(one) == "tr")


def _unwrapped(element: Element) -> Iterator[Element]:
    """Children, looking through content controls and tracked insertions."""
    for one in element:
        if local(one) in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            yield from _unwrapped(one)
        else:
            yield one


def _cell_text(word: _Word, element: Element) -> str:
    name = local(element)
    if name in _SKIPPED or name == "tcPr":
        return ""
    if name == "p":
        return "".join(_text(word, element)).strip()
    return " ".join(part for part in (_cell_text(word, one) for one in element) if part)
