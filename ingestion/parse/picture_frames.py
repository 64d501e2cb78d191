"""How pictures travel from the child to the worker: one after the other, so that those before a crash are kept.

A frame is three lengths, then what is known of the picture as JSON, the picture small, and large. The child may have
been taken over by the document, so the worker believes none of it.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .wire import MalformedAnswerError

_LENGTHS = struct.Struct(">III")
_MOST_ABOUT, _MOST_BYTES = 1 << 14, 8 << 20  # of one frame's parts
_MOST_SIDE, _MOST_WORDS, _MOST_PLACE = 4000, 300, 1 << 31


@dataclass(frozen=True)
class Picture:
    """`start` is its place in the document's text, where the format tells; `words` are its author's."""

    page: int | None
    start: int | None
    width: int
    height: int
    words: str
    small: bytes
    large: bytes


def encode_pictures(pictures: Iterable[Picture]) -> Iterator[bytes]:
    for picture in pictures:
        known = [picture.page, picture.start, picture.width, picture.height, picture.words[:_MOST_WORDS]]
        about = json.dumps(known).encode()
        yield _LENGTHS.pack(len(about), len(picture.small), len(picture.large))
        yield about + picture.small + picture.large


class PictureReader:
    """In the worker: pictures out of whatever pieces arrive. Raises MalformedAnswerError."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[Picture]:
        self._buffer += piece
        while len(self._buffer) >= _LENGTHS.size:
            about, small, large = _LENGTHS.unpack_from(self._buffer)
            if about > _MOST_ABOUT or small > _MOST_BYTES or large > _MOST_BYTES:
                raise MalformedAnswerError
            begin, middle = _LENGTHS.size + about, _LENGTHS.size + about + small
            end = middle + large
            if len(self._buffer) < end:
                return
            parts = [
                bytes(self._buffer[a:b]) for a, b in ((_LENGTHS.size, begin), (begin, middle), (middle, end))
            ]
            del self._buffer[:end]
            yield _picture(*parts)


def _picture(about: bytes, small: bytes, large: bytes) -> Picture:
    try:
        known = json.loads(about)
    except (ValueError, RecursionError) as error:
        raise MalformedAnswerError from error
    if not (isinstance(known, list) and len(known) == 5 and _is_webp(small) and _is_webp(large)):
        raise MalformedAnswerError
    page, start, width, height, words = known
    if not (
        all(place is None or _is_count(place, _MOST_PLACE) for place in (page, start))
        and all(_is_count(side, _MOST_SIDE) and side for side in (width, height))
        and isinstance(words, str)
    ):
        raise MalformedAnswerError
    return Picture(page, start, width, height, words[:_MOST_WORDS], small, large)


def _is_count(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value < most


def _is_webp(data: bytes) -> bool:
    """A RIFF of exactly this length: nothing else is behind the picture."""
    return (
        data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)
    )
