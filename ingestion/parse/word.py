"""DOCX: paragraphs, exact headings, lists, tables, boxes, notes, comments, and pages as Word last saw them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import DocumentError
from .archive import Archive, open_archive
from .blocks import HEADING, Block, Reading, assemble, heading, one_line, table
from .drawings import graphic_blocks, linked, links_of, picture_names, picture_words
from .encoding import decode
from .html import read_html
from .plain import read_text
from .wordparts import Level, Styles, comments, counted, is_page_number, notes, numbering, part, styles, value
from .xmltree import Element, attribute, child, local, parse_xml

_SKIPPED = frozenset(
    {
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "rPr",
        "pPr",
        "sectPr",
        "tblPr",
        "tcPr",
        "trPr",
        "rt",
        "sdtPr",
    }
)
_MAX_DEPTH = 100
_MAX_CHUNKS = 20
_MAX_PICTURES = 500


@dataclass
class _Word:
    """What a walk through the body needs to know and remember."""

    archive: Archive
    styles: Styles
    numbering: dict[tuple[str, str], Level]
    notes: dict[str, str]
    comments: dict[str, str]
    links: dict[str, tuple[str, str]]
    reading: Reading = field(default_factory=Reading)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    boxes: list[Element] = field(default_factory=list)
    beside: list[Block] = field(default_factory=list)  # pictures, charts and comments of the paragraph
    web: list[str] = field(
        default_factory=list
    )  # links of this section; amid the words they would cut sentences
    cited: list[str] = field(default_factory=list)
    page: int = 1
    fresh: bool = True  # nothing was written since the last page break
    started: int = 0  # the page on which the paragraph's first word stands
    chunks: int = 0
    pictures: list[tuple[int, int, str, str]] = field(default_factory=list)  # after how many blocks
    above: int = 0  # blocks of page headers, which come before all others


def read_docx(data: bytes, depth: int = 0) -> Reading:
    return _read(data, depth).reading


def pictures_in_docx(data: bytes) -> list[tuple[str, int | None, int | None, str]]:
    """Of each picture: the archive's member, its page, where in the text it stands, and its author's words for it."""
    word = _read(data, 0)
    blocks, paged = word.reading.blocks, word.page > 1
    return [
        (name, page if paged else None, len(assemble(blocks[: word.above + before])[0]), words)
        for before, page, name, words in word.pictures[:_MAX_PICTURES]
    ]


def _read(data: bytes, depth: int) -> "_Word":
    archive = open_archive(data)
    main = next((to for kind, to in links_of(archive, "").values() if kind == "officeDocument"), "")
    main = main if main in archive.names else "word/document.xml"
    links = links_of(archive, main)
    parts = dict(links.values())
    root = parse_xml(archive.read(main))
    word = _Word(
        archive,
        styles(part(archive, parts.get("styles"))),
        numbering(part(archive, parts.get("numbering"))),
        {**notes(part(archive, parts.get("footnotes"))), **notes(part(archive, parts.get("endnotes")), "e")},
        comments(part(archive, parts.get("comments"))),
        links,
        chunks=depth * _MAX_CHUNKS,
    )
    body = child(root, "body")
    body = root if body is None else body
    heads, feet = _margins(word, body)
    _walk(word, body)
    _links(word)
    reading = word.reading
    if word.page > 1:
        reading.pages = word.page
    else:
        reading.blocks = [Block(block.kind, block.text, None, block.level) for block in reading.blocks]
    reading.title = _title(archive) or next(
        (one_line(b.text) for b in reading.blocks if b.kind == "heading"), ""
    )
    reading.blocks = [*heads, *reading.blocks, *([Block("heading", "")] if feet else []), *feet]
    if "vbaProject" in parts:
        reading.warnings.append("This document holds macros; they were neither run nor read.")
    word.above = len(heads)
    return word


def _title(archive: Archive) -> str:
    found = child(part(archive, "docProps/core.xml"), "title")
    return one_line(found.text or "") if found is not None else ""


def _margins(word: _Word, body: Element) -> tuple[list[Block], list[Block]]:
    """Headers and footers of all sections, each text once, without page numbers."""
    found: dict[str, list[Block]] = {"header": [], "footer": []}
    seen: set[str] = set()
    for reference in body.iter():
        kind = local(reference).removesuffix("Reference")
        if kind not in found:
            continue
        key = next((str(own) for name, own in reference.attrib.items() if str(name).endswith("}id")), "")
        target = word.links.get(key, ("", ""))[1]
        if not target or target in seen:
            continue
        seen.add(target)
        root = part(word.archive, target)
        for block in [] if root is None else _margin_blocks(word, root, target):
            if block.text not in seen and not is_page_number(block.text):
                seen.add(block.text)
                found[kind].append(Block(block.kind if block.kind == "table" else "text", block.text))
    return found["header"], found["footer"]


def _margin_blocks(word: _Word, root: Element, target: str) -> list[Block]:
    inner = _Word(
        word.archive, word.styles, word.numbering, {}, {}, links_of(word.archive, target), chunks=_MAX_CHUNKS
    )
    _walk(inner, root)
    return inner.reading.blocks


def _walk(word: _Word, parent: Element, depth: int = 0) -> None:
    for element in parent:
        name = local(element)
        if name == "p":
            _paragraph(word, element)
        elif name == "tbl":
            _table(word, element, depth)
        elif name == "altChunk":
            _chunk(word, element)
        elif name == "AlternateContent":
            _walk(word, _chosen(element), depth + 1)
        elif name not in _SKIPPED and depth < _MAX_DEPTH:
            _walk(word, element, depth + 1)


def _chosen(element: Element) -> Element:
    """Of a drawing written twice, for new programs and for old ones, the one that says something."""
    options = [one for one in element if local(one) in ("Choice", "Fallback")]
    for one in options:
        if any(local(inner) in ("t", "chart", "relIds", "pic", "txbxContent") for inner in one.iter()):
            return one
    return options[0] if options else element


def _paragraph(word: _Word, paragraph: Element) -> None:
    word.started = 0
    before, word.web = word.web, []
    text = "".join(_text(word, paragraph)).strip("\n").rstrip()
    own, word.web = word.web, before
    if text.strip():
        # A break in the middle sends the rest to the next page; the paragraph stays with its first word.
        _add(word, _block(word, paragraph, text, word.started or word.page))
    word.web += own
    _pending(word)


def _add(word: _Word, block: Block) -> None:
    """Items that follow each other are one list; a heading ends a section."""
    blocks = word.reading.blocks
    if block.kind == HEADING:
        _links(word)
    if block.kind == "list" and blocks and blocks[-1].kind == "list" and blocks[-1].page == block.page:
        blocks[-1] = Block("list", f"{blocks[-1].text}\n{block.text}", block.page)
    else:
        blocks.append(block)


def _links(word: _Word) -> None:
    web, word.web = list(dict.fromkeys(word.web)), []
    if web:
        word.reading.blocks.append(Block("text", "Links: " + "; ".join(web), word.page))


def _pending(word: _Word) -> None:
    """What belongs to the paragraph just written: notes it cites, comments, pictures, charts, text boxes."""
    cited, word.cited = word.cited, []
    for key in cited:
        if word.notes.get(key):
            word.reading.blocks.append(Block("text", f"[^{key}]: {word.notes[key]}", word.page))
    beside, word.beside = word.beside, []
    word.reading.blocks += beside
    boxes, word.boxes = word.boxes, []
    for box in boxes:
        _walk(word, box)


def _block(word: _Word, paragraph: Element, text: str, page: int) -> Block:
    properties = child(paragraph, "pPr")
    style = value(child(properties, "pStyle")) or ""
    outline = value(child(properties, "outlineLvl"))
    level = word.styles.levels.get(style)
    if outline and outline.isdigit():
        level = int(outline) + 1 if int(outline) < 9 else None
    if level and len(text) < 300:
        return heading(text, level, page)
    inherited = word.styles.lists.get(style, ("", "0"))
    number = child(properties, "numPr")
    key = value(child(number, "numId")) or inherited[0]
    if key and key != "0":
        depth = value(child(number, "ilvl")) or inherited[1]
        return Block("list", _item(word, key, depth, text), page)
    return Block("text", text, page)


def _item(word: _Word, key: str, depth: str, text: str) -> str:
    indent = "  " * min(int(depth) if depth.isdigit() else 0, 8)
    text = text.replace("\n", "\n" + indent + "  ")
    level = word.numbering.get((key, depth), Level("bullet", 1))
    if level.format in ("bullet", "none"):
        return f"{indent}- {text}"
    word.counters[key, depth] = word.counters.get((key, depth), level.start - 1) + 1
    for other in [one for one in word.counters if one[0] == key and one[1] > depth]:
        del word.counters[other]
    return f"{indent}{counted(word.counters[key, depth], level.format)}. {text}"


def _text(word: _Word, element: Element, depth: int = 0) -> Iterator[str]:
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
        elif name == "hyperlink":
            key = next((str(own) for label, own in one.attrib.items() if str(label).endswith("}id")), "")
            kind, target = word.links.get(key, ("", ""))
            words = "".join(_text(word, one, depth + 1))
            if kind == "web" and (whole := linked(words, target)) != words:
                word.web.append(whole)
            yield words
        elif name in _ASIDE:
            _aside(word, one)
        elif name == "AlternateContent":
            yield from _text(word, _chosen(one), depth + 1)
        elif name not in _SKIPPED and depth < _MAX_DEPTH:
            if name in ("drawing", "pict"):
                _picture(word, one)
            yield from _text(word, one, depth + 1)


_ASIDE = frozenset({"txbxContent", "commentReference", "chart", "relIds", "textpath"})


def _aside(word: _Word, element: Element) -> None:
    name = local(element)
    if name == "txbxContent":
        word.boxes.append(element)
    elif name == "commentReference":
        words = word.comments.get(attribute(element, "id") or "")
        if words:
            word.beside.append(Block("text", words, word.page))
    elif name == "textpath":  # letters drawn as a picture, such as a watermark
        words = one_line(attribute(element, "string") or "", 500)
        if words:
            word.beside.append(Block("text", words, word.page))
    else:
        above = element.getparent()
        word.beside += graphic_blocks(
            word.archive, element if above is None else above, word.links, word.page
        )


def _picture(word: _Word, element: Element) -> None:
    words = picture_words(element)
    for name in picture_names(element, word.links):
        word.pictures.append((len(word.reading.blocks), word.page, name, words))
    if words:
        word.beside.append(Block("text", f"Picture: {words}", word.page))


def _new_page(word: _Word) -> None:
    """Word notes a break both where it was asked for and where the page then began; that is one page."""
    if not word.fresh:
        word.page += 1
        word.fresh = True


def _chunk(word: _Word, element: Element) -> None:
    """A document pasted in whole, in its own format."""
    key = next((str(own) for name, own in element.attrib.items() if str(name).endswith("}id")), "")
    data = word.archive.read(word.links.get(key, ("", ""))[1])
    word.chunks += 1
    if not data or word.chunks > _MAX_CHUNKS:
        return
    try:
        inner = _chunk_reading(data)
    except DocumentError as error:
        word.reading.warnings.append(f"A part of this document was left out: {error.sentence}")
        return
    word.reading.blocks += [Block(one.kind, one.text, word.page, one.level) for one in inner.blocks]


def _chunk_reading(data: bytes) -> Reading:
    if data.startswith(b"PK"):
        return read_docx(data, depth=1)
    if b"<" in data[:1000]:
        return read_html(data)
    return read_text(decode(data))


def _table(word: _Word, element: Element, depth: int) -> None:
    word.started = 0
    rows = list(_rows(element))
    if len(rows) == 1 and len(cells := _cells(rows[0])) == 1 and depth < _MAX_DEPTH:
        _walk(word, cells[0], depth + 1)  # a frame around text
        return
    found = table(_grid(word, rows), word.started or word.page)
    if found:
        word.reading.blocks.append(found)
    _pending(word)


def _grid(word: _Word, elements: list[Element]) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in elements:
        cells: list[str] = [""] * _count(child(row, "trPr", "gridBefore"), 0)
        for cell in _cells(row):
            properties = child(cell, "tcPr")
            merged = child(properties, "vMerge")
            goes_on = merged is not None and (value(merged) or "continue") == "continue"
            text = _cell_text(word, cell)
            if goes_on and rows and len(cells) < len(rows[-1]):
                text = text or rows[-1][len(cells)]
            cells += [text] + [""] * (_count(child(properties, "gridSpan"), 1) - 1)
        rows.append(cells)
    return rows


def _count(element: Element | None, usual: int) -> int:
    words = value(element) or ""
    return min(int(words), 64) if words.isdigit() and len(words) < 9 else usual


def _rows(element: Element) -> Iterator[Element]:
    return (one for one in _unwrapped(element) if local(one) == "tr")


def _cells(row: Element) -> list[Element]:
    return [one for one in _unwrapped(row) if local(one) == "tc"]


def _unwrapped(element: Element) -> Iterator[Element]:
    """Children, looking through content controls and tracked insertions."""
    for one in element:
        if local(one) in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            yield from _unwrapped(one)
        else:
            yield one


def _cell_text(word: _Word, element: Element) -> str:
    """All the words of a cell; a table inside it row by row."""
    parts = []
    for one in element:
        name = local(one)
        if name == "p":
            parts.append("".join(_text(word, one)).strip())
        elif name not in _SKIPPED:
            parts.append(_cell_text(word, _chosen(one) if name == "AlternateContent" else one))
    return " ".join(words for words in parts if words)
