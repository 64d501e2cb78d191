"""Resolves [n] as text streams: holds back half a marker, drops unknown numbers, finds the quote behind each.

A marker is `[3]`, `[1, 2]` or `[1][2]`; lists are spread into single markers. `[1 vs 2]` says that the two contradict
each other, and is shown as `[1][2]`; `[0]`, which is not shown, that no passage answers. What stands in code or in a
formula is left alone: `a[1]` is an index there.
"""

import math
import re
from collections.abc import Iterator, Sequence

from assistant.events import Cited, FoundPassage, Side, SourcesDiffer, TextDelta
from assistant.sentences import Sentence, sentences, stems

_MARKER = re.compile(r"\[\s*(\d{1,3}(?:\s*(?:[,;]|(?P<versus>vs\.?))\s*\d{1,3})*)\s*\](?!\()")
_HALF_MARKER = re.compile(r"\[[\s\d,;]{0,40}(?:v(?:s(?:\.?[\s\d]{0,6})?)?)?\]?$")
# In single dollars, unless it is an amount; static/js/math-spans.js knows it better, from the whole block.
_DOLLARS = r"(?<![\w$\\])\$(?![\s\d$.,:;!?)\]])(?:\\.|[^\\$\n`]){1,300}(?<!\s)\$(?![\w$])"
_HALF_DOLLARS = re.compile(r"(?<![\w$\\])\$(?![\s\d$.,:;!?)\]])(?:\\.|[^\\$\n`]){0,300}\\?$")
_BEGINS = re.compile(rf"```|`|\$\$|\\[(\[]|{_DOLLARS}")
_ENDS = re.compile(r"```|`|\$\$|\\[)\]]|\n[ \t]*\n")
_PAIRS = {"```": "```", "`": "`", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_UNDECIDED = "` \t\n$\\"  # at the end of what has come: what follows tells what these mean
Resolved = TextDelta | Cited | SourcesDiffer
CLAIM_LENGTH = 400  # characters before a marker in which its claim is looked for


class Citations:
    """Feed it the model's text; it gives what may be shown. Call `flush` at the end."""

    def __init__(self, passages: Sequence[FoundPassage]) -> None:
        self._passages = {p.number: p for p in passages}
        self._held = ""
        self._said = ""
        self._before = ""  # the last character of what was resolved
        self._fence: str | None = None  # what ends the code or the formula
        self._cited: set[int] = set()
        self._differing: set[frozenset[int]] = set()
        self._denied = False

    def feed(self, text: str) -> Iterator[Resolved]:
        text, self._held = self._held + text, ""
        half = _HALF_MARKER.search(text)
        # A whole marker at the very end is held too: "(" may follow and make it a link. So are back-ticks,
        # since three of them mean something else than one, and spaces, which leave with an unknown marker.
        cut = len(text[: half.start() if half else None].rstrip(_UNDECIDED))
        if formula := _HALF_DOLLARS.search(self._before + text, len(self._before)):
            cut = min(cut, formula.start() - len(self._before))
        self._held = text[cut:]
        yield from self._resolve(text[:cut])

    def flush(self) -> Iterator[Resolved]:
        text, self._held = self._held, ""
        yield from self._resolve(text)

    @property
    def unanswered(self) -> bool:
        """Whether the text says that no passage answers, and rests on none."""
        return self._denied and not self._cited

    def _resolve(self, text: str) -> Iterator[Resolved]:
        shown: list[str] = []
        # With the character before, which tells whether a dollar sign can begin a formula.
        position, text = len(self._before), self._before + text
        while position < len(text):
            if self._fence:
                end = self._end_of_fence(self._fence, text, position)
                shown.append(text[position:end])
                position = end
                continue
            quiet = _BEGINS.search(text, position)
            cited: list[Cited | SourcesDiffer] = []
            piece = text[position : quiet.start() if quiet else None]
            shown.append("".join(self._with_markers(piece, cited)))
            yield from cited
            if quiet:
                shown.append(quiet.group())
                self._fence = _PAIRS.get(quiet.group())
            position = quiet.end() if quiet else len(text)
        self._before = text[-1:]
        if whole := "".join(shown):
            self._said = (self._said + whole)[-CLAIM_LENGTH:]
            yield TextDelta(whole)

    def _end_of_fence(self, fence: str, text: str, position: int) -> int:
        """A formula that is not closed ends with its paragraph, so that it cannot swallow what follows."""
        for mark in _ENDS.finditer(text, position):
            if mark.group() == fence or (fence[0] in "$\\" and mark.group()[0] == "\n"):
                self._fence = None
                return mark.end()
        return len(text)

    def _with_markers(self, piece: str, cited: list[Cited | SourcesDiffer]) -> Iterator[str]:
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
            self._denied = self._denied or numbers == [0]
            if match["versus"] and len(known) == 2:
                cited += self._contradiction(known, claim)
            position = match.end()
        yield piece[position:]

    def _contradiction(self, numbers: list[int], claim: str) -> Iterator[SourcesDiffer]:
        if frozenset(numbers) not in self._differing:
            self._differing.add(frozenset(numbers))
            one, other = (side_of(cite(self._passages[number], claim)) for number in numbers)
            yield SourcesDiffer(one, other, how="model")


def side_of(quote: Cited) -> Side:
    return Side(quote.number, quote.quote, quote.start, quote.end)


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
