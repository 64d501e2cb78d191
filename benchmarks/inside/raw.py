"""The baselines of ingestion, on the same files: the parsing library alone, and the embedding model alone.

The parser is pypdfium2 for PDF and kreuzberg for the rest, one file after the other. The embedder is the local model
called directly with every core busy, or the endpoint with full requests. Neither writes anything anywhere.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from django.conf import settings
from kreuzberg import extract_file_sync

from assistant.local.model import EmbeddingModel
from benchmarks.inside.kinds import KINDS, files
from benchmarks.machine import cores
from ingestion.chunk import chunk, text_to_embed
from ingestion.embed import embed_passages
from ingestion.index import run_async
from ingestion.parse import parse
from ingestion.tokenizer import chunk_sizes

MOST_FILES, MOST_TEXTS = 100, 2_000  # of each: what is enough to know a rate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    numbers = range(1000, 1000 + min(arguments.count, MOST_FILES))
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name, _ in files(arguments.kind, numbers)]
        for path, (_, content) in zip(paths, files(arguments.kind, numbers), strict=True):
            path.write_bytes(content)
        began = time.perf_counter()
        for path in paths:
            parse_raw(path)
        parsing = (time.perf_counter() - began) / len(paths)
        texts: list[str] = []
        for path in paths:
            parsed = parse(path, name=path.name)
            chunks = chunk(parsed, title=path.stem, **chunk_sizes())
            texts += [text_to_embed(c.text, title=path.stem, heading=c.heading) for c in chunks]
            if len(texts) > MOST_TEXTS:
                break
    print(json.dumps({"parser": 1 / parsing, "embedder": embedded_per_second(texts[:MOST_TEXTS])}))


def parse_raw(path: Path) -> None:
    if path.suffix != ".pdf":
        extract_file_sync(str(path))
        return
    document = pypdfium2.PdfDocument(str(path))
    for page in document:
        page.get_textpage().get_text_bounded()
    document.close()


def embedded_per_second(texts: Sequence[str]) -> float:
    if settings.EMBEDDING_URL:
        run_async(embed_passages(texts[:4]))
        began = time.perf_counter()
        run_async(embed_passages(texts))
        return len(texts) / (time.perf_counter() - began)
    model = EmbeddingModel()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(model.embed, model.tokenize(texts[:8])))
        began = time.perf_counter()
        list(pool.map(model.embed, model.tokenize(texts)))
        return len(texts) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
