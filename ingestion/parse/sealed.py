"""What mail programs wrap a message in: signatures with the text inside (S/MIME), and Outlook's winmail.dat (TNEF)."""

import struct
from collections.abc import Iterator

from .parts import FilePart, whole

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OCTETS, _OID, _SEQUENCE = 0x04, 0x06, 0x30
_MAX_DEPTH = 12
_TNEF = 0x223E9F78
_ATTACHMENT_BEGINS, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME = 0x3707


def signed_content(data: bytes) -> bytes:
    """The message inside a signature that carries it ([RFC 5652] SignedData); b"" when there is none.

    The signature itself is not checked: what is read is what anybody who opens the mail would read.
    """
    try:
        return _content(data)
    except (IndexError, ValueError):
        return b""


def _content(data: bytes) -> bytes:
    outer = _children(data, 0, len(data), 0)[0]
    kind, wrapped = _children(data, *outer[1:], 1)[:2]
    if data[kind[1] : kind[2]] != _SIGNED_DATA:
        return b""
    signed = _children(data, *wrapped[1:], 2)[0]
    for tag, start, end in _children(data, *signed[1:], 3):
        if tag == _SEQUENCE:
            parts = _children(data, start, end, 4)
            if len(parts) > 1 and parts[0][0] == _OID:
                return b"".join(_octets(data, *parts[1], 5))
    return b""


def _octets(data: bytes, tag: int, start: int, end: int, depth: int) -> Iterator[bytes]:
    """An octet string may be cut into several, and those again."""
    if depth > _MAX_DEPTH:
        raise ValueError
    if tag == _OCTETS:
        yield data[start:end]
    else:
        for inner in _children(data, start, end, depth):
            yield from _octets(data, *inner, depth + 1)


def _children(data: bytes, at: int, end: int, depth: int) -> list[tuple[int, int, int]]:
    """(tag, start, end) of each value in a span of BER."""
    found = []
    while at < end and data[at : at + 2] != b"\0\0":
        tag, start, stop, after = _value(data, at, end, depth)
        found.append((tag, start, stop))
        at = after
    return found


def _value(data: bytes, at: int, end: int, depth: int) -> tuple[int, int, int, int]:
    """Tag, start and end of the value at a place, and where the next one begins."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:  # of indefinite length: it ends where two zeros stand for a value
        if depth > _MAX_DEPTH:
            raise ValueError
        place = start
        while data[place : place + 2] != b"\0\0":
            if place >= end:
                raise ValueError
            place = _value(data, place, end, depth + 1)[3]
        return tag, start, place, place + 2
    if length > 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > end:
        raise ValueError
    return tag, start, start + length, start + length


def files_in_tnef(data: bytes) -> list[FilePart]:
    """The attachments that Outlook hid in a winmail.dat ([MS-OXTNEF])."""
    parts: list[FilePart] = []
    title, content = "", b""
    for attribute, value in (*_attributes(data), (_ATTACHMENT_BEGINS, b"")):
        if attribute == _ATTACHMENT_BEGINS:
            if content:
                parts.append(FilePart(title or "attachment", whole(content)))
            title, content = "", b""
        elif attribute == _TITLE:
            title = title or value.rstrip(b"\0").decode("cp1252", errors="replace")
        elif attribute == _DATA:
            content = value
        elif attribute == _PROPERTIES:
            title = _long_name(value) or title
    return parts


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _TNEF:
        return
    at = 6
    while at + 9 <= len(data):
        attribute, length = struct.unpack_from("<II", data, at + 1)
        yield attribute, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _long_name(properties: bytes) -> str:
    """The full file name among an attachment's MAPI properties: a Unicode string, its length before it."""
    at = properties.find(struct.pack("<HHI", 0x001F, _LONG_NAME, 1))
    if at < 0 or at + 12 > len(properties):
        return ""
    (length,) = struct.unpack_from("<I", properties, at + 8)
    return properties[at + 12 : at + 12 + length].decode("utf-16-le", errors="replace").rstrip("\0")
