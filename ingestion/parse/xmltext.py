"""XML of no known kind: the text of its elements, with titles as headings where the file marks some."""

import re
from collections.abc import Iterator
from html import unescape

from .blocks import Block, Reading, heading, one_line, table
from .encoding import decode
from .html import read_html_text
from .opendocument import read_flat
from .xmltree import Element, local, parse_xml

# What the usual vocabularies (JATS, DocBook, DITA, TEI, patents) call the same things.
_TITLES = frozenset(
    {"title", "article-title", "invention-title", "chapter-title", "head", "heading", "label-title"}
)
_SECTIONS = frozenset({"sec", "section", "chapter", "part", "appendix", "abstract", "app", "div", "topic"})
_PARAGRAPHS = frozenset(
    {
        "p",
        "para",
        "simpara",
        "claim-text",
        "li",
        "list-item",
        "item",
        "note",
        "verse",
        "line",
        "blockquote",
        "quote",
    }
)
_INLINE = frozenset(
    {"b", "i", "u", "sub", "sup", "bold", "italic", "emphasis", "em", "strong", "xref", "ref", "ext-link", "link", "a",
     "sc", "span", "hi", "figref", "claim-ref", "monospace", "underline", "code", "ulink", "named-content", "term"}
)  # fmt: skip
_MAX_DEPTH = 150


_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]+)")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,30};")
_MARKUP = re.compile(r"</?(?:p|br|b|i|a|div|span|img|ul|ol|li|strong|em|table|h[1-6])\b[^<>]*>", re.I)


def read_xml(data: bytes) -> Reading:
    declared = _DECLARED.match(data[:300])
    text = decode(data, declared=declared.group(1).decode("ascii") if declared else None)
    # Names such as &nbsp; come from document types, which are not loaded; those of HTML mean the same everywhere.
    text = _NAMED.sub(lambda found: unescape(found.group()), _DECLARATION.sub("", text))
    root = parse_xml(text.encode("utf-8", errors="replace"))
    flat = read_flat(root)
    if flat is not None:
        return flat
    reading = Reading(blocks=_joined(_walk(root, 0, 0)))
    reading.title = next((one_line(one.text) for one in reading.blocks if one.kind == "heading"), "")
    return reading


def _walk(element: Element, depth: int, sections: int) -> Iterator[Block]:
    """One line an element that holds text itself; flowing text, tables and titles as what they are."""
    name = local(element)
    if not name:
        return
    if name in _SECTIONS:
        sections += 1
    if name in _TITLES and len(words := one_line(_inline(element), 1000)) > 0:
        yield heading(words, max(1, min(sections, 6))) if len(words) < 200 else Block("text", words)
    elif name in ("table", "tgroup") and (rows := _rows(element)):
        found = table(rows)
        if found:
            yield found
    elif (name in _PARAGRAPHS and not _titled(element)) or (_flows(element) and len(element)):
        words = one_line(_inline(element), 1_000_000)
        if words:
            yield Block("text", words)
    elif depth > _MAX_DEPTH:
        yield Block("text", one_line(_inline(element), 1_000_000))
    else:
        words = " ".join(_without_markup(element.text or "").split())
        if words or (not len(element) and len(element.attrib) and (words := _attributes(element))):
            yield Block("line", f"{name}: {words}")
        for one in element:
            yield from _walk(one, depth + 1, sections)
            if tail := " ".join((one.tail or "").split()):
                yield Block("line", tail)


def _titled(element: Element) -> bool:
    return any(local(one) in _TITLES for one in element)


def _flows(element: Element) -> bool:
    """Whether the children are marks within a sentence."""
    return all(local(one) in _INLINE or not local(one) for one in element)


def _attributes(element: Element) -> str:
    """Values of an element that has nothing else; addresses and ids of the vocabulary itself say nothing."""
    values = [
        str(value)
        for key, value in element.attrib.items()
        if not str(key).endswith(("}id", "}schemaLocation"))
    ]
    return " ".join(" ".join(values).split()) if any(" " in value for value in values) else ""


def _inline(element: Element) -> str:
    words = "".join(_ordered(element))
    return " ".join(_without_markup(words).split()) if "<" in words else words


def _without_markup(words: str) -> str:
    """Feeds and reports carry web pages as text."""
    if not _MARKUP.search(words):
        return words
    return "\n".join(block.text for block in read_html_text(words).blocks)


def _ordered(element: Element) -> Iterator[str]:
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        one, leaving = stack.pop()
        if leaving:
            yield one.tail or ""
            continue
        if one is not element:
            stack.append((one, True))
            yield "" if local(one) in _INLINE else " "
        if local(one):
            yield one.text or ""
            stack += [(inner, False) for inner in reversed(one)]


def _rows(element: Element) -> list[list[str]]:
    """Rows in the ways of HTML and CALS."""
    rows = []
    for row in element.iter():
        if local(row) in ("tr", "row"):
            rows.append(
                [one_line(_inline(one), 10_000) for one in row if local(one) in ("td", "th", "entry", "cell")]
            )
    return rows


def _joined(blocks: Iterator[Block]) -> list[Block]:
    """Lines of data that follow each other make one block."""
    joined: list[Block] = []
    lines: list[str] = []
    for block in [*blocks, Block("end", "")]:
        if block.kind == "line":
            lines.append(block.text)
            continue
        if lines:
            joined.append(Block("text", "\n".join(lines)))
            lines = []
        if block.kind != "end":
            joined.append(block)
    return joined
