"""A file in, its text with sections out. A confined process reads it, which can harm nothing but itself.

parse()  sandbox.py  the worker's end: one warm helper process, one child per document, limits, errors
         zygote.py   the helper: imports the parsers once, forks a child for each document
         confine.py  what the child gives up; wire.py: what it may answer
         reader.py   in the child: unlock.py opens it, detect.py says what it is, a module per format reads it
"""

from pathlib import Path

from .document import ParsedDocument, Section
from .limits import Limits, limits_from_settings

__all__ = ["Limits", "ParsedDocument", "Section", "parse"]


def parse(path: Path, *, name: str, limits: Limits | None = None, password: str = "") -> ParsedDocument:
    """Read a document of any supported type; raises DocumentError with a sentence for its uploader.

    `password` opens a protected file. It travels to the child in the request alone: no command line, no environment.
    """
    from .sandbox import parse_file  # the helper imports this package too, and must not start one of its own

    return parse_file(path, name=name, limits=limits or limits_from_settings(), password=password)
