"""How long a text is to an embedding model: in its own tokens where its tokenizer is at hand, else estimated. Pure.

A tokenizer here is a function that gives the place of every token's beginning in a text, in order. Any span is then
counted by two searches in that list, and the parts of a text never count more than the whole.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

TokenStarts = Callable[[str], Sequence[int]]

# How many characters a token holds, by kind of word: about what a word piece tokenizer yields.
_WORDS = re.compile(
    r"(?P<latin>[A-Za-z\u00c0-\u024f]+)|(?P<number>\d+)"
    r"|(?P<ideographs>[\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+)"
    r"|(?P<other>[^\W\d_]+)|(?P<signs>[^\w\s]+|_+)"
)
_CHARACTERS = {"latin": 7, "number": 3, "ideographs": 1, "other": 3, "signs": 1}

BLOCK = 2_000  # characters tokenized at once: what a tokenizer holds of a token is a hundred times the token
# One token that spans more than this is a word that the model does not know. Cut in pieces it would be as many.
_LONGEST_TOKEN, _UNKNOWN = 24, 4


class Ruler:
    """Counts the tokens of any span of one text."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts

    def tokens(self, start: int, end: int) -> int:
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def fitting(self, start: int, end: int, most: int) -> int:
        """Where the span must end to hold no more than so many tokens."""
        beyond = bisect_left(self._starts, start) + most
        return min(end, self._starts[beyond]) if beyond < len(self._starts) else end


def estimated(text: str) -> Sequence[int]:
    """Within a tenth of the local model's own count for English."""
    starts = array("L")
    for found in _WORDS.finditer(text):
        starts.extend(range(found.start(), found.end(), _CHARACTERS[found.lastgroup or "other"]))
    return starts


def estimate_tokens(text: str) -> int:
    return len(estimated(text))


def by_tokenizer(tokenizer: Any) -> TokenStarts:
    """Of the `tokenizers` library, without truncation and padding."""

    def starts_of(text: str) -> Sequence[int]:
        starts = array("L")
        for begin, end in _blocks(text):
            for start, stop in tokenizer.encode(text[begin:end], add_special_tokens=False).offsets:
                if stop - start > _LONGEST_TOKEN:
                    starts.extend(range(begin + start, begin + stop, _UNKNOWN))
                else:
                    starts.append(begin + start)
        return starts

    return starts_of


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans that end with white space where there is any."""
    start = 0
    while start < len(text):
        end = min(len(text), start + BLOCK)
        if end < len(text):
            space = max(text.rfind(sign, start, end) for sign in " \n")
            end = space if space > start else end
        yield start, end
        start = end
