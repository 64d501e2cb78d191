"""What has changed between two texts, in words, as one reads it."""

import difflib
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


class Piece(NamedTuple):
    kind: Literal["same", "gone", "new"]
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in order. By lines first: comparing all words with each other would take too long."""
    pieces: list[Piece] = []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for kind, a, b, c, d in _opcodes(before, after):
        if kind == "replace":
            pieces += _in_words("".join(before[a:b]), "".join(after[c:d]))
        else:
            pieces += _pieces(kind, "".join(before[a:b]), "".join(after[c:d]))
    return pieces


def _in_words(old: str, new: str) -> list[Piece]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    pieces: list[Piece] = []
    for kind, a, b, c, d in _opcodes(before, after):
        pieces += _pieces(kind, "".join(before[a:b]), "".join(after[c:d]))
    return pieces


def _opcodes(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return difflib.SequenceMatcher(
        None, before, after, autojunk=len(before) * len(after) > 4_000_000
    ).get_opcodes()


def _pieces(kind: str, old: str, new: str) -> list[Piece]:
    if kind == "equal":
        return [Piece("same", old)]
    return [piece for piece in (Piece("gone", old), Piece("new", new)) if piece.text]
