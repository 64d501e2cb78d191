"""What every parser produces: the text to index, and the spans that say where each part of it stands."""

from dataclasses import dataclass

SECTION_KINDS = frozenset({"text", "table", "code", "list"})


@dataclass(frozen=True)
class Section:
    """A span of ParsedDocument.text in code points; `page` is a page, slide or sheet number from 1."""

    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class ParsedDocument:
    """`sections` stand in order, do not overlap, and leave out nothing of `text` but white space.

    Only what holds other files may have no text of its own.
    """

    text: str
    sections: tuple[Section, ...]
    title: str
    media_type: str
    pages: int | None
    warnings: tuple[str, ...]
    parts: tuple[str, ...] = ()  # names of the files inside, which are documents of their own
