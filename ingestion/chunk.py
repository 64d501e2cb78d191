"""A parsed document into the passages that are embedded, searched and cited. Pure: no settings, no clock.

A chunk is an exact slice of the document's text and follows its structure: it ends where a heading or a page begins
unless there is too little text to stand alone, keeps tables, lists and code whole or parts them between lines, never
cuts a sentence that fits. Chunks of one section overlap by whole sentences, so that an answer split between two is
still found.

Where a long section is cut depends on the words around the place and not on how many came before it. So a change in a
document changes the chunks around it, and all others stay as they are, to the letter.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from .parse.blocks import one_line, without_markup
from .parse.document import ParsedDocument, Section
from .pieces import Cutter, Piece
from .sizes import Ruler, TokenStarts, estimate_tokens, estimated

TARGET = 128
OVERLAP = 30
LONGEST = 254  # what the local model reads of a text
SHORTEST = 32  # what a setting may ask for
PATH_TOKENS = 48  # of title and headings, estimated: what is longer is shortened
_TINY_SHARE = 8  # below this share of the target a piece of text says too little to be found on its own
# How good a place to end is; the best one in the last half of a chunk is taken.
_AT_HEADING, _AT_PARAGRAPH, _AT_SENTENCE, _AFTER_HEADING = range(4)

_HEADING_LINE = re.compile(r"#{1,6}[ \t]*(?=\S)")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Chunk:
    position: int
    start: int
    end: int
    text: str
    page: int | None
    heading: tuple[str, ...]
    tokens: int
    content_hash: str
    table_header: str = ""  # the header row when this chunk holds later rows of a table


@dataclass
class _Stretch:
    """The pieces below one heading on one page."""

    pieces: list[Piece]
    heading: tuple[str, ...]
    page: int | None

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


def hard_maximum(target: int = TARGET) -> int:
    """Of a table, a list or code that stays whole, if the model reads as much."""
    return 2 * target


def chunk(
    parsed: ParsedDocument,
    *,
    title: str,
    target: int = TARGET,
    overlap: int = OVERLAP,
    longest: int = LONGEST,
    tokens: TokenStarts = estimated,
) -> list[Chunk]:
    """`longest` is what the embedding model reads of a text, title and headings included, in its `tokens`."""
    if target < 8 or not 0 <= overlap <= target // 2:
        raise ValueError("target must be at least 8 tokens, overlap at most half of it")
    packer = _Packer(parsed, title, target, overlap, longest, tokens)
    return [_chunk(parsed, position, run, title) for position, run in enumerate(packer.runs())]


def text_to_embed(text: str, *, title: str, heading: Sequence[str], table_header: str = "") -> str:
    """Title and heading path first: they often name what the text itself only calls "it"."""
    path = path_of(title, heading)
    body = without_headings(text.strip(), heading)
    if table_header:
        body = f"{table_header}\n{body}"
    return f"{path}\n\n{body}" if path and body else path or body


def path_of(title: str, heading: Sequence[str]) -> str:
    """`Handbook > Leave > Carry over`; of a long path the outer headings go first, since they say least."""
    steps = [step for step in (title, *heading) if step]
    steps = [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]
    while len(steps) > 2 and estimate_tokens(" > ".join(steps)) > PATH_TOKENS:
        del steps[1]
    path = " > ".join(steps)
    return path[: Ruler(estimated(path)).fitting(0, len(path), PATH_TOKENS)].rstrip()


def without_headings(text: str, heading: Sequence[str]) -> str:
    """The text without the headings at its beginning that its heading path names already."""
    rest = text
    while mark := _HEADING_LINE.match(rest):
        line, _, below = rest.partition("\n")
        if one_line(without_markup(re.sub(r"[ \t]+#+$", "", line[mark.end() :]))) not in heading:
            break
        rest = below.lstrip()
    return rest


class _Packer:
    """Decides which pieces stand together."""

    def __init__(
        self,
        parsed: ParsedDocument,
        title: str,
        target: int,
        overlap: int,
        longest: int,
        tokens: TokenStarts,
    ) -> None:
        self.text, self.sections = parsed.text, parsed.sections
        self.title, self.count = title, tokens
        self.ruler = Ruler(tokens(parsed.text))
        self.target, self.hard, self.overlap, self.longest = target, hard_maximum(target), overlap, longest
        self.tiny = target // _TINY_SHARE
        self._rooms: dict[tuple[str, ...], int] = {}

    def runs(self) -> Iterator[list[Piece]]:
        for group in self._groups():
            yield from self._cut(group)

    # --- what may stand together

    def _groups(self) -> Iterator[list[_Stretch]]:
        group: list[_Stretch] = []
        for stretch in self._stretches():
            if group and not self._joins(group, stretch):
                yield group
                group = []
            group.append(stretch)
        if group:
            yield group

    def _stretches(self) -> Iterator[_Stretch]:
        numbered = enumerate(self.sections)
        for (heading, page), sections in groupby(numbered, lambda each: (each[1].heading, each[1].page)):
            room = self._room(heading)
            cutter = Cutter(self.text, self.ruler, min(self.target, room), min(self.hard, room))
            pieces = [piece for number, section in sections for piece in cutter.pieces(section, number)]
            if pieces:
                yield _Stretch(pieces, heading, page)

    def _joins(self, group: list[_Stretch], stretch: _Stretch) -> bool:
        """Each rule looks at neighbours only, so that what it decides here changes nothing further on."""
        last, tokens = group[-1], sum(each.tokens for each in group)
        if last.page != stretch.page:
            return tokens < self.tiny <= stretch.tokens
        if last.tokens < self.tiny and stretch.tokens < self.tiny:
            return True
        # A title, and what it is the title of.
        return tokens < self.tiny and stretch.heading[: len(last.heading)] == last.heading

    def _room(self, heading: tuple[str, ...]) -> int:
        """How many tokens of text the model reads beside title and headings."""
        if heading not in self._rooms:
            path = path_of(self.title, heading)
            self._rooms[heading] = max(8, self.longest - len(self.count(path)))
        return self._rooms[heading]

    # --- where to cut

    def _cut(self, group: list[_Stretch]) -> Iterator[list[Piece]]:
        pieces = [piece for stretch in group for piece in stretch.pieces]
        room = min(self._room(stretch.heading) for stretch in group)
        total = [0, *accumulate(piece.tokens for piece in pieces)]
        start, fresh = 0, 0  # pieces from `start` to `fresh` also end the chunk before
        last: list[Piece] = []
        while fresh < len(pieces):
            end = self._end(pieces, total, start, fresh, room)
            rest = total[-1] - total[end]
            hard = min(self.hard, room) - pieces[start].header_tokens
            if 0 < rest < self.tiny and total[-1] - total[start] <= hard:
                end = len(pieces)  # so little is better kept with this chunk
            last = pieces[start:end]
            yield last
            start, fresh = end - self._repeated(pieces, start, end, room), end

    def _end(self, pieces: Sequence[Piece], total: Sequence[int], start: int, fresh: int, room: int) -> int:
        header = pieces[start].header_tokens
        target, hard = min(self.target, room - header), min(self.hard, room - header)
        end = fresh + 1
        while end < len(pieces) and total[end + 1] - total[start] <= target:
            end += 1
        if end < len(pieces) and total[end] - total[start] < self.tiny:
            # A whole table may exceed the target together with the words that introduce it.
            end += total[end + 1] - total[start] <= hard
        if end == len(pieces):
            return end
        full = range(fresh + 1, end + 1)
        enough = [place for place in full if total[place] - total[start] >= target // 2] or [end]
        return min(enough, key=lambda place: (self._rank(pieces, place), self._draw(pieces[place])))

    def _rank(self, pieces: Sequence[Piece], place: int) -> int:
        """How well one chunk can end, and the next begin, before the piece at `place`."""
        before, after = pieces[place - 1], pieces[place]
        one, other = self.sections[before.section], self.sections[after.section]
        if (one.heading, one.page) != (other.heading, other.page):
            return _AT_HEADING
        if one.kind == "text" and _HEADING_LINE.match(self.text, before.start):
            return _AFTER_HEADING
        if one is not other or _PARAGRAPH.search(self.text, before.end, after.start):
            return _AT_PARAGRAPH
        return _AT_SENTENCE

    def _draw(self, piece: Piece) -> int:
        """Among equally good places the words themselves draw lots: the same wherever in a document they stand."""
        return zlib.crc32(self.text[piece.start : piece.end].encode())

    def _repeated(self, pieces: Sequence[Piece], start: int, end: int, room: int) -> int:
        """How many pieces the next chunk says again."""
        if end == len(pieces) or self.sections[pieces[end].section].kind != "text":
            return 0
        free, count = min(self.overlap, min(self.target, room) - pieces[end].tokens), 0
        while start < end - count - 1:
            piece = pieces[end - count - 1]
            free -= piece.tokens
            if free < 0 or piece.section != pieces[end].section:
                break
            count += 1
        return count


def _chunk(parsed: ParsedDocument, position: int, run: list[Piece], title: str) -> Chunk:
    start, end = run[0].start, run[-1].end
    text = parsed.text[start:end]
    heading = _heading(parsed.sections, run)
    header = run[0].table_header
    embedded = text_to_embed(text, title=title, heading=heading, table_header=header)
    return Chunk(
        position=position,
        start=start,
        end=end,
        text=text,
        page=parsed.sections[run[0].section].page,
        heading=heading,
        tokens=sum(piece.tokens for piece in run),
        content_hash=hashlib.sha256(embedded.encode()).hexdigest(),
        table_header=header,
    )


def _heading(sections: Sequence[Section], run: list[Piece]) -> tuple[str, ...]:
    """The path the sections share; of unrelated ones, that with the most text."""
    weights: dict[tuple[str, ...], int] = {}
    for piece in run:
        path = sections[piece.section].heading
        weights[path] = weights.get(path, 0) + piece.tokens
    paths = sorted(weights, key=len)
    deepest = paths[-1]
    if all(deepest[: len(path)] == path for path in paths):
        return deepest
    shared: tuple[str, ...] = ()
    for steps in zip(*paths, strict=False):
        if len(set(steps)) > 1:
            break
        shared = (*shared, steps[0])
    return shared or max(weights, key=lambda path: weights[path])
