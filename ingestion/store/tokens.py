"""Text as the tokens that Weaviate compares, so that its keyword search finds what LanceDB's does.

Weaviate would stem no word and part no Chinese. So both passages and questions come to it as tokens with spaces
between: folded to plain letters, without stop words, English words by their stem, and of scripts that put no spaces
between words every two neighbouring characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from ingestion.store.words import STOP_WORDS

LONGEST = 60  # characters of a token; what is longer is no word that anyone types
STOPPED = frozenset(STOP_WORDS)
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
PIECE = re.compile(rf"[{UNSPACED}]+|[^\W_{UNSPACED}]+")


def tokens(text: str) -> list[str]:
    """`"The café's policies"` -> `["cafe", "s", "polici"]`"""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[str]:
    stem = _stemmer().stemWord
    for piece in PIECE.findall(folded(text)):
        if piece[0] >= "\u0e00":
            yield from pairs(piece)
        elif piece not in STOPPED:
            yield stem(piece[:LONGEST])


def folded(text: str) -> str:
    """Without case, accents and forms of one letter: `Straße` -> `strasse`."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in apart if not unicodedata.combining(c)) if not apart.isascii() else apart
    return unicodedata.normalize("NFKC", plain)


def pairs(piece: str) -> Iterator[str]:
    """`年假政策` -> `年假`, `假政`, `政策`; one character alone stays alone."""
    if len(piece) == 1:
        yield piece
    for start in range(len(piece) - 1):
        yield piece[start : start + 2]


@cache
def _stemmer() -> Any:
    from Stemmer import Stemmer

    return Stemmer("english")
