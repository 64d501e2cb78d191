"""How long passages should be: `python -m benchmarks.chunk_sizes FOLDER ... [--targets 128 200] [--overlaps 0 30]`.

Each folder is a judged set (as for `manage.py evaluate`). It is asked three ways: every text a document of its own; all
texts of a tenant one document with their titles as headings; and the same without headings, so that nothing but size
and overlap decides where a passage ends. Passages are cut, embedded by the local model and found by the embedded
store, all by the code that people use. A passage stands for a text when a third of either lies in the other.
"""

import argparse
import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4, uuid5

import benchmarks.inside  # noqa: F401  sets Django up
from assistant.evaluation.judged import JudgedDocument, JudgedQuery, JudgedSet, read_set
from assistant.evaluation.measures import mean, measure
from assistant.local.model import DIMENSION, NAME, EmbeddingModel, Vector
from benchmarks.figures import table
from benchmarks.machine import cores
from ingestion.chunk import chunk, text_to_embed, without_headings
from ingestion.packaged import LONGEST, tokenizer_file
from ingestion.parse.blocks import Block, assemble, heading
from ingestion.parse.document import ParsedDocument
from ingestion.sizes import TokenStarts
from ingestion.store import IndexEntry, Mode
from ingestion.store.lance import LanceStore
from ingestion.tokenizer import tokenizer_at

SHAPES = ("texts", "headings", "plain")
MODES: tuple[Mode, ...] = ("vector", "hybrid")
DEPTH = 40  # passages looked at for ten texts
COLLECTION = uuid4()
HEAD = ["set", "tokens", "overlap", "passages", "tokens a passage", "nDCG@10, meaning", "nDCG@10, both"]


@dataclass(frozen=True)
class Source:
    """A document, and where in its text each judged text lies."""

    tenant: str
    title: str
    parsed: ParsedDocument
    spans: tuple[tuple[int, int, str], ...]

    def judged(self, start: int, end: int) -> list[str]:
        """The texts that a passage stands for, the one with the most of it first."""
        shared = [
            (min(end, stop) - max(start, begin), stop - begin, name) for begin, stop, name in self.spans
        ]
        enough = [(both, name) for both, size, name in shared if both * 3 >= min(size, end - start)]
        return [name for _, name in sorted(enough, key=lambda each: -each[0])]


class Embedder:
    """The local model itself; a text is computed once, however many settings make it."""

    def __init__(self) -> None:
        self._model = EmbeddingModel()
        self._pool = ThreadPoolExecutor(cores())
        self._known: dict[bytes, Vector] = {}

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        encoded = self._model.tokenize(list(new.values()))
        self._known |= dict(zip(new, self._pool.map(self._model.embed, encoded), strict=True))
        return [self._known[key] for key in keys]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.chunk_sizes", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--targets", nargs="+", type=int, default=[96, 128, 160, 200, 254])
    parser.add_argument("--overlaps", nargs="+", type=int, default=[0, 30, 60])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--queries", type=int, default=600, help="asked of each set, evenly spread over it")
    arguments = parser.parse_args()
    tokens, embedder, rows = tokenizer_at(str(tokenizer_file())), Embedder(), []
    for folder in arguments.folders:
        judged = read_set(folder)
        queries = judged.queries[:: max(1, len(judged.queries) // arguments.queries)]
        for shape in arguments.shapes:
            sources = list(documents(judged, shape))
            for target in arguments.targets:
                for overlap in (each for each in arguments.overlaps if each <= target // 2):
                    figures = tried(sources, queries, target, overlap, tokens, embedder)
                    rows.append([f"{folder.name}, {shape}", str(target), str(overlap), *figures])
                    print(*rows[-1], sep=" | ", flush=True)
    print(table(HEAD, rows))


def documents(judged: JudgedSet, shape: str) -> Iterator[Source]:
    if shape == "texts":
        for each in judged.documents:
            text, sections = assemble([Block("text", each.text)])
            parsed = ParsedDocument(text, sections, "", "text/plain", None, ())
            yield Source(each.tenant, each.title, parsed, ((0, len(text), each.id),))
        return
    by_tenant: dict[str, list[JudgedDocument]] = defaultdict(list)
    for each in judged.documents:
        by_tenant[each.tenant].append(each)
    for tenant, texts in by_tenant.items():
        yield joined(tenant, texts, headings=shape == "headings")


def joined(tenant: str, texts: Sequence[JudgedDocument], *, headings: bool) -> Source:
    blocks: list[Block] = []
    for each in texts:
        blocks += [heading(each.title, 2)] if headings and each.title else []
        blocks.append(Block("text", each.text))
    text, sections = assemble(blocks)
    spans, place = [], 0
    for each in texts:
        own, _ = assemble([Block("text", each.text)])
        start = text.index(own, place)
        place = start + len(own)
        spans.append((start, place, each.id))
    return Source(tenant, tenant, ParsedDocument(text, sections, "", "text/plain", None, ()), tuple(spans))


def tried(
    sources: Sequence[Source],
    queries: Sequence[JudgedQuery],
    target: int,
    overlap: int,
    tokens: TokenStarts,
    embedder: Embedder,
) -> list[str]:
    names: dict[UUID, list[str]] = {}
    entries: dict[str, list[IndexEntry]] = defaultdict(list)
    counted = 0
    for source in sources:
        version = uuid4()
        chunks = chunk(
            source.parsed,
            title=source.title,
            target=target,
            overlap=overlap,
            longest=LONGEST - 2,
            tokens=tokens,
        )
        vectors = embedder.vectors(
            [
                text_to_embed(c.text, title=source.title, heading=c.heading, table_header=c.table_header)
                for c in chunks
            ]
        )
        for piece, vector in zip(chunks, vectors, strict=True):
            key = uuid5(version, str(piece.position))
            names[key] = source.judged(piece.start, piece.end)
            title = " > ".join([source.title, *piece.heading])
            body = without_headings(piece.text, piece.heading)
            entries[source.tenant].append(IndexEntry(key, version, COLLECTION, title, body, vector.tolist()))
            counted += piece.tokens
    asked = embedder.vectors([query.text for query in queries])
    with TemporaryDirectory() as folder:
        measures = asyncio.run(searched(Path(folder), entries, queries, asked, names))
    return [str(len(names)), str(counted // len(names)), *(f"{measures[mode]:.3f}" for mode in MODES)]


async def searched(
    folder: Path,
    entries: dict[str, list[IndexEntry]],
    queries: Sequence[JudgedQuery],
    vectors: Sequence[Vector],
    names: dict[UUID, list[str]],
) -> dict[Mode, float]:
    store = LanceStore(folder, model=NAME, dimension=DIMENSION)
    tenants = {name: uuid4() for name in entries}
    for name, each in entries.items():
        await store.upsert(tenants[name], each)
        await store.maintain(tenants[name])
    figures: dict[Mode, float] = {}
    for mode in MODES:
        measured = []
        for query, vector in zip(queries, vectors, strict=True):
            hits = await store.search(
                tenants[query.tenant],
                collections=[COLLECTION],
                text=query.text,
                vector=vector.tolist(),
                limit=DEPTH,
                mode=mode,
            )
            ranking = list(dict.fromkeys(name for hit in hits for name in names[hit.passage]))
            measured.append(measure(ranking, query.relevant))
        figures[mode] = mean(measured).ndcg_10
    return figures


if __name__ == "__main__":
    main()
