"""Reads a judged set: a folder of corpus.jsonl, queries.jsonl and qrels.tsv."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class UnreadableSet(Exception):
    """The folder is not a judged set; the message says what is wrong where."""


@dataclass(frozen=True)
class JudgedDocument:
    id: str
    title: str
    text: str
    tenant: str


@dataclass(frozen=True)
class JudgedQuery:
    id: str
    text: str
    tenant: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class JudgedSet:
    documents: tuple[JudgedDocument, ...]
    queries: tuple[JudgedQuery, ...]

    @property
    def tenants(self) -> list[str]:
        return sorted({d.tenant for d in self.documents})


def read_set(folder: Path) -> JudgedSet:
    """The set in `folder`; queries without a relevant document are left out. Raises UnreadableSet."""
    documents = tuple(
        JudgedDocument(
            _field(row, "id"), str(row.get("title") or ""), _field(row, "text"), str(row.get("tenant") or "")
        )
        for row in _rows(folder / "corpus.jsonl")
    )
    relevant = _judgements(folder / "qrels.tsv")
    queries = tuple(
        JudgedQuery(
            _field(row, "id"),
            _field(row, "text"),
            str(row.get("tenant") or ""),
            frozenset(relevant[row["id"]]),
        )
        for row in _rows(folder / "queries.jsonl")
        if relevant.get(str(row.get("id")))
    )
    if not documents or not queries:
        raise UnreadableSet(f"{folder} holds no documents, or no judged queries.")
    return JudgedSet(documents, queries)


def _field(row: dict[str, Any], name: str) -> str:
    if row.get(name) is None:
        raise UnreadableSet(f"A row without `{name}`: {str(row)[:80]}")
    return str(row[name])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableSet(f"{path.name}, line {number}: not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise UnreadableSet(f"{path.name}, line {number}: not a JSON object.")
        row["id"] = str(row.get("id", row.get("_id", "")))
        yield row


def _judgements(path: Path) -> dict[str, set[str]]:
    """Relevant document ids by query id; the first line is a header, the last column the score."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for number, line in enumerate(_lines(path), start=1):
        columns = line.split("\t")
        if number == 1 and not columns[-1].strip().lstrip("-").isdigit():
            continue
        if len(columns) < 3:
            raise UnreadableSet(f"{path.name}, line {number}: three columns separated by tabs are needed.")
        if float(columns[-1]) > 0:
            relevant[columns[0]].add(columns[-2])
    return relevant


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableSet(f"{path} cannot be read: {error.strerror}.") from error
    return (line for line in text.split("\n") if line.strip())
