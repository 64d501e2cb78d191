"""The parts beside the text of a Word document: styles, numbering, notes, comments, headers and footers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .archive import Archive
from .blocks import one_line
from .drawings import paragraph_text
from .xmltree import Element, attribute, child, children, local, parse_xml

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.|s\.|página|pagina|strona|sida|side)?\s*[-–—]?\s*\d*\s*(?:(?:of|von|de|di|/|\|)\s*\d*)?\s*[-–—]?$",
    re.I,
)


@dataclass(frozen=True)
class Styles:
    levels: dict[str, int]  # style -> heading level
    lists: dict[str, tuple[str, str]]  # style -> numbering id and depth


@dataclass(frozen=True)
class Level:
    format: str  # "bullet", "decimal", ...
    start: int


def part(archive: Archive, name: str | None) -> Element | None:
    data = archive.read(name) if name else b""
    return parse_xml(data) if data else None


def value(element: Element | None) -> str | None:
    return None if element is None else attribute(element, "val")


def styles(root: Element | None) -> Styles:
    """Heading levels by outline level or name, and lists, both inherited along basedOn."""
    levels: dict[str, int] = {}
    lists: dict[str, tuple[str, str]] = {}
    parents: dict[str, str] = {}
    plain: set[str] = set()
    for style in [] if root is None else children(root, "style"):
        key = attribute(style, "styleId") or ""
        parents[key] = value(child(style, "basedOn")) or ""
        outline = value(child(style, "pPr", "outlineLvl"))
        name = (value(child(style, "name")) or "").lower()
        if outline is not None and outline.isdigit():
            if int(outline) < 9:
                levels[key] = int(outline) + 1
            else:
                plain.add(key)
        elif name == "title":
            levels[key] = 1
        elif name.startswith("heading ") and name[8:].isdigit():
            levels[key] = int(name[8:])
        number = value(child(style, "pPr", "numPr", "numId"))
        if number:
            lists[key] = (number, value(child(style, "pPr", "numPr", "ilvl")) or "0")
    for key in parents:
        for step in _ancestors(key, parents):
            if step in levels and key not in plain:
                levels.setdefault(key, levels[step])
            if step in lists:
                lists.setdefault(key, lists[step])
    return Styles(levels, lists)


def _ancestors(key: str, parents: dict[str, str]) -> Iterator[str]:
    for _ in range(20):
        key = parents.get(key, "")
        if not key:
            return
        yield key


def numbering(root: Element | None) -> dict[tuple[str, str], Level]:
    """(numbering id, depth) -> how its items are counted."""
    if root is None:
        return {}
    abstract = {attribute(one, "abstractNumId"): one for one in children(root, "abstractNum")}
    found = {}
    for one in children(root, "num"):
        base = abstract.get(value(child(one, "abstractNumId")))
        overrides = [child(change, "lvl") for change in children(one, "lvlOverride")]
        for level in [*([] if base is None else children(base, "lvl")), *overrides]:
            if level is None:
                continue
            start = value(child(level, "start")) or "1"
            key = (attribute(one, "numId") or "", attribute(level, "ilvl") or "0")
            found[key] = Level(
                value(child(level, "numFmt")) or "bullet", int(start) if start.isdigit() else 1
            )
    return found


def counted(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter"):
        letters = chr(97 + (number - 1) % 26) * min(1 + (number - 1) // 26, 5)
        return letters if style == "lowerLetter" else letters.upper()
    if style in ("lowerRoman", "upperRoman") and number < 4000:
        words, left = "", number
        for size, mark in _ROMAN:
            words += mark * (left // size)
            left %= size
        return words if style == "lowerRoman" else words.upper()
    return str(number)


def notes(root: Element | None, prefix: str = "") -> dict[str, str]:
    found = {}
    for note in [] if root is None else root:
        if attribute(note, "type") in (None, "normal"):
            found[prefix + (attribute(note, "id") or "")] = one_line(_words(note), 20_000)
    return found


def comments(root: Element | None) -> dict[str, str]:
    """Comment id -> "Comment by Alice: words"."""
    found = {}
    for note in [] if root is None else root:
        words = one_line(_words(note), 20_000)
        author = one_line(attribute(note, "author") or "", 100)
        if words:
            found[attribute(note, "id") or ""] = (
                f"Comment by {author}: {words}" if author else f"Comment: {words}"
            )
    return found


def _words(note: Element) -> str:
    return " ".join(paragraph_text(one) for one in note.iter() if local(one) == "p")


def is_page_number(line: str) -> bool:
    return bool(_PAGE_NUMBER.match(line.strip()))
