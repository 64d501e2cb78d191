"""`manage.py extract FILE`: the text that would be indexed, to look at. Needs no database, and no app of Django's."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from ingestion.errors import DocumentError, IngestionError
from ingestion.parse import ParsedDocument, parse


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
        parsed = _parse(path, password)
    except IngestionError as error:
        err.write(f"{error.sentence}\n")
        return 1
    except Exception as error:  # a person at a terminal is told in words, whatever it is
        err.write(f"{path.name} could not be read: something went wrong here ({type(error).__name__}).\n")
        return 1
    if as_json:
        json.dump(_as_json(parsed), out, ensure_ascii=False, indent=2)
        out.write("\n")
    else:
        out.write(f"{parsed.text}\n")
    for words in parsed.warnings:
        err.write(f"{words}\n")
    return 0


def _parse(path: Path, password: str) -> ParsedDocument:
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise DocumentError("empty", f"{path} {what}. Name a file to read.")
        return parse(path, name=path.name, password=password)
    except (OSError, ValueError) as error:
        raise DocumentError("corrupt", f"{path} cannot be opened: {error}.") from error


def _as_json(parsed: ParsedDocument) -> dict[str, Any]:
    return {
        "media_type": parsed.media_type,
        "title": parsed.title,
        "pages": parsed.pages,
        "sections": [
            {"page": s.page, "heading": s.heading, "kind": s.kind, "text": parsed.text[s.start : s.end]}
            for s in parsed.sections
        ],
        "warnings": parsed.warnings,
    }
