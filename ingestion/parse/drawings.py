"""What Office files keep outside their text: charts, diagrams, shapes, comments, the words for a picture."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from .archive import Archive
from .blocks import Block, one_line, table
from .xmltree import Element, attribute, child, children, local, parse_xml, rels_of, resolve

Links: TypeAlias = dict[str, tuple[str, str]]
_POINTS = 2_000
_DULL_NAME = re.compile(
    r"(?:picture|image|graphic|grafik|bild|photo|logo|chart|shape|object|inline)?[ _-]*\d*(?:\.\w{2,4})?$"
    r"|[\w-]+\.(?:png|jpe?g|gif|bmp|svg|emf|wmf|tiff?)$",
    re.I,
)
_MADE_UP = re.compile(
    r"(?:\s*(?:Description automatically generated|Automatisch generierte Beschreibung)\.?)+\s*$"
)


def picture_words(element: Element) -> str:
    """The alternative text of a picture or shape that a person wrote, not what a program put there."""
    for one in element.iter():
        if local(one) in ("docPr", "cNvPr"):
            words = attribute(one, "descr") or ""
            words = one_line(_MADE_UP.sub("", words), 1000)
            return "" if _DULL_NAME.match(words) else words
    return ""


def picture_names(element: Element, links: Links) -> Iterator[str]:
    """The archive's members that a drawing shows. A picture that lies elsewhere is none of them."""
    for one in element.iter():
        if local(one) in ("blip", "imagedata"):
            for label, key in one.attrib.items():
                kind, name = links.get(str(key), ("", ""))
                if kind == "image" and str(label).endswith(("}embed", "}id")):
                    yield name


def paragraphs(element: Element) -> Iterator[str]:
    """The paragraphs of DrawingML below, one line each."""
    for paragraph in element.iter():
        if local(paragraph) == "p":
            words = paragraph_text(paragraph)
            if words:
                yield words


