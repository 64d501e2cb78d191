"""PPTX: slide by slide, its title as the heading, then texts, tables, charts, groups, comments and notes."""

from collections.abc import Iterator

from .archive import Archive, open_archive
from .blocks import Block, Reading, end_of_headings, heading, one_line, table
from .drawings import (
    Links,
    graphic_blocks,
    linked,
    links_of,
    paragraph_text,
    paragraphs,
    persons,
    picture_names,
    picture_words,
)
from .xmltree import Element, attribute, child, children, local, parse_xml

_TITLES = frozenset({"title", "ctrTitle"})
_DECORATION = frozenset({"dt", "sldNum", "sldImg"})
_MAX_DEPTH = 50


def read_pptx(data: bytes) -> Reading:
    archive = open_archive(data)
    main = next((to for kind, to in links_of(archive, "").values() if kind == "officeDocument"), "")
    main = main if main in archive.names else "ppt/presentation.xml"
    links = links_of(archive, main)
    authors = _authors(archive, links)
    reading = Reading()
    parts = list(_slide_parts(archive, main, links))
    seen: set[str] = set()  # footers, the same on every slide
    for number, part in enumerate(parts, start=1):
        content = archive.read(part)
        if content:
            reading.blocks += _slide(archive, part, parse_xml(content), number, seen, authors)
        if content and b'show="0"' in content[:2000]:
            reading.warnings.append(f"Slide {number} is hidden in the presentation; it was read too.")
    reading.pages = len(parts)
    reading.title = next((one_line(b.text) for b in reading.blocks if b.kind == "heading" and b.text), "")
    if any(kind == "vbaProject" for kind, _ in links.values()):
        reading.warnings.append("This presentation holds macros; they were neither run nor read.")
    return reading


def pictures_on_slides(data: bytes) -> Iterator[tuple[int, str, str]]:
    """Of each picture that a slide shows itself: the slide, the archive's member, and its author's words for it."""
    archive = open_archive(data)
    main = next((to for kind, to in links_of(archive, "").values() if kind == "officeDocument"), "")
    main = main if main in archive.names else "ppt/presentation.xml"
    for number, part in enumerate(_slide_parts(archive, main, links_of(archive, main)), start=1):
        content = archive.read(part)
        tree = child(parse_xml(content), "cSld", "spTree") if content else None
        links = links_of(archive, part)
        for shape in _shapes(tree) if tree is not None else ():
            for name in picture_names(shape, links):
                yield number, name, picture_words(shape)


def _slide_parts(archive: Archive, main: str, links: Links) -> Iterator[str]:
    listed = child(parse_xml(archive.read(main)), "sldIdLst")
    for entry in [] if listed is None else listed:
        # The relationship id and the slide's own number are both called "id"; only one is known here.
        key = next((str(value) for value in entry.attrib.values() if str(value) in links), "")
        if key:
            yield links[key][1]


def _authors(archive: Archive, links: Links) -> dict[str, str]:
    """Comment authors, by the numbers of old comments and the ids of newer ones."""
    found: dict[str, str] = {}
    for kind, target in links.values():
        if kind == "commentAuthors" or kind == "authors":
            data = archive.read(target)
            for one in parse_xml(data) if data else []:
                found[attribute(one, "id") or ""] = one_line(attribute(one, "name") or "", 100)
        elif kind == "person":
            found |= persons(archive.read(target))
    return found


def _slide(
    archive: Archive, part: str, root: Element, number: int, seen: set[str], authors: dict[str, str]
) -> list[Block]:
    links = links_of(archive, part)
    tree = child(root, "cSld", "spTree")
    shapes = list(_shapes(tree)) if tree is not None else []
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
    words = one_line(" ".join(" ".join(text for text, _ in _paragraphs(shape)) for shape in titles))
    blocks = [heading(words, 1, number) if words else end_of_headings(number)]
    for shape in shapes:
        if shape in titles:
            continue
        found = _shape_blocks(archive, shape, links, number)
        if _placeholder(shape) in ("ftr", "hdr"):
            found = [block for block in found if block.text not in seen]
            seen |= {block.text for block in found}
        blocks += found
    if web := list(dict.fromkeys(_web(root, links))):
        blocks.append(Block("text", "Links: " + "; ".join(web), number))
    for kind, target in links.values():
        if kind == "notesSlide":
            blocks += _notes(archive.read(target), number)
        elif kind == "comments":
            blocks += _comments(archive.read(target), number, authors)
    return blocks


