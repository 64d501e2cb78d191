"""Sentences and words of a passage, for quoting: pure functions over text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# A line ends a sentence (lists, table rows, headings) unless the next one goes on in lower case, as in text wrapped
# by hand, and so does . ! ? before white space; the look-behinds keep "e.g. this", "No. 5", "J. Smith" and the number
# of a list item whole.
_END = re.compile(
    r"(?<![\s(][A-Za-z]\.[A-Za-z])(?<!\b[A-Z])(?<!\bNo)(?<!\bMr)(?<!\bDr)(?<!\bMs)(?<!\bca)(?<!\bvs)(?<!\betc)(?<!\n\d)(?<!\n\d\d)"
    r"[.!?…]+[\"”’)\]]*(?=\s)|[。！？]|\n(?![a-zà-öø-ÿ])"
)
_WORD = re.compile(r"[^\W_]+")
_LEAD = re.compile(r"[\s>#*•‣–—-]*(?:\d{1,2}[.)]\s+)?")
_RULE = re.compile(r"[\s|:+=-]*")
STEM_LENGTH = 5

STOP_WORDS = frozenset(
    """
    a an and any are as at be been but by can could did do does for from get had has have he her his how
    i if in into is it its many may me might much must my no not of on one or our shall she should so
    some than that the their them then there these they this to up us was we were what when where which
    who whom why will with would you your der die das und ist ein eine wie was viel viele ich wir den
    dem des im zu le la les un une et est que qui de du
    """.split()
)


@dataclass(frozen=True)
class Sentence:
    """`text == source[start:end]`; offsets count code points."""

    text: str
    start: int
    end: int

    @property
    def is_table_row(self) -> bool:
        return self.text.startswith("|") and self.text.endswith("|")


def sentences(source: str) -> Iterator[Sentence]:
    """The sentences of Markdown-like text, in order, without list markers, heading signs and table rules."""
    start = 0
    for match in _END.finditer(source):
        yield from _trimmed(source, start, match.end())
        start = match.end()
    yield from _trimmed(source, start, len(source))


def _trimmed(source: str, start: int, end: int) -> Iterator[Sentence]:
    lead = _LEAD.match(source, start, end)
    start = lead.end() if lead else start
    while end > start and source[end - 1].isspace():
        end -= 1
    if end > start and not _RULE.fullmatch(source, start, end):
        yield Sentence(source[start:end], start, end)


def stems(text: str) -> list[str]:
    """Words that carry meaning, folded and cut so that "leaves" meets "leave" and "Reisen" meets "Reise"."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return [
        w[:STEM_LENGTH] if len(w) > STEM_LENGTH else w.rstrip("s") or w
        for w in _WORD.findall(plain)
        if w not in STOP_WORDS
    ]
