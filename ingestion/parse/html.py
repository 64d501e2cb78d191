"""HTML: headings, paragraphs, lists, tables and code of a page, without its navigation and scripts."""

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree

from ..errors import DocumentError, _
from .blocks import Block, Reading, heading, one_line, table
from .drawings import linked
from .encoding import decode
from .plain import read_text
from .xmltree import Element, local

_SKIPPED = frozenset(
    ("script", "style", "noscript", "template", "head", "nav", "svg", "annotation", "annotation-xml", "iframe",
     "object", "embed", "canvas", "audio", "video", "map", "button", "select", "option", "datalist", "dialog")
)  # fmt: skip
_BLOCKS = frozenset(
    ("html", "body", "main", "article", "section", "div", "p", "header", "footer", "aside", "address",
     "blockquote", "figure", "figcaption", "details", "summary", "form", "fieldset", "legend", "center", "dl",
     "dt", "dd", "hr", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th",
     "pre", "h1", "h2", "h3", "h4", "h5", "h6")
)  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_XML_CHARSET = re.compile(rb"^<\?xml[^>]+encoding\s*=\s*[\"']([\w-]+)", re.I)
_TAG = re.compile(r"<[^<>]*>")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_DEPTH = 200
_MAX_LINKS = 40


def read_html(data: bytes) -> Reading:
    found = _CHARSET.search(data[:4096]) or _XML_CHARSET.search(data[:200])
    return read_html_text(decode(data, declared=found.group(1).decode("ascii") if found else None))


def read_html_text(text: str) -> Reading:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(
            "corrupt", _("This web page could not be read. Save it again and upload that.")
        ) from error
    if root is None:
        return Reading()
    if any("depth" in entry.message for entry in parser.error_log):
        return _flattened(text)
    reading = Reading(title=_title(root))
    content = _content(root)
    reading.blocks = list(_Walk().blocks(content))
    web = list(dict.fromkeys(_web(content)))
    if 0 < len(web) <= _MAX_LINKS:
        reading.blocks.append(Block("text", "Links: " + "; ".join(web)))
    if not reading.title:
        reading.title = next((one_line(b.text) for b in reading.blocks if b.kind == "heading"), "")
    return reading


def _web(content: Element) -> Iterator[str]:
    """Addresses behind words; amid the words they would cut sentences, and a page full of links is a list of them."""
    for one in content.iter("a"):
        target = (one.get("href") or "").strip()
        words = _inline(one)
        if words and len(target) <= 200 and (whole := linked(words, target)) != words:
            yield whole


def _flattened(text: str) -> Reading:
    """A page nested beyond what the parser follows: its words without its structure."""
    reading = read_text(unescape(_TAG.sub("\n\n", text)))
    reading.warnings.append(
        "This web page is nested too deeply; its headings and tables were not recognised."
    )
    return reading


def _title(root: Element) -> str:
    found = next((one for one in root.iter("title")), None)
    return one_line(found.text or "") if found is not None else ""


def _content(root: Element) -> Element:
    """The marked main part if it holds nearly all of what the page says, else the whole page."""
    whole = _said(root)
    for one in root.iter("main", "article", "div"):
        if (
            (one.tag != "div" or one.get("role") == "main")
            and _said(one) * 4 > whole * 3
            and _said(one) > 200
        ):
            return one
    return root


def _said(element: Element) -> int:
    """How many characters stand in paragraphs, cells and headings: what navigation is not made of."""
    total = 0
    for one in element.iter("p", "td", "th", "pre", "dd", "h1", "h2", "h3", "h4", "blockquote"):
        if not any(local(above) in ("nav", "footer") for above in one.iterancestors()):
            total += sum(len(text.strip()) for text in one.itertext())
    return total


