"""A file in, its text with sections out. A confined process reads it, which can harm nothing but itself.

parse()  sandbox.py  the worker's end: one warm helper process, one child per document (child.py: limits, errors)
unpack() unpack.py   the files inside a file, handed out by such a child (handout.py) one after the other
parse_texts()        several small texts in one child (texts.py)
take_pictures()      the pictures inside a file (pictures.py), drawn anew in such a child (picture_frames.py)
         zygote.py   the helper: imports the parsers once, forks a child for each document
         confine.py  what the child gives up; wire.py: what it may answer
         reader.py   in the child: unlock.py opens it, detect.py says what it is, a module per format reads it
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import DocumentError
from .document import ParsedDocument, Section
from .limits import Limits, limits_from_settings
from .picture_frames import Picture
from .unpack import Part, Unpacked

__all__ = [
    "Limits",
    "ParsedDocument",
    "Part",
    "Picture",
    "Section",
    "Unpacked",
    "parse",
    "parse_texts",
    "take_pictures",
    "unpack",
]


def parse(path: Path, *, name: str, limits: Limits | None = None, password: str = "") -> ParsedDocument:
    """Read a document of any supported type; raises DocumentError with a sentence for its uploader.

    `password` opens a protected file. It travels to the child in the request alone: no command line, no environment.
    """
    from .sandbox import parse_file  # the helper imports this package too, and must not start one of its own

    return parse_file(path, name=name, limits=limits or limits_from_settings(), password=password)


def parse_texts(
    paths: Sequence[Path], *, names: Sequence[str]
) -> list[ParsedDocument | DocumentError | None]:
    """Read at most `texts.MOST` small files together; None for each that parse() must read, since it is no plain text
    or another one was in its way.
    """
    from . import sandbox

    return sandbox.parse_texts(paths, names=names, limits=limits_from_settings())


def unpack(
    path: Path, *, name: str, unpacked: Unpacked, limits: Limits | None = None, password: str = ""
) -> Iterator[Part]:
    """The files that parse() named, those that may be documents; `unpacked` says what became of the others.

    A part's file is gone when the next one is asked for. Close the iterator when you stop before its end.
    """
    from .sandbox import unpack_file

    limits = limits or limits_from_settings()
    return unpack_file(path, name=name, limits=limits, password=password, unpacked=unpacked)


def take_pictures(
    path: Path, *, name: str, limits: Limits | None = None, password: str = ""
) -> Iterator[Picture]:
    """The pictures inside a document that was read before. Nobody waits for them, so they get less time than it did."""
    from .sandbox import pictures_in_file

    limits = limits or limits_from_settings()
    limits = replace(
        limits, wall_seconds=min(limits.wall_seconds, 120.0), cpu_seconds=min(limits.cpu_seconds, 100)
    )
    return pictures_in_file(path, name=name, limits=limits, password=password)