def _shapes(parent: Element, depth: int = 0) -> Iterator[Element]:
    for element in parent:
        name = local(element)
        if name in ("grpSp", "Choice") and depth < _MAX_DEPTH:
            yield from _shapes(element, depth + 1)
        elif name == "AlternateContent" and depth < _MAX_DEPTH:
            found = [shape for option in element if (shape := list(_shapes(option, depth + 1)))]
            yield from found[0] if found else ()
        elif name in ("sp", "graphicFrame", "cxnSp", "pic", "contentPart"):
            yield element


def _placeholder(shape: Element) -> str | None:
    for own in shape:
        mark = child(own, "nvPr", "ph") if local(own).startswith("nv") else None
        if mark is not None:
            return attribute(mark, "type") or "body"
    return None


def _shape_blocks(archive: Archive, shape: Element, links: Links, number: int) -> list[Block]:
    place = _placeholder(shape)
    if place in _DECORATION:
        return []
    blocks: list[Block] = []
    if local(shape) == "graphicFrame":
        found = child(shape, "graphic", "graphicData", "tbl")
        cells = _table(found, number) if found is not None else None
        blocks = [cells] if cells else graphic_blocks(archive, shape, links, number)
    elif lines := list(_paragraphs(shape)):
        blocks = [_text_block(lines, place, number)]
    if not blocks and (words := picture_words(shape)):
        blocks = [Block("text", f"Picture: {words}", number)]
    return blocks


def _text_block(lines: list[tuple[str, int]], place: str | None, number: int) -> Block:
    if len(lines) > 1 and (place in ("body", "obj") or any(depth for _, depth in lines)):
        return Block("list", "\n".join("  " * depth + "- " + text for text, depth in lines), number)
    return Block("text", "\n".join(text for text, _ in lines), number)


def _paragraphs(shape: Element) -> Iterator[tuple[str, int]]:
    body = child(shape, "txBody")
    for paragraph in [] if body is None else children(body, "p"):
        text = paragraph_text(paragraph)
        properties = child(paragraph, "pPr")
        depth = "0" if properties is None else attribute(properties, "lvl") or "0"
        if text:
            yield text, min(int(depth), 8) if depth.isdigit() else 0


def _table(element: Element, number: int) -> Block | None:
    rows: list[list[str]] = []
    for row in children(element, "tr"):
        cells: list[str] = []
        for cell in children(row, "tc"):
            text = " ".join(paragraphs(cell))
            if attribute(cell, "vMerge") == "1" and rows and len(cells) < len(rows[-1]):
                text = rows[-1][len(cells)]
            cells.append(text)
        rows.append(cells)
    return table(rows, number)


def _web(root: Element, links: Links) -> Iterator[str]:
    """Addresses behind words; amid the words they would cut sentences."""
    for run in root.iter():
        if local(run) != "r":
            continue
        mark = child(run, "rPr", "hlinkClick")
        key = (
            ""
            if mark is None
            else next((str(v) for k, v in mark.attrib.items() if str(k).endswith("}id")), "")
        )
        kind, target = links.get(key, ("", ""))
        words = paragraph_text(run)
        if kind == "web" and (whole := linked(words, target)) != words:
            yield whole


def _notes(content: bytes, number: int) -> list[Block]:
    """The speaker's words, and whatever else was written on the page of notes."""
    tree = child(parse_xml(content), "cSld", "spTree") if content else None
    lines = []
    for shape in _shapes(tree) if tree is not None else []:
        if _placeholder(shape) not in _DECORATION | {"ftr", "hdr"}:
            lines += [text for text, _ in _paragraphs(shape)]
    return [Block("text", "Notes: " + "\n".join(lines), number)] if lines else []


def _comments(content: bytes, number: int, authors: dict[str, str]) -> list[Block]:
    lines = []
    for one in parse_xml(content).iter() if content else ():
        if local(one) not in ("cm", "reply"):
            continue
        plain = child(one, "text")
        body = child(one, "txBody")
        words = plain.text or "" if plain is not None else ""
        words = one_line(words or (" ".join(paragraphs(body)) if body is not None else ""), 4000)
        author = authors.get(attribute(one, "authorId") or "", "")
        if words:
            lines.append(f"Comment by {author}: {words}" if author else f"Comment: {words}")
    return [Block("text", "\n".join(lines), number)] if lines else []