def _hidden(element: Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return (
        element.get("hidden") is not None
        or element.get("hreflang") is not None  # a link to the same page in another language
        or element.get("role") in ("navigation", "search")
        or "display:none" in style
        or "visibility:hidden" in style
    )


class _Walk:
    """Collects inline text until a block begins or ends. Depth is bounded: deeper text is kept, flat."""

    def __init__(self) -> None:
        self.line: list[str] = []

    def blocks(self, root: Element) -> Iterator[Block]:
        yield from self._inside(root, 0)
        yield from self._flush()

    def _flush(self) -> Iterator[Block]:
        text = _tidy("".join(self.line))
        self.line = []
        if text:
            yield Block("text", text)

    def _inside(self, parent: Element, depth: int) -> Iterator[Block]:
        self.line.append(parent.text or "")
        for element in parent:
            yield from self._element(element, depth + 1)
            self.line.append(element.tail or "")

    def _element(self, element: Element, depth: int) -> Iterator[Block]:
        name = local(element)
        if name in _SKIPPED or not name or _hidden(element):
            return
        if depth > _MAX_DEPTH:
            self.line.append(" ".join(_all_text(element)))
        elif name == "br":
            self.line.append("\v")
        elif name == "img":
            yield from self._picture(element)
        elif name == "input":
            self.line.append(_filled_in(element))
        elif name not in _BLOCKS:
            yield from self._inside(element, depth)
        else:
            yield from self._flush()
            yield from self._block(element, name, depth)
            yield from self._flush()

    def _picture(self, element: Element) -> Iterator[Block]:
        """Words for a picture that stands by itself; amid a sentence they would only interrupt it."""
        words = one_line(element.get("alt") or "", 500)
        if len(words.split()) > 1 and not "".join(self.line).strip():
            self.line = []
            yield Block("text", f"Picture: {words}")

    def _block(self, element: Element, name: str, depth: int) -> Iterator[Block]:
        if name in _HEADINGS:
            words = one_line(_inline(element))
            if words:
                yield heading(words, int(name[1]))
        elif name == "pre":
            code = "".join(_all_text(element)).strip("\n").rstrip()
            if code:
                yield Block("code", f"```\n{code}\n```")
        elif name in ("ul", "ol") and not _has(element, _HEADINGS | {"table", "pre"}):
            items = "\n".join(_items(element, 0))
            if items:
                yield Block("list", items)
        elif name == "dl" and not _has(element, _HEADINGS | {"table", "pre"}):
            items = "\n".join(_definitions(element))
            if items:
                yield Block("list", items)
        elif name == "table" and _is_data(element):
            yield from self._table(element)
        else:
            yield from self._inside(element, depth)

    def _table(self, element: Element) -> Iterator[Block]:
        for caption in element.iter("caption"):
            words = _inline(caption)
            if words:
                yield Block("text", words)
            break
        found = table(_rows(element))
        if found:
            yield found


def _has(element: Element, names: frozenset[str]) -> bool:
    return any(local(one) in names for one in element.iter())


def _is_data(element: Element) -> bool:
    """A table of values; one that lays out a page holds headings or very long cells, or has a single cell."""
    if _has(element, _HEADINGS):
        return False
    cells = [one for one in element.iter("td", "th") if _table_of(one) is element]
    if len(cells) < 2:
        return False
    return max(sum(len(text) for text in _all_text(cell)) for cell in cells) < 3000


def _table_of(cell: Element) -> Element | None:
    above = cell.getparent()
    while above is not None and local(above) != "table":
        above = above.getparent()
    return above


def _rows(element: Element) -> Iterator[list[str]]:
    carried: dict[int, tuple[int, str]] = {}
    for row in element.iter("tr"):
        if _table_of(row) is not element:
            continue
        cells: list[str] = []
        for cell in (one for one in row if local(one) in ("td", "th") and not _hidden(one)):
            _carry(carried, cells)
            words, across, down = _inline(cell), _span(cell, "colspan"), _span(cell, "rowspan")
            if down > 1:
                carried[len(cells)] = (down - 1, words)
            cells += [words] + [""] * (across - 1)
        _carry(carried, cells)
        yield cells


def _carry(carried: dict[int, tuple[int, str]], cells: list[str]) -> None:
    """A cell that spans rows says the same in each, so that a row read alone is complete."""
    while len(cells) in carried:
        left, words = carried.pop(len(cells))
        if left > 1:
            carried[len(cells)] = (left - 1, words)
        cells.append(words)


def _span(cell: Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return max(1, min(int(value), 50)) if value.isdigit() and len(value) < 6 else 1


def _items(parent: Element, depth: int) -> Iterator[str]:
    number = 0
    for item in parent:
        name = local(item)
        if name in ("ul", "ol"):
            yield from _items(item, depth + 1)
        elif name == "li" and not _hidden(item):
            number += 1
            mark = f"{number}." if local(parent) == "ol" else "-"
            words = _inline(item, without=frozenset({"ul", "ol"}))
            if words:
                yield "  " * min(depth, 8) + f"{mark} {words}"
            for nested in item:
                if local(nested) in ("ul", "ol") and depth < 50:
                    yield from _items(nested, depth + 1)


def _definitions(element: Element) -> Iterator[str]:
    """Terms with what they mean."""
    term: list[str] = []
    for one in element.iter("dt", "dd"):
        words = _inline(one, without=frozenset({"dt", "dd"}))  # their end tags are often left out
        if one.tag == "dt":
            term.append(words)
        elif words or term:
            yield f"- {', '.join(term)}: {words}" if term else f"  {words}"
            term = []
    if term:
        yield f"- {', '.join(term)}"


def _filled_in(field: Element) -> str:
    """What a form shows as its value; buttons and hidden fields are no content."""
    kind = (field.get("type") or "text").lower()
    return (
        f" {field.get('value') or ''} " if kind in ("text", "number", "date", "email", "tel", "url") else ""
    )


def _inline(element: Element, without: frozenset[str] = frozenset()) -> str:
    return " ".join("".join(_all_text(element, without)).split())


def _all_text(element: Element, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every visible text below, without recursion: depth is the author's, not ours."""
    stack: list[tuple[Element, bool]] = [(element, False)]
    while stack:
        one, leaving = stack.pop()
        if leaving:
            yield one.tail or ""
            continue
        if one is not element:
            stack.append((one, True))
            name = local(one)
            if not name or name in _SKIPPED or name in without or _hidden(one):
                continue
            if name in _BLOCKS or name == "br":
                yield "\n"
        yield one.text or ""
        stack += [(inner, False) for inner in reversed(one)]


def _tidy(text: str) -> str:
    """White space means nothing in HTML, but a <br> (kept as a vertical tab) does."""
    lines = (" ".join(line.split()) for line in text.replace("\x0b", "\v").split("\v"))
    return "\n".join(line for line in lines if line)
