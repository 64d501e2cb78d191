"""`manage.py extract FILE`: the text that would be indexed, to look at. Needs no database, and no app of Django's."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from ingestion.errors import DocumentError, IngestionError
from ingestion.parse import Limits, ParsedDocument, Unpacked, parse, unpack
from ingestion.parse.limits import limits_from_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the file to read")
    parser.add_argument("--password", default="", help="its password, when it is protected")
    parser.add_argument("--json", action="store_true", dest="as_json", help="with pages and headings marked")


def main(arguments: Sequence[str]) -> int:
    """From the command line: UTF-8 whatever the locale, and quiet when nobody reads to the end."""
    parser = argparse.ArgumentParser(
        prog="manage.py extract", description="Print exactly the text of a file that would be indexed."
    )
    add_arguments(parser)
    chosen = parser.parse_args(arguments)
    out, err = _stream(1, sys.stdout), _stream(2, sys.stderr)
    # What libraries of the reading process print is not for the person who asked: one sentence is.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        status = extract(
            Path(chosen.file), password=chosen.password, as_json=chosen.as_json, out=out, err=err
        )
        out.flush()
    except BrokenPipeError:  # whoever read has read enough
        os.dup2(nowhere, out.fileno())
        status = 0
    return status


def _stream(descriptor: int, given: TextIO | None) -> TextIO:
    """UTF-8 to a descriptor; to nowhere when it was closed before this began."""
    target: int | str = os.dup(descriptor) if given is not None else os.devnull
    return open(target, "w", encoding="utf-8", errors="replace")


def extract(path: Path, *, password: str, as_json: bool, out: TextIO, err: TextIO) -> int:
    """Write the text to `out` and remarks to `err`; 1, with one sentence there, when there is no text."""
    try:
        found = _look(path, path.name, password, _Budget(limits_from_settings()))
    except IngestionError as error:
        err.write(f"{error.sentence}\n")
        return 1
    except Exception as error:  # a person at a terminal is told in words, whatever it is
        err.write(f"{path.name} could not be read: something went wrong here ({type(error).__name__}).\n")
        return 1
    if as_json:
        json.dump(_as_json(found), out, ensure_ascii=False, indent=2)
        out.write("\n")
    else:
        out.write("\n".join(_texts(found)))
    for words in found.remarks():
        err.write(f"{words}\n")
    return 0


@dataclass
class _Found:
    """A document and those inside it that gave text; `name` is the way there."""

    name: str
    parsed: ParsedDocument
    children: list["_Found"] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def remarks(self) -> Iterator[str]:
        yield from self.warnings
        for child in self.children:
            for words in child.remarks():
                yield f"{child.name}: {words}" if words in child.warnings else words


@dataclass
class _Budget:
    """What the files inside may take in all, over every level."""

    limits: Limits
    count: int = 0
    size: int = 0

    def left(self) -> Limits:
        return replace(
            self.limits,
            parts=max(0, self.limits.parts - self.count),
            parts_bytes=max(0, self.limits.parts_bytes - self.size),
        )


def _look(path: Path, name: str, password: str, budget: _Budget, depth: int = 0) -> _Found:
    parsed = _parse(path, name, password)
    found = _Found(name, parsed, warnings=list(parsed.warnings))
    if parsed.parts and depth >= budget.limits.depth:
        found.warnings.append("The files inside were left out: they are nested too deeply.")
    elif parsed.parts:
        _look_inside(path, found, password, budget, depth)
    if not parsed.text and not found.children:
        why = found.warnings[0] if found.warnings else "It is empty."
        raise DocumentError("no_text", f"None of the files inside gave text. {why}")
    return found


def _look_inside(path: Path, found: _Found, password: str, budget: _Budget, depth: int) -> None:
    unpacked = Unpacked()
    before = budget.left()
    parts = unpack(path, name=_file_name(found.name), unpacked=unpacked, limits=before, password=password)
    try:
        for part in parts:
            budget.count, budget.size = budget.count + 1, budget.size + part.size
            try:
                inner = _look(part.path, f"{found.name}/{part.name}", password, budget, depth + 1)
            except IngestionError as error:
                found.warnings.append(f"{part.name}: {error.sentence}")
            else:
                found.children.append(inner)
    except DocumentError as error:
        found.warnings.append(error.sentence)
    found.warnings += unpacked.warnings


def _parse(path: Path, name: str, password: str) -> ParsedDocument:
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise DocumentError("empty", f"{path} {what}. Name a file to read.")
        return parse(path, name=_file_name(name), password=password)
    except (OSError, ValueError) as error:
        raise DocumentError("corrupt", f"{path} cannot be opened: {error}.") from error


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


def _texts(found: _Found) -> Iterator[str]:
    """The own text, then each file inside under a line with its name."""
    if found.parsed.text:
        yield f"{found.parsed.text}\n"
    for child in found.children:
        yield f"{child.name}\n"
        yield from _texts(child)


def _as_json(found: _Found) -> dict[str, Any]:
    parsed = found.parsed
    return {
        "name": found.name,
        "media_type": parsed.media_type,
        "title": parsed.title,
        "pages": parsed.pages,
        "sections": [
            {"page": s.page, "heading": s.heading, "kind": s.kind, "text": parsed.text[s.start : s.end]}
            for s in parsed.sections
        ],
        "warnings": found.warnings,
        "children": [_as_json(child) for child in found.children],
    }
