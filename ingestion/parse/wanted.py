"""Whether anybody still waits for a document that is being read.

The worker's thread says how to ask, and whoever waits for the child in it asks every now and then. It is no parameter
of parse(), since it is nothing about the document.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ask: ContextVar[Callable[[], None] | None] = ContextVar("still_wanted", default=None)


@contextmanager
def reading_while(still_wanted: Callable[[], None]) -> Iterator[None]:
    """`still_wanted` raises when the text is of no use any more; the child is stopped then."""
    token = _ask.set(still_wanted)
    try:
        yield
    finally:
        _ask.reset(token)


def check() -> None:
    if ask := _ask.get():
        ask()
