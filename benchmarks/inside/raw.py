"""The baselines of ingestion: the parsing library alone, and the embedder alone, on the same documents."""

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from kreuzberg import extract_file_sync

from benchmarks import corpus
from ingestion.chunk import chunk
from ingestion.embed import embed_passages
from ingestion.index import run_async
from ingestion.parse import parse

SECONDS = 5.0  # bound of each measurement


def main() -> None:
    argparse.ArgumentParser().parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "document.md"
        path.write_text(corpus.document(0))
        parsed = parse(path, name=path.name)
        texts = [piece.text for piece in chunk(parsed, title="Document")]
        run_async(embed_passages(texts[:4]))
        figures = {
            "parser": per_second(lambda: extract_file_sync(str(path))),
            "embedder": per_second(lambda: run_async(embed_passages(texts))) * len(texts),
            "chunker": per_second(lambda: chunk(parsed, title="Document")),
        }
    print(json.dumps(figures))


def per_second(call: object) -> float:
    assert callable(call)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS and count < 500:
        call()
        count += 1
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
