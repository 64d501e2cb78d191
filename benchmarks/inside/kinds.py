"""What is imported to measure ingestion: files of one kind, every one different."""

from collections.abc import Callable, Iterator

from benchmarks import corpus

PAGES, MANY_PAGES = 200, 2_000

KINDS: dict[str, Callable[[int], tuple[str, bytes]]] = {
    "markdown": lambda n: (f"document-{n}.md", corpus.document(n).encode()),
    "small": lambda n: (f"note-{n}.md", corpus.note(n).encode()),
    "pdf": lambda n: (f"report-{n}.pdf", corpus.pdf(n, pages=PAGES)),
    "book": lambda n: (f"book-{n}.pdf", corpus.pdf(n, pages=MANY_PAGES)),
}


def files(kind: str, numbers: range) -> Iterator[tuple[str, bytes]]:
    return (KINDS[kind](number) for number in numbers)
