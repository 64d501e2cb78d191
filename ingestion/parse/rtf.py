"""RTF: a stream of control words, groups and bytes, read once from front to back."""

import re
from dataclasses import dataclass, field, replace

from .blocks import Block, Reading, heading, one_line, table
from .drawings import linked

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_SIGNS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "nestcell": " ",
    "nestrow": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "\n": "\n", "\r": "\n", "\t": "\t", "\\": "\\", "{": "{", "}": "}"}
_SKIPPED = frozenset(
    ("colortbl", "pict", "objdata", "sn", "sv", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl",
     "generator", "xmlnstbl", "themedata", "colorschememapping", "latentstyles", "datastore", "nonshppict", "xe",
     "tc", "bkmkstart", "bkmkend", "nonesttables", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "pgdsctbl",
     "template", "atnid", "atndate", "atnref", "atnparent", "userprops", "wgrffmtfilter", "falt", "panose")
)  # fmt: skip
_STARRED = frozenset(("shpinst", "shptxt", "annotation", "atnauthor", "fldinst", "ud", "shppict", "listtext"))
_MARGINS = ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf")
_ASIDE = {"footnote": "Note: ", "annotation": "Comment: ", "shptxt": "", **dict.fromkeys(_MARGINS, "")}
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_HYPERLINK = re.compile(r'HYPERLINK\s+"?([^"\s]+)', re.I)
_HEADING_STYLE = re.compile(r"heading (\d)\b|(title)\b", re.I)
_MAX_GROUPS = 10_000


@dataclass(frozen=True)
class _State:
    """What a group changes only for itself."""

    skipped: bool = False
    target: str = ""  # "" for the body, else the destination whose words are kept apart
    hidden: bool = False
    fallback: int = 1  # characters after \u for programs without Unicode
    font: str = "0"
    level: int = 0
    in_list: bool = False
    in_table: bool = False


