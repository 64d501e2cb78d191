"""Text as it is looked for: without case and accents. Pure."""

import re
import unicodedata
from collections.abc import Sequence

Piece = dict[str, str | bool]  # {"text": …, "mark": whether it was looked for}

WORDS = 8
BEFORE, LENGTH = 40, 160
TERM = re.compile(r'"([^"]+)"|(\S+)')


def fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


def folded(text: str) -> str:
    """A message as it is kept for searching."""
    return fold(" ".join(text.split()))


def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(part for part in decomposed if not unicodedata.combining(part)).casefold()


def terms(query: str) -> list[str]:
    """The words of a query, folded; what stands in quotation marks is one."""
    found = (
        fold(" ".join((quoted or word).split())) for quoted, word in TERM.findall(query.replace("\x00", ""))
    )
    return list(dict.fromkeys(term for term in found if term.strip('"')))[:WORDS]


def pieces(text: str, wanted: Sequence[str]) -> list[Piece]:
    """The text cut where marked places begin and end."""
    shown: list[Piece] = []
    done = 0
    for start, end in _places(text, wanted):
        if start > done:
            shown.append({"text": text[done:start], "mark": False})
        shown.append({"text": text[start:end], "mark": True})
        done = end
    if done < len(text):
        shown.append({"text": text[done:], "mark": False})
    return shown


def snippet(text: str, wanted: Sequence[str]) -> list[Piece]:
    """The text around the first place, on one line."""
    line = " ".join(text.split())
    places = _places(line, wanted)
    first = places[0][0] if places else 0
    start = 0 if first <= BEFORE else line.rfind(" ", 0, first - BEFORE) + 1
    end = len(line) if start + LENGTH >= len(line) else start + LENGTH
    cut = f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"
    return pieces(cut, wanted)


def _places(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words stand in the unfolded text, in order, without overlaps."""
    folded = list(text.lower()) if text.isascii() else [_fold_character(character) for character in text]
    origin = [index for index, part in enumerate(folded) for _ in part]
    haystack = "".join(folded)
    found = [
        (origin[match.start()], origin[match.end() - 1] + 1)
        for term in wanted
        for match in re.finditer(re.escape(term), haystack)
    ]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
