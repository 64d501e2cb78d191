"""PPTX: slide by slide, its title as the heading, then texts, tables, groups and the speaker's notes."""

from collections.abc import Iterator

from .archive import Archive, open_archive
from .blocks import Block, Reading, end_of_headings, heading, one_line, table
from .xmltree import Element, attribute, child, children, local, parse_xml, relations, rels_of, resolve

_TITLES = frozenset({"title", "ctrTitle"})
_DECORATION = frozenset({"dt", "ftr", "sldNum", "hdr", "sldImg"})


def read_pptx(data: bytes) -> Reading:
    archive = open_archive(data)
    reading = Reading()
    parts = list(_slide_parts(archive))
    for number, part in enumerate(parts, start=1):
        content = archive.read(part)
        if content:
            reading.blocks += _slide(archive, part, content, number)
    reading.pages = len(parts)
    reading.title = next((one_line(b.text) for b in reading.blocks if b.kind == "heading" and b.text), "")
    return reading


def _slide_parts(archive: Archive) -> Iterator[str]:
    main = "ppt/presentation.xml"
    for kind, target in relations(archive.read("_rels/.rels")).values():
        if kind == "officeDocument":
            main = resolve("", target)
    links = relations(archive.read(rels_of(main)))
    root = parse_xml(archive.read(main))
    listed = child(root, "sldIdLst")
    for entry in [] if listed is None else listed:
        # The relationship id and the slide's own number are both called "id"; only one is known here.
        key = next((str(value) for value in entry.attrib.values() if str(value) in links), "")
        if key:
            yield resolve(main, links[key][1])


def _slide(archive: Archive, part: str, content: bytes, number: int) -> list[Block]:
    tree = child(parse_xml(content), "cSld", "spTree")
    shapes = list(_shapes(tree)) if tree is not None else []
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    words = one_line(" ".join(" ".join(text for text, _ in _paragraphs(shape)) for shape in titles))
    blocks = [heading(words, 1, number) if words else end_of_headings(number)]
    for shape in shapes:
        if shape not in titles:
            blocks += _shape_blocks(shape, number)
    for kind, target in relations(archive.read(rels_of(part))).values():
        if kind == "notesSlide":
            blocks += _notes(archive.read(resolve(part, target)), number)
    return blocks


def _shapes(parent: Element) -> Iterator[Element]:
    for element in parent:
        name = local(element)
        if name in ("grpSp", "AlternateContent", "Choice"):
            yield from _shapes(element)
        elif name in ("sp", "graphicFrame", "cxnSp"):
            yield element


def _placeholder(shape: Element) -> str | None:
    for own in shape:
        mark = child(own, "nvPr", "ph") if local(own).startswith("nv") else None
        if mark is not None:
            return attribute(mark, "type") or "body"
    return None


def _shape_blocks(shape: Element, number: int) -> list[Block]:
    if local(shape) == "graphicFrame":
        found = child(shape, "graphic", "graphicData", "tbl")
        cells = _table(found, number) if found is not None else None
        return [cells] if cells else []
    place = _placeholder(shape)
    if place in _DECORATION:
        return []
    paragraphs = list(_paragraphs(shape))
    if not paragraphs:
        return []
    if len(paragraphs) > 1 and (place in ("body", "obj") or any(depth for _, depth in paragraphs)):
        return [Block("list", "\n".join("  " * depth + "- " + text for text, depth in paragraphs), number)]
    return [Block("text", "\n".join(text for text, _ in paragraphs), number)]


def _paragraphs(shape: Element) -> Iterator[tuple[str, int]]:
    body = child(shape, "txBody")
    for paragraph in [] if body is None else children(body, "p"):
        text = _line(paragraph)
        depth = (
            attribute(child(paragraph, "pPr") if child(paragraph, "pPr") is not None else paragraph, "lvl")
            or "0"
        )
        if text:
            yield text, min(int(depth), 8) if depth.isdigit() else 0


def _line(paragraph: Element) -> str:
    parts = []
    for one in paragraph.iter():
        if local(one) == "t":
            parts.append(one.text or "")
        elif local(one) == "br":
            parts.append(" ")
    return " ".join("".join(parts).split())


def _table(element: Element, number: int) -> Block | None:
    rows: list[list[str]] = []
    for row in children(element, "tr"):
        cells: list[str] = []
        for cell in children(row, "tc"):
            body = child(cell, "txBody")
            text = " ".join(_line(p) for p in ([] if body is None else children(body, "p")))
            if attribute(cell, "vMerge") == "1" and rows and len(cells) < len(rows[-1]):
                text = rows[-1][len(cells)]
            cells.append(text)
        rows.append(cells)
    return table(rows, number)


def _notes(content: bytes, number: int) -> list[Block]:
    tree = child(parse_xml(content), "cSld", "spTree") if content else None
    lines = []
    for shape in _shapes(tree) if tree is not None else []:
        if _placeholder(shape) == "body":
            lines += [text for text, _ in _paragraphs(shape)]
    return [Block("text", "Notes: " + "\n".join(lines), number)] if lines else []