@dataclass
class _Flow:
    """The body, or one note, header or box: paragraphs and tables as they come."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class _Rtf:
    encoding: str = "cp1252"
    fonts: dict[str, str] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)
    flows: dict[str, _Flow] = field(default_factory=lambda: {"": _Flow()})
    margins: list[Block] = field(default_factory=list)
    aside: list[Block] = field(default_factory=list)
    web: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    style: str = "0"
    author: str = ""
    page: int = 1
    title: str = ""


def read_rtf(data: bytes) -> Reading:
    rtf = _Rtf()
    state = _State()
    stack: list[_State] = []
    starred = False
    skip = 0  # fallback characters still to be left out
    at = 0
    while found := _TOKEN.match(data, at):
        at = found.end()
        word, number, code, symbol, brace, text = found.groups()
        if brace == b"{":
            _flush(rtf, state)
            if len(stack) < _MAX_GROUPS:
                stack.append(state)
            starred, skip = False, 0
        elif brace == b"}":
            _flush(rtf, state)
            before = stack.pop() if stack else _State()
            if before.target != state.target:
                _close(rtf, state)
            elif state.target.endswith("/stylesheet"):
                _style(rtf, rtf.flows.pop(state.target, _Flow()))
            state, starred, skip = before, False, 0
        elif symbol == b"*":
            starred = True
        elif word is not None:
            name, value = word.decode().lower(), int(number) if number else None
            if name == "bin" and value and value > 0:
                at += value
            elif name == "u" and value is not None:
                _flush(rtf, state)
                _write(rtf, state, _unicode(value))
                skip = state.fallback
            else:
                _flush(rtf, state)
                state = _control(rtf, state, name, value, starred)
            starred = False
        elif code or text or symbol:
            part = bytes([int(code, 16)]) if code else text or b""
            if symbol:
                _flush(rtf, state)
                _write(rtf, state, _SYMBOLS.get(symbol.decode("latin-1"), ""))
                continue
            cut = min(skip, len(part))
            skip -= cut
            rtf.raw += part[cut:]
    _flush(rtf, state)
    return _finish(rtf)


def _unicode(value: int) -> str:
    value &= 0xFFFF
    return chr(value - 0xF000 if 0xF020 <= value <= 0xF0FF else value)  # symbol fonts


def _flush(rtf: _Rtf, state: _State) -> None:
    if rtf.raw:
        raw, rtf.raw = bytes(rtf.raw), bytearray()
        if not state.skipped:
            encoding = rtf.fonts.get(state.font, rtf.encoding) if not raw.isascii() else "ascii"
            _write(rtf, state, raw.decode(encoding, errors="replace"))


def _write(rtf: _Rtf, state: _State, words: str) -> None:
    if not state.skipped and not state.hidden and words:
        rtf.flows.setdefault(state.target, _Flow()).words.append(words)


def _control(rtf: _Rtf, state: _State, name: str, value: int | None, starred: bool) -> _State:
    """The state after a control word; paragraphs, cells and rows end here."""
    if name in _SKIPPED or (starred and name not in _STARRED):
        return replace(state, skipped=True)
    if name in ("fonttbl", "stylesheet", "info", "fldinst", "atnauthor") or name in _ASIDE:
        return state if state.skipped else replace(state, target=f"{state.target}/{name}")
    if name == "u16" or state.skipped:
        return state
    if name == "uc":
        return replace(state, fallback=max(0, value or 0))
    if name == "f":
        return replace(state, font=str(value or 0))
    if name in ("v", "deleted"):
        return replace(state, hidden=value != 0)
    if name == "plain":
        return replace(state, hidden=False)
    if name == "title" and state.target == "/info":
        return replace(state, target="/info/title")
    return _layout(rtf, state, name, value)


def _layout(rtf: _Rtf, state: _State, name: str, value: int | None) -> _State:
    flow = rtf.flows.setdefault(state.target, _Flow())
    if name in _SIGNS:
        _write(rtf, state, _SIGNS[name])
    elif name in ("ansicpg", "mac", "pc", "pca"):
        rtf.encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(name) or _codepage(value)
    elif name == "fcharset" and state.target.endswith("/fonttbl"):
        rtf.fonts[state.font] = _CHARSETS.get(value or 0, rtf.encoding) if value else rtf.encoding
    elif name == "s":
        rtf.style = str(value or 0)
        return replace(state, level=rtf.styles.get(rtf.style, 0))
    elif name == "outlinelevel":
        return replace(state, level=(value or 0) + 1 if (value or 0) < 9 else 0)
    elif name in ("ls", "pnlvlbody", "pnlvlblt"):
        return replace(state, in_list=value != 0)
    elif name == "intbl":
        return replace(state, in_table=True)
    elif name == "pard":
        return replace(state, level=0, in_list=False, in_table=False)
    elif name in ("par", "sect", "page"):
        _paragraph(rtf, state, flow, ends=name != "par")
        if name == "page":
            rtf.page += 1
    elif name == "cell":
        flow.cells.append("".join(flow.words))
        flow.words = []
    elif name == "row":
        flow.rows.append(flow.cells)
        flow.cells = []
    return state


def _codepage(value: int | None) -> str:
    names = {932: "cp932", 936: "gb18030", 949: "cp949", 950: "big5", 10000: "mac_roman", 65001: "utf-8"}
    name = names.get(value or 0, f"cp{value}")
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name


def _paragraph(rtf: _Rtf, state: _State, flow: _Flow, *, ends: bool = False) -> None:
    if state.in_table and not ends and not state.target:
        flow.words.append("\n")  # a paragraph within a cell
        return
    words = "".join(flow.words).strip("\n").rstrip()
    flow.words = []
    if flow.rows and (words or not state.in_table):
        _end_table(rtf, flow)
    if words.strip():
        flow.blocks.append(_block(rtf, state, words.strip(" ")))
    if not state.target:
        aside, rtf.aside = rtf.aside, []
        flow.blocks += aside


def _end_table(rtf: _Rtf, flow: _Flow) -> None:
    found = table(flow.rows, rtf.page)
    flow.rows = []
    if found:
        flow.blocks.append(found)


def _block(rtf: _Rtf, state: _State, words: str) -> Block:
    if state.level and len(words) < 300:
        return heading(words, state.level, rtf.page)
    if state.in_list or re.match(r"[•·▪\u00b7]\s*\t", words):
        item = re.sub(r"^(?:[•·▪o\u00b7-]\s*\t|[\ue000-\uf8ff]\s*\t)\s*", "- ", words)
        item = re.sub(r"^([\w().]{1,8})\t", r"\1 ", item)
        return Block("list", item if re.match(r"- |\w{1,4}[.)] ", item) else f"- {item}", rtf.page)
    return Block("text", words, rtf.page)


def _style(rtf: _Rtf, flow: _Flow) -> None:
    if found := _HEADING_STYLE.match("".join(flow.words)):
        rtf.styles[rtf.style] = int(found.group(1) or 1)


def _close(rtf: _Rtf, state: _State) -> None:
    """A destination ended: its words go where they belong."""
    flow = rtf.flows.pop(state.target, _Flow())
    name = state.target.rpartition("/")[2]
    words = "".join(flow.words).strip()
    if name == "fldinst":
        if found := _HYPERLINK.search(words):
            rtf.web.append(found.group(1))
    elif name == "atnauthor":
        rtf.author = one_line(words, 100)
    elif name == "title":
        rtf.title = one_line(words)
    elif name in _ASIDE and not state.skipped:
        mark = f"Comment by {rtf.author}: " if name == "annotation" and rtf.author else _ASIDE[name]
        rest = Block("text", mark + words, rtf.page)
        blocks = [*flow.blocks, *([rest] if words else [])]
        if name in _MARGINS:
            rtf.margins += [Block(one.kind, one.text) for one in blocks]
        else:
            rtf.aside += blocks


def _finish(rtf: _Rtf) -> Reading:
    flow = rtf.flows[""]
    _paragraph(rtf, _State(), flow, ends=True)
    if flow.cells or flow.rows:
        flow.rows += [flow.cells] if flow.cells else []
        _end_table(rtf, flow)
    blocks = _lists_joined(flow.blocks)
    many = rtf.page > 1
    blocks = blocks if many else [replace(block, page=None) for block in blocks]
    margins = list({block.text: block for block in rtf.margins}.values())
    web = [one for one in dict.fromkeys(rtf.web) if linked("x", one) != "x"]
    if web:
        blocks.append(Block("text", "Links: " + "; ".join(web), blocks[-1].page if blocks else None))
    reading = Reading(blocks=[*margins, *blocks], pages=rtf.page if many else None, title=rtf.title)
    reading.title = rtf.title or next((one_line(one.text) for one in blocks if one.kind == "heading"), "")
    return reading


def _lists_joined(blocks: list[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        if block.kind == "list" and joined and joined[-1].kind == "list" and joined[-1].page == block.page:
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text}\n{block.text}")
        else:
            joined.append(block)
    return joined
