"""Markdown into blocks, line by line. Inline markup stays: the browser renders it."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

from .blocks import HEADING, Block, Reading, clean, one_line, without_markup

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# What HTML leaves in Markdown and no reader sees; tags of unknown names may be the author's own words.
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_INLINE_TAG = re.compile(
    r"</?(?:br|b|i|u|p|a|em|strong|span|div|center|font|sub|sup|small|kbd|details|summary|hr|img|h[1-6])"
    r"(?:\s[^<>]{0,500})?/?>",
    re.I,
)
_ALTERNATIVE = re.compile(r"""\balt\s*=\s*["']([^"'<>]+)["']""", re.I)
_ENTITY = re.compile(
    r"&(?:nbsp|ensp|emsp|amp|quot|apos|copy|reg|hellip|mdash|ndash|euro|#\d{1,7}|#x[0-9a-f]{1,6});", re.I
)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.M)
_LONG_LINE = 10_000
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")


def read_markdown(text: str, *, page: int | None = None) -> Reading:
    reading = Reading()
    text = clean(text)
    # Comments are taken out only where no code stands: in code they are content.
    text = _COMMENT.sub("", text) if "<!--" in text and "```" not in text and "~~~" not in text else text
    lines = text.split("\n")
    at = _front_matter(lines, reading, page)
    while at < len(lines):
        at = _next_block(lines, at, reading, page)
    reading.blocks = [_without_litter(block) for block in reading.blocks]
    if not reading.title:
        reading.title = _first_heading(reading.blocks)
    return reading


def _without_litter(block: Block) -> Block:
    if block.kind == "code" or not ("<" in block.text or "&" in block.text):
        return block
    parts = block.text.split("`")  # every other part is code within the line
    for at in range(0, len(parts), 2):
        words = _INLINE_TAG.sub(_tag_words, parts[at])
        parts[at] = clean(_ENTITY.sub(lambda found: unescape(found.group()), words))
    return replace(block, text="`".join(parts))


def _tag_words(found: re.Match[str]) -> str:
    words = _ALTERNATIVE.search(found.group())
    return words.group(1) if words else " " if found.group().lower().startswith("<br") else ""


def _first_heading(blocks: list[Block]) -> str:
    heads = [block for block in blocks if block.kind == HEADING and block.text]
    best = min(heads[:20], key=lambda block: block.level, default=None)
    return one_line(without_markup(best.text.lstrip("# "))) if best else ""


def _front_matter(lines: list[str], reading: Reading, page: int | None) -> int:
    if lines[0].rstrip() != "---" or len(lines) < 3 or ":" not in lines[1]:
        return 0
    end = next((n for n, line in enumerate(lines[1:200], 1) if line.rstrip() in ("---", "...")), 0)
    if not end:
        return 0
    matter = "\n".join(lines[1:end])
    found = _FRONT_TITLE.search(matter)
    if found:
        reading.title = one_line(found.group(1).strip().strip("\"'"))
    reading.blocks.append(Block("text", matter, page))
    return end + 1


def _next_block(lines: list[str], at: int, reading: Reading, page: int | None) -> int:
    """Add the block that starts at this line; return the line after it."""
    line = lines[at]
    if not line.strip():
        return at + 1
    add = reading.blocks.append
    if len(line) > _LONG_LINE:  # no construct of Markdown; patterns need not be tried on megabytes
        add(Block("text", line, page))
        return at + 1
    if _FENCE.match(line):
        end = _fence_end(lines, at)
        add(Block("code", "\n".join(lines[at:end]), page))
    elif found := _ATX.match(line):
        end = at + 1
        add(Block(HEADING, line.strip(), page, len(found.group(1))))
    elif _is_table(lines, at):
        end = _while(lines, at, lambda text: bool(text.strip()) and "|" in text)
        add(Block("table", "\n".join(lines[at:end]), page))
    elif _RULE.match(line):
        end = at + 1
        add(Block("text", line, page))
    elif _LIST.match(line):
        end = _list_end(lines, at)
        add(Block("list", "\n".join(lines[at:end]), page))
    elif _INDENTED.match(line):
        end = _while(lines, at, lambda text: not text.strip() or bool(_INDENTED.match(text)))
        add(Block("code", "\n".join(lines[at:end]), page))
    else:
        end = _paragraph(lines, at, reading, page)
    return end


def _while(lines: list[str], at: int, goes_on: Callable[[str], bool]) -> int:
    at += 1
    while at < len(lines) and goes_on(lines[at]):
        at += 1
    return at


def _fence_end(lines: list[str], at: int) -> int:
    found = _FENCE.match(lines[at])
    assert found
    mark = found.group(1)
    closing = re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    for end in range(at + 1, len(lines)):
        if closing.match(lines[end]):
            return end + 1
    return len(lines)


def _is_table(lines: list[str], at: int) -> bool:
    return (
        "|" in lines[at]
        and at + 1 < len(lines)
        and "|" in lines[at + 1]
        and len(lines[at + 1]) < _LONG_LINE
        and bool(_TABLE_RULE.match(lines[at + 1]))
    )


def _list_end(lines: list[str], at: int) -> int:
    """A list goes on over blank lines as long as what follows is indented or another item."""
    end = at + 1
    while end < len(lines):
        line = lines[end]
        if not line.strip():
            following = next((text for text in lines[end + 1 : end + 3] if text.strip()), "")
            if not (_LIST.match(following) or following.startswith(("  ", "\t"))):
                return end
        elif (
            len(line) > _LONG_LINE
            or _ATX.match(line)
            or (_FENCE.match(line) and not line.startswith("  "))
            or _is_table(lines, end)
        ):
            return end
        end += 1
    return end


def _paragraph(lines: list[str], at: int, reading: Reading, page: int | None) -> int:
    end = at + 1
    while end < len(lines):
        line = lines[end]
        found = _SETEXT.match(line) if len(line) < 200 else None
        if found and end - at < 4:
            level = 1 if found.group(1)[0] == "=" else 2
            title = " ".join(text.strip() for text in lines[at:end])
            reading.blocks.append(Block(HEADING, "#" * level + " " + title, page, level))
            return end + 1
        starts_other = (
            not line.strip()
            or len(line) > _LONG_LINE
            or _ATX.match(line)
            or _FENCE.match(line)
            or _LIST.match(line)
            or _is_table(lines, end)
        )
        if starts_other:
            break
        end += 1
    reading.blocks.append(Block("text", "\n".join(lines[at:end]), page))
    return end