def paragraph_text(paragraph: Element) -> str:
    parts = []
    for one in paragraph.iter():
        name = local(one)
        if name == "t":
            parts.append(one.text or "")
        elif name in ("br", "tab"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def chart_blocks(data: bytes, page: int | None) -> list[Block]:
    """Title and axis titles as text, the series as a table: one row a category, one column a series."""
    if not data:
        return []
    root = parse_xml(data)
    titles = []
    for one in root.iter():
        if local(one) in ("title", "chartTitle"):
            words = " ".join(paragraphs(one))
            if words and words not in titles:
                titles.append(words)
    blocks = [Block("text", "Chart: " + "; ".join(titles), page)] if titles else []
    series = [_series(one) for one in root.iter() if local(one) == "ser"][:50]
    rows = _chart_rows([one for one in series if one[2]])
    found = table(rows, page) if rows else None
    return [*blocks, found] if found else blocks


def _series(element: Element) -> tuple[str, dict[int, str], dict[int, str]]:
    name = " ".join(_values(child(element, "tx")).values())
    labels = child(element, "cat")
    points = child(element, "val")
    if points is None:
        labels, points = child(element, "xVal"), child(element, "yVal")
    return one_line(name), _values(labels), _values(points)


def _values(element: Element | None) -> dict[int, str]:
    """Point number -> its words; of several levels of labels the finest."""
    found: dict[int, str] = {}
    if element is None:
        return found
    levels = [one for one in element.iter() if local(one) == "lvl"]
    for place, one in enumerate((levels[0] if levels else element).iter()):
        if local(one) == "v":
            above = one.getparent()
            index = attribute(above, "idx") or ""
            key = int(index) if index.isdigit() and len(index) < 7 else place
            found.setdefault(key, one_line(_rounded(one.text or "")))
        if len(found) >= _POINTS:
            break
    return found


def _rounded(text: str) -> str:
    """Charts keep what was computed (0.30000000000000004), not what they show."""
    try:
        return format(float(text), ".10g") if len(text) > 12 and "." in text else text
    except ValueError:
        return text


def _chart_rows(series: list[tuple[str, dict[int, str], dict[int, str]]]) -> list[list[str]]:
    if not series:
        return []
    labels: dict[int, str] = {}
    for _, own, values in series:
        for key in values:
            labels.setdefault(key, own.get(key, ""))
    rows = [["", *(name for name, _, _ in series)]]
    rows += [[labels[key], *(values.get(key, "") for _, _, values in series)] for key in sorted(labels)]
    return rows


def diagram_lines(data: bytes) -> list[str]:
    """The words of a SmartArt diagram, in the order in which they were typed."""
    if not data:
        return []
    lines = []
    for point in parse_xml(data).iter():
        if local(point) == "pt" and attribute(point, "type") in (None, "node", "asst"):
            words = " ".join(paragraphs(point))
            if words:
                lines.append(words)
    return lines


def links_of(archive: Archive, part: str) -> Links:
    """Relationship id -> (last part of its type, member name); web addresses as they are."""
    data = archive.read(rels_of(part))
    found: dict[str, tuple[str, str]] = {}
    for one in parse_xml(data) if data else []:
        kind = (attribute(one, "Type") or "").rpartition("/")[2]
        target = attribute(one, "Target") or ""
        if attribute(one, "TargetMode") == "External":
            kind = "web" if kind == "hyperlink" else "external"
        else:
            target = resolve(part, target)
        found[attribute(one, "Id") or ""] = (kind, target)
    return found


def graphic_blocks(
    archive: Archive, element: Element, links: dict[str, tuple[str, str]], page: int | None
) -> list[Block]:
    """The chart or diagram that a frame refers to."""
    blocks: list[Block] = []
    for one in element.iter():
        name = local(one)
        if name not in ("chart", "relIds"):
            continue
        for key, value in one.attrib.items():
            kind, target = links.get(str(value), ("", ""))
            if kind in ("chart", "chartEx"):
                blocks += chart_blocks(archive.read(target), page)
            elif kind == "diagramData" and str(key).endswith("dm"):
                lines = diagram_lines(archive.read(target))
                if lines:
                    blocks.append(Block("list", "\n".join(f"- {line}" for line in lines), page))
    return blocks


def address(target: str) -> str:
    """A link's target worth keeping beside its words: of the web, not of this machine."""
    return target if re.match(r"(?:https?|ftp|mailto):\S{3,2000}$", target, re.I) else ""


def linked(words: str, target: str) -> str:
    """Words with the address they lead to, unless they are the address."""
    found = address(target)
    bare = re.sub(r"^(?:mailto:|https?://)|/$", "", found)
    if not found or bare.lower() in words.lower().replace(" ", ""):
        return words
    return f"{words} ({found})" if words.strip() else words


def comment_lines(data: bytes, authors: dict[str, str]) -> list[tuple[str, str, str]]:
    """(cell or "", author, words) of a comments part of a workbook."""
    root = parse_xml(data)
    names = [one.text or "" for one in root.iter() if local(one) == "author"]
    found = []
    for one in root.iter():
        if local(one) not in ("comment", "threadedComment"):
            continue
        body = child(one, "text")
        words = (
            ""
            if body is None
            else (body.text or "") + "".join(inner.text or "" for inner in body.iter() if local(inner) == "t")
        )
        key = attribute(one, "authorId") or ""
        author = names[int(key)] if key.isdigit() and int(key) < len(names) else ""
        author = authors.get(attribute(one, "personId") or "", author)
        if author.startswith("tc={"):  # the shadow of a threaded comment, for older programs
            continue
        words = one_line(words.removeprefix(f"{author}:"), 4000)
        if words:
            found.append((attribute(one, "ref") or "", one_line(author, 100), words))
    return found


def persons(data: bytes) -> dict[str, str]:
    return {
        attribute(one, "id") or "": attribute(one, "displayName") or ""
        for one in (children(parse_xml(data), "person") if data else [])
    }
