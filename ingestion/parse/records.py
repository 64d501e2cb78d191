"""Text that programs write for programs: notebooks, JSON, subtitles, calendars, address cards, web archives."""

import email
import email.policy
import json
import quopri
import re
from email.message import EmailMessage
from html import unescape
from typing import Any

from .blocks import Block, Reading, clean, one_line
from .encoding import decode
from .html import read_html
from .markdown import read_markdown

_ESCAPE = re.compile(r"\\([nrt\"/\\])")
_UNESCAPED = {"n": "\n", "r": "", "t": "\t", '"': '"', "/": "/", "\\": "\\"}
_LONG_LINE = 2_000
_TIME = re.compile(r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s+-->")
_SPEAKER = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\an?\d\}")
_PARAGRAPH = 600  # characters of speech after which a new paragraph with its own time begins
_DULL = frozenset(
    ("PRODID", "VERSION", "UID", "DTSTAMP", "SEQUENCE", "CALSCALE", "METHOD", "REV", "TRANSP", "CREATED",
     "LAST-MODIFIED", "PHOTO", "LOGO", "KEY")
)  # fmt: skip
_LISTS = frozenset({"N", "ADR", "ORG"})
_CARD_ESCAPE = re.compile(r"\\([nN,;\\])")


def read_json(text: str) -> Reading:
    """A notebook cell by cell; other JSON as it is, with its escapes resolved where it has some."""
    text = clean(text)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return Reading(blocks=[Block("code", _json_lines(text))])
    if isinstance(content, dict) and isinstance(content.get("cells"), list) and "nbformat" in content:
        return _notebook(content)
    if "\\" in text or max(map(len, text.split("\n")), default=0) > _LONG_LINE:
        text = _readable(content)
    return Reading(blocks=[Block("code", text)])


def _readable(content: Any) -> str:
    written = json.dumps(content, ensure_ascii=False, indent=2)
    return _ESCAPE.sub(lambda found: _UNESCAPED[found.group(1)], written)


def _json_lines(text: str) -> str:
    """One record a line; a line that is no record stays as it is."""
    if "\\" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        try:
            line = json.dumps(json.loads(line), ensure_ascii=False)
            line = _ESCAPE.sub(lambda found: _UNESCAPED[found.group(1)], line)
        except (ValueError, RecursionError):
            pass
        lines.append(line)
    return "\n".join(lines)


def _notebook(content: dict[str, Any]) -> Reading:
    language = str((content.get("metadata") or {}).get("kernelspec", {}).get("language") or "")
    reading = Reading()
    for cell in content["cells"]:
        if not isinstance(cell, dict):
            continue
        source = _joined(cell.get("source"))
        if cell.get("cell_type") == "code":
            if source.strip():
                reading.blocks.append(Block("code", f"```{language}\n{source}\n```"))
            reading.blocks += _outputs(cell.get("outputs"))
        else:
            reading.blocks += read_markdown(source).blocks if source.strip() else []
    reading.title = next((one_line(b.text.lstrip("# ")) for b in reading.blocks if b.kind == "heading"), "")
    return reading


def _outputs(outputs: Any) -> list[Block]:
    blocks = []
    for one in outputs if isinstance(outputs, list) else []:
        data = one.get("data") if isinstance(one, dict) else None
        words = _joined(data.get("text/plain") if isinstance(data, dict) else one.get("text", ""))
        if words.strip():
            blocks.append(Block("code", f"```\n{words.strip()}\n```"))
    return blocks


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def read_subtitles(text: str) -> Reading:
    """WebVTT and SubRip: what was said, in paragraphs that begin with their time; a new speaker begins one."""
    paragraphs: list[str] = []
    speaker = ""
    for cue in re.split(r"\n[ \t]*\n", clean(text)):
        lines = cue.strip("\n").split("\n")
        at = next((place for place, line in enumerate(lines) if _TIME.match(line)), None)
        if at is None:
            if title := re.match(r"WEBVTT[ \t]*[-–:]?[ \t]*(\S.*)", lines[0]):
                paragraphs.append(title.group(1))
            continue
        found = _TIME.match(lines[at])
        assert found
        words = "\n".join(lines[at + 1 :])
        who = _SPEAKER.search(words)
        named = one_line(who.group(1)) if who else ""
        words = " ".join(unescape(_TAG.sub("", words)).split())
        if not words:
            continue
        if (
            paragraphs
            and named == speaker
            and len(paragraphs[-1]) < _PARAGRAPH
            and paragraphs[-1].startswith("[")
        ):
            paragraphs[-1] += f" {words}"
        else:
            clock = f"[{int(found.group(1) or 0):02}:{found.group(2).zfill(2)}:{found.group(3)}]"
            paragraphs.append(f"{clock} {named}: {words}" if named else f"{clock} {words}")
        speaker = named
    return Reading(blocks=[Block("text", words) for words in paragraphs])


def read_cards(text: str) -> Reading:
    """Calendars and address cards: each entry a paragraph of "property: value" lines."""
    reading = Reading()
    lines: list[str] = []
    unfolded = re.sub(r"\n[ \t]|=\n", "", clean(text))
    for line in unfolded.split("\n"):
        label, _, content = line.partition(":")
        name, *parameters = label.split(";")
        name = name.rpartition(".")[2].upper()
        if name in ("BEGIN", "END"):
            if lines:
                reading.blocks.append(Block("text", "\n".join(lines)))
            lines = []
        elif content.strip() and name not in _DULL and not name.startswith("X-"):
            if any("QUOTED-PRINTABLE" in one.upper() for one in parameters):
                content = decode(quopri.decodestring(content.encode("ascii", errors="replace")))
            words = _CARD_ESCAPE.sub(lambda one: " " if one.group(1) in "nN" else one.group(1), content)
            if name in _LISTS:
                words = " ".join(part for part in words.split(";") if part)
            lines.append(f"{name.capitalize()}: {words.strip()}")
    if lines:
        reading.blocks.append(Block("text", "\n".join(lines)))
    return reading


def read_web_archive(data: bytes) -> Reading:
    """A page saved with its pictures in one file (.mht): the first HTML part."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html" and isinstance(part, EmailMessage):
            payload = part.get_payload(decode=True)
            page = payload if isinstance(payload, bytes) else b""
            charset = part.get_content_charset()
            return read_html(decode(page, declared=charset).encode() if charset else page)
    return Reading()
