"""Bytes of unknown encoding into text: marks first, then UTF-8, then what was declared, then the likeliest."""

import codecs
import re

from .guess import CANDIDATES, likeliest

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SAMPLE_BYTES = 32_768
# What files call their encoding, and what they then really use: programs name the standard they extend.
_MEANT = {
    "ascii": None, "us-ascii": None, "unicode": None, "utf-16": None, "utf-32": None, "ucs-2": None,
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "iso8859-1": "cp1252", "l1": "cp1252",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874",
    "windows-874": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "gb18030": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "ks_c_5601": "cp949", "windows-949": "cp949",
    "iso-8859-8-i": "iso8859_8", "iso-8859-8-e": "iso8859_8", "macintosh": "mac_roman", "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic", "koi8-ru": "koi8_u", "ibm850": "cp850", "ibm437": "cp437", "dos-866": "cp866",
}  # fmt: skip
_TEXT_CODEC = re.compile(
    r"(?:utf-8|cp\d+|iso8859-\d+|koi8-[rut]|mac-\w+|gb\w+|big5\w*|euc_\w+|shift_\w+|johab|iso2022_\w+|hz)$"
)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ESCAPED = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_ext"), (b"\x1b(", "iso2022_jp_ext"))
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")


# Python loads a codec from disk at its first use, and a confined reader may no longer open files by then.
for _name in (*CANDIDATES, *filter(None, _MEANT.values()), "utf-32", "iso2022_kr", "iso2022_jp_ext", "hz"):
    codecs.lookup(_name)


def decode(data: bytes, *, declared: str | None = None) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if wide := _wide_without_mark(data):
        return data.decode(wide, errors="replace")
    if data.isascii() and (text := _escaped(data)) is not None:
        return text
    for likely in ("utf-8", _meant(declared)):
        text = _strictly(data, likely) if likely else None
        if text is not None:
            return text
    if _mostly_utf8(data):
        return data.decode("utf-8", errors="colloquy_stray_bytes")
    return data.decode(likeliest(data), errors="replace")


def looks_binary(data: bytes) -> bool:
    """Whether these bytes are hardly the text of any encoding (asked when no other type is recognised)."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)) or _wide_without_mark(data):
        return False
    sample = data[:SAMPLE_BYTES]
    odd = len(sample.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\x1b\x08\x1a\x0e\x0f"))
    return odd > len(sample) * 0.003


def _meant(declared: str | None) -> str | None:
    name = (declared or "").strip().lower().replace("windows-125", "cp125")
    name = _MEANT.get(name, name) or ""
    try:
        return name if name and _TEXT_CODEC.match(codecs.lookup(name).name) else None
    except (LookupError, ValueError):
        return None


def _strictly(data: bytes, name: str) -> str | None:
    """The text if all of it is in this encoding; the last character may have been cut off."""
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        if name == "utf-8" and error.start >= len(data) - 3 and error.end == len(data) and error.start > 64:
            return data[: error.start].decode(name)
        return None
    except (LookupError, ValueError):
        return None


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in a text that otherwise is: pasted there by an older program."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("colloquy_stray_bytes", _stray)


def _mostly_utf8(data: bytes) -> bool:
    good = sum(len(found) for found in _MULTIBYTE.findall(data))
    high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    return good > 2 * (high - good)


def _escaped(data: bytes) -> str | None:
    """Asian text in seven bits: escape sequences switch between alphabets."""
    for mark, name in _ESCAPED:
        if mark in data and (text := _strictly(data, name)) is not None:
            return text
    if _HZ.search(data) and data.count(b"~{") == data.count(b"~}"):
        return _strictly(data, "hz")
    return None


def _wide_without_mark(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: zero bytes, which no other text has, stand at regular places."""
    sample = data[:4096]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    best, best_share = None, 0.8
    for name, width in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if len(data) % width and len(data) == len(sample):
            continue
        text = sample[: len(sample) // width * width].decode(name, errors="replace")
        share = _readable(text)
        if width == 2 and not any(mark in text for mark in " \n,;"):
            share -= (
                0.12  # a text without one space, comma or line end: only if nothing else speaks against it
            )
        if share > best_share + 0.01:
            best, best_share = name, share
    return best


def _readable(text: str) -> float:
    """The share of characters that are ASCII or stand in the block to which most of the others belong."""
    if not text:
        return 0.0
    ascii_count = sum(1 for char in text if " " <= char <= "~" or char in "\t\r\n")
    blocks: dict[int, int] = {}
    for char in text:
        if char > "~" and char != "\ufffd" and char.isprintable() and not "\ue000" <= char <= "\uf8ff":
            block = _block(ord(char))
            blocks[block] = blocks.get(block, 0) + 1
    others = blocks.pop(0x20, 0) + max(blocks.values(), default=0)  # one script, with its quotes and dashes
    controls = sum(1 for char in text if char < " " and char not in "\t\r\n\f")
    return (ascii_count + others - 2 * controls) / len(text)


def _block(code: int) -> int:
    if code >= 0x2E80:  # ideographs, kana and hangul go together
        return 0x2E80 if code < 0xA000 or 0xAC00 <= code < 0xD7B0 or code >= 0xFF00 else code >> 8
    return 0x80 if code < 0x250 else code >> 8
