"""How files inside a file travel from the child to the worker: as frames, one after the other, never all in memory.

N name      a part begins        B block   a piece of it
D           it is complete       X         it is not: forget it
E           the end, and what was left out and why        F       a DocumentError instead of all this
"""

import json
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import DocumentError
from . import detect
from .parts import FilePart
from .wire import NAME_LENGTH, MalformedAnswerError

NAME, BLOCK, DONE, DROPPED, END, FAILED = b"N", b"B", b"D", b"X", b"E", b"F"
_HEADER = struct.Struct(">cI")
_MOST = {NAME: 4 * NAME_LENGTH, BLOCK: 1 << 21, DONE: 0, DROPPED: 0, END: 1 << 16, FAILED: 1 << 14}
_KNOWN_BY_THEIR_START = (b"PK", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x1f\x8b")
_MAX_SHOWN = 40


class Frame(NamedTuple):
    kind: bytes
    data: bytes


def encode_frame(kind: bytes, data: bytes = b"") -> bytes:
    return _HEADER.pack(kind, len(data)) + data


def encode_parts(parts: list[FilePart]) -> Iterator[bytes]:
    """In the child: the parts that may be documents. What begins like a program, a film or noise is named instead."""
    left_out: list[str] = []
    for part in parts:
        begun = False
        try:
            blocks = part.blocks()
            head = next(blocks, b"")
            if reason := _unreadable(head, part.name):
                left_out.append(f"{part.name} was left out: {reason}")
                continue
            yield encode_frame(NAME, part.name.encode("utf-8", "replace"))
            begun = True
            yield encode_frame(BLOCK, head)
            for block in blocks:
                yield encode_frame(BLOCK, block)
            yield encode_frame(DONE)
        except DocumentError as error:
            left_out.append(f"{part.name} was left out: {error.sentence}")
            if begun:
                yield encode_frame(DROPPED)
    if len(left_out) > _MAX_SHOWN:
        left_out[_MAX_SHOWN:] = [f"{len(left_out) - _MAX_SHOWN} more files were left out."]
    yield encode_frame(END, json.dumps([words[:400] for words in left_out]).encode())


def _unreadable(head: bytes, name: str) -> str:
    """Why a file that begins like this cannot be a document; "" when it may be one, however damaged."""
    if not head:
        return "it is empty."
    if head.startswith(_KNOWN_BY_THEIR_START):
        return ""
    try:
        detect.detect(head[:65_536], name=name)
    except DocumentError as error:
        return error.sentence if error.code in ("unsupported", "disguised") else ""
    except Exception:  # half a file confuses; the whole one is looked at by itself
        return ""
    return ""


class FrameReader:
    """In the worker: frames out of whatever pieces arrive, with no frame larger than its kind may be."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[Frame]:
        self._buffer += piece
        while len(self._buffer) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._buffer)
            if length > _MOST.get(kind, -1):
                raise MalformedAnswerError
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            data = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield Frame(kind, data)


def decode_left_out(data: bytes) -> list[str]:
    try:
        lines = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError from error
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise MalformedAnswerError
    return [line[:500] for line in lines[: _MAX_SHOWN + 1]]
