"""Several small texts in one child: to fork one for each costs more than to read it.

Only what Python alone reads from its characters shares a child, since the parsers of other formats are what a document
may hope to take over. An answer is a frame for each text in turn, so that those before a crash stand.
"""

import struct

from ..errors import DocumentError
from .document import ParsedDocument
from .wire import MalformedAnswerError, decode_answer

MOST = 32  # texts in one child, each an open descriptor
_LENGTH = struct.Struct(">I")


def encode_text(answer: bytes) -> bytes:
    """The frame of one, empty where it must be read by a child of its own."""
    return _LENGTH.pack(len(answer)) + answer


def decode_texts(data: bytes, count: int) -> list[ParsedDocument | DocumentError | None]:
    """In the worker: what the frames say, None where one is empty, broken or missing."""
    found: list[ParsedDocument | DocumentError | None] = []
    position = 0
    while len(found) < count and len(data) >= position + _LENGTH.size:
        [length] = _LENGTH.unpack_from(data, position)
        position += _LENGTH.size
        found.append(_decoded(data[position : position + length]))
        position += length
    return found + [None] * (count - len(found))


def _decoded(frame: bytes) -> ParsedDocument | DocumentError | None:
    try:
        return decode_answer(frame) if frame else None
    except DocumentError as error:
        return error
    except MalformedAnswerError:
        return None
