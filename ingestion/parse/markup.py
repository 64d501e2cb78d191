"""Light markups other than Markdown: reStructuredText, AsciiDoc, Org and LaTeX, each with its headings."""

import re
import unicodedata
from collections.abc import Callable

from .blocks import Block, Reading, clean, heading, one_line
from .plain import read_text

_RST_LINE = re.compile(r"([=\-~^\"'`#*+.:_<>])\1{2,}[ \t]*$")
_ADOC_HEAD = re.compile(r"(={1,6})[ \t]+(\S.*)$")
_ADOC_FENCE = re.compile(r"(?:-{4,}|\.{4,}|`{3,})$")
_ORG_HEAD = re.compile(r"(\*{1,8})[ \t]+(?:(?:TODO|DONE)[ \t]+)?(\S.*?)(?:[ \t]+:[\w:@]+:)?$")
_ORG_TITLE = re.compile(r"#\+title:[ \t]*(.+)$", re.I)
_ORG_BLOCK = re.compile(r"#\+(begin|end)_(\w+)", re.I)
_TEX_HEAD = re.compile(
    r"\\(title|part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_TEX_LEVELS = {
    "title": 1,
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
}
_TEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_TEX_DROPPED = re.compile(
    r"\\(?:label|ref|eqref|autoref|cite[a-z]*|nocite|vspace|hspace|includegraphics|bibliography|bibliographystyle|"
    r"usepackage|documentclass|input|include|newcommand|setlength|pagestyle|thispagestyle|index)\*?"
    r"(?:\[[^\]]*\])*(?:\{[^{}]*\})*"
)
_TEX_ACCENT = re.compile(r"\\([`'^\"~=.])\s*\{?\\?([A-Za-z])\}?|\\([cvuHk])\{([A-Za-z])\}")
_TEX_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328",
}  # fmt: skip
_TEX_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "o": "ø",
    "O": "Ø",
    "aa": "å",
    "AA": "Å",
    "l": "ł",
    "L": "Ł",
}
_TEX_LETTER = re.compile(r"\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])(?:\{\}|\s)?")
_TEX_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[^{}]*\}(?:\[[^\]]*\])*(?:\{[^{}]*\})?")
_TEX_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(?:\[[^\]]*\])?")


def read_rst(text: str) -> Reading:
    """A line of signs below words, or above and below them, makes a heading; the order of signs its level."""
    lines = clean(text).split("\n")
    order: list[str] = []
    parts = _Parts()
    at = 0
    while at < len(lines):
        over = (
            _RST_LINE.match(lines[at]) and at + 2 < len(lines) and lines[at + 1].strip() and lines[at + 2][:3]
        )
        if over and lines[at][:3] == over and _RST_LINE.match(lines[at + 2]):
            parts.head(lines[at + 1].strip(), _level(order, lines[at][0] * 2))
            at += 3
        elif (
            at + 1 < len(lines)
            and lines[at].strip()
            and not lines[at].startswith((" ", "\t", ".. "))
            and (found := _RST_LINE.match(lines[at + 1]))
            and len(lines[at + 1].rstrip()) >= min(len(lines[at].rstrip()), 4)
        ):
            parts.head(lines[at].strip(), _level(order, found.group(1)))
            at += 2
        else:
            parts.line(lines[at])
            at += 1
    return parts.reading()


def _level(order: list[str], mark: str) -> int:
    if mark not in order:
        order.append(mark)
    return order.index(mark) + 1


def read_asciidoc(text: str) -> Reading:
    return _by_lines(text, _ADOC_HEAD, lambda line, inside: bool(_ADOC_FENCE.match(line.rstrip())) != inside)


def read_org(text: str) -> Reading:
    parts = _Parts()
    code: list[str] | None = None
    for line in clean(text).split("\n"):
        block = _ORG_BLOCK.match(line.strip())
        if block and block.group(2).lower() in ("src", "example"):
            if block.group(1).lower() == "begin":
                code = []
            elif code is not None:
                parts.code("\n".join(code))
                code = None
        elif code is not None:
            code.append(line)
        elif found := _ORG_TITLE.match(line):
            parts.title = one_line(found.group(1))
        elif found := _ORG_HEAD.match(line):
            parts.head(found.group(2), len(found.group(1)))
        else:
            parts.line(line)
    if code:
        parts.code("\n".join(code))
    return parts.reading()


def _by_lines(text: str, head: re.Pattern[str], fenced: Callable[[str, bool], bool]) -> Reading:
    parts = _Parts()
    code: list[str] = []
    inside = False
    for line in clean(text).split("\n"):
        before, inside = inside, fenced(line, inside)
        if inside != before:
            if not inside:
                parts.code("\n".join(code))
            code = []
        elif inside:
            code.append(line)
        elif found := head.match(line):
            parts.head(found.group(2), len(found.group(1)))
        else:
            parts.line(line)
    if code:
        parts.code("\n".join(code))
    return parts.reading()


def read_latex(text: str) -> Reading:
    """The words without their commands; formulas stay as they are written."""
    text = _TEX_COMMENT.sub("", clean(text))
    titles = "".join(
        f"\\title{{{found.group(2)}}}\n\n" for found in _TEX_HEAD.finditer(text) if found.group(1) == "title"
    )
    _, begun, body = text.partition("\\begin{document}")
    if begun:
        text = titles + _TEX_HEAD.sub(lambda one: "" if one.group(1) == "title" else one.group(), body)
    parts = _Parts()
    at = 0
    for found in _TEX_HEAD.finditer(text):
        for line in _plain_latex(text[at : found.start()]).split("\n"):
            parts.line(line)
        parts.head(one_line(_plain_latex(found.group(2)), 500), _TEX_LEVELS[found.group(1)])
        at = found.end()
    for line in _plain_latex(text[at:]).split("\n"):
        parts.line(line)
    return parts.reading()


def _plain_latex(text: str) -> str:
    text = _TEX_DROPPED.sub("", text)
    text = _TEX_ACCENT.sub(_accented, text)
    text = _TEX_LETTER.sub(lambda found: _TEX_LETTERS[found.group(1)], text)
    text = re.sub(r"\\item(?:\[([^\]]*)\])?[ \t]*", r"\n- \1 ", text)
    text = _TEX_ENVIRONMENT.sub("\n", text).replace("\\\\", "\n").replace("~", " ")
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    text = re.sub(r"\\([%&$#_{}])", r"\1", text)
    text = _TEX_COMMAND.sub(lambda found: found.group() if len(found.group(1)) == 1 else "", text)
    return "\n".join(" ".join(line.replace("{", "").replace("}", "").split()) for line in text.split("\n"))


def _accented(found: re.Match[str]) -> str:
    mark, letter = found.group(1) or found.group(3), found.group(2) or found.group(4)
    return unicodedata.normalize("NFC", letter + _TEX_ACCENTS[mark])


class _Parts:
    """Lines collected between headings, read as plain text."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.lines: list[str] = []
        self.title = ""

    def line(self, text: str) -> None:
        self.lines.append(text)

    def head(self, words: str, level: int) -> None:
        self._flush()
        self.blocks.append(heading(words, level))

    def code(self, text: str) -> None:
        self._flush()
        self.blocks.append(Block("code", text))

    def reading(self) -> Reading:
        self._flush()
        first = next((one_line(one.text) for one in self.blocks if one.kind == "heading"), "")
        return Reading(blocks=self.blocks, title=self.title or first)

    def _flush(self) -> None:
        if any(line.strip() for line in self.lines):
            self.blocks += read_text("\n".join(self.lines)).blocks
        self.lines = []
