"""Resolves [n] as text streams: holds back half a marker, drops unknown numbers, finds the quote behind each.

A marker is `[3]`, `[1, 2]` or `[1][2]`; lists are spread into single markers. What stands in code is left alone.
"""

import math
import re
from collections.abc import Iterator, Sequence

from assistant.events import Cited, FoundPassage, TextDelta
from assistant.sentences import Sentence, sentences, stems

_MARKER = re.compile(r"\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\](?!\()")
_HALF_MARKER = re.compile(r"\[[\s\d,;]{0,40}\]?$")
_CODE = re.compile(r"```|`")
CLAIM_LENGTH = 400  # characters before a marker in which its claim is looked for


class Citations:
    """Feed it the model's text; it gives what may be shown. Call `flush` at the end."""

    def __init__(self, passages: Sequence[FoundPassage]) -> None:
        self._passages = {p.number: p for p in passages}
        self._held = ""
        self._said = ""
        self._fence: str | None = None
        self._cited: set[int] = set()

    def feed(self, text: str) -> Iterator[TextDelta | Cited]:
        text, self._held = self._held + text, ""
        half = _HALF_MARKER.search(text)
        # A whole marker at the very end is held too: "(" may follow and make it a link. So are back-ticks,
        # since three of them mean something else than one, and spaces, which leave with an unknown marker.
        cut = len(text[: half.start()].rstrip(" ") if half else text.rstrip("` "))
        self._held = text[cut:]
        yield from self._resolve(text[:cut])

    def flush(self) -> Iterator[TextDelta | Cited]:
        text, self._held = self._held, ""
        yield from self._resolve(text)

    def _resolve(self, text: str) -> Iterator[TextDelta | Cited]:
        shown: list[str] = []
        position = 0
        for code in [*_CODE.finditer(text), None]:
            cited: list[Cited] = []
            piece = text[position : code.start() if code else len(text)]
            shown.append(piece if self._fence else "".join(self._with_markers(piece, cited)))
            if not self._fence:
                yield from cited
            if code:
                shown.append(code.group())
                self._toggle(code.group())
                position = code.end()
        if whole := "".join(shown):
            self._said = (self._said + whole)[-CLAIM_LENGTH:]
            yield TextDelta(whole)

    def _toggle(self, ticks: str) -> None:
        if self._fence is None:
            self._fence = ticks
        elif self._fence == ticks:
            self._fence = None

    def _with_markers(self, piece: str, cited: list[Cited]) -> Iterator[str]:
        position = 0
        for match in _MARKER.finditer(piece):
            before = piece[position : match.start()]
            numbers = [int(n) for n in re.findall(r"\d+", match.group(1))]
            known = [n for n in dict.fromkeys(numbers) if n in self._passages]
            yield before if known else before.rstrip(" ")
            claim = (self._said + piece[: match.start()])[-CLAIM_LENGTH:]
            for number in known:
                if number not in self._cited:
                    self._cited.add(number)
                    cited.append(cite(self._passages[number], claim))
                yield f"[{number}]"
            position = match.end()
        yield piece[position:]


def cite(passage: FoundPassage, claim: str) -> Cited:
    """The sentence of the passage that shares most with the last sentence of the claim."""
    spoken = [s.text for s in sentences(_MARKER.sub("", claim))]
    wanted = set(stems(spoken[-1])) if spoken else set()
    quote = max(
        sentences(passage.text),
        key=lambda s: _overlap(s, wanted),
        default=Sentence(passage.text, 0, len(passage.text)),
    )
    return cited(passage, quote)


def cited(passage: FoundPassage, quote: Sentence) -> Cited:
    return Cited(passage.number, quote.text, passage.start + quote.start, passage.start + quote.end)


def _overlap(sentence: Sentence, wanted: set[str]) -> float:
    words = set(stems(sentence.text))
    return len(words & wanted) / math.sqrt(len(words) + 4)
