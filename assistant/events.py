"""What happens while a question is answered, as values. `chat.protocol` spells them as frames."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from ingestion.validity import Standing


@dataclass(frozen=True)
class VerifiedMark:
    """That a source is a verified answer: which, in which version, by whom and since when."""

    answer: UUID
    version: int
    author: str
    verified_on: date


@dataclass(frozen=True)
class FoundPassage:
    """A passage that the member may read, numbered as the answer cites it. Offsets count code points."""

    number: int
    id: UUID
    version: UUID
    collection: UUID
    collection_name: str
    title: str
    page: int | None
    heading: tuple[str, ...]
    text: str
    start: int
    end: int
    score: float
    table_header: str = ""  # of a passage that continues a table
    standing: Standing | None = None
    verified: VerifiedMark | None = None  # it is one; `id` and `version` are then of no passage


@dataclass(frozen=True)
class Usage:
    """Tokens as the model counted them, and what they cost in the organisation's currency."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0

    def __add__(self, more: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + more.input_tokens,
            self.output_tokens + more.output_tokens,
            round(self.cost + more.cost, 6),
        )


@dataclass(frozen=True)
class Searching:
    type: Literal["searching"] = "searching"


@dataclass(frozen=True)
class PassagesFound:
    passages: tuple[FoundPassage, ...]
    type: Literal["passages"] = "passages"


@dataclass(frozen=True)
class Notice:
    """Something the reader should know about this answer, such as that no language model is connected."""

    code: str
    type: Literal["notice"] = "notice"


@dataclass(frozen=True)
class TextDelta:
    text: str
    type: Literal["delta"] = "delta"


@dataclass(frozen=True)
class Cited:
    """Marker [number] stands in the text; `quote` is `passage.text[start - passage.start : end - passage.start]`."""

    number: int
    quote: str
    start: int
    end: int
    type: Literal["cited"] = "cited"


@dataclass(frozen=True)
class Side:
    """What one of two sources says: a sentence of passage `number`, with its place in the version's text."""

    number: int
    quote: str
    start: int
    end: int


@dataclass(frozen=True)
class SourcesDiffer:
    """Two documents contradict each other, as comparing their sentences shows, or as the model says."""

    first: Side
    second: Side
    how: Literal["compared", "model"]
    type: Literal["differs"] = "differs"


@dataclass(frozen=True)
class Finished:
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    type: Literal["finished"] = "finished"


Event = Searching | PassagesFound | Notice | TextDelta | Cited | SourcesDiffer | Finished
