"""The instant embedder: bags of hashed words, so that like texts are near and the same text is the same."""

import base64
from typing import Any
from zlib import crc32

import numpy as np

from benchmarks.upstream.script import Script

Vectors = np.ndarray[Any, np.dtype[np.float32]]


def embed(texts: list[str], dimension: int) -> Vectors:
    """(n, dimension) unit vectors. A word adds one at a position and takes a half at another."""
    vectors = np.zeros((len(texts), dimension), dtype=np.float32)
    for row, text in zip(vectors, texts, strict=True):
        codes = np.array([crc32(word) for word in text.lower().encode().split()] or [0], dtype=np.uint32)
        row += np.bincount(codes % dimension, minlength=dimension)
        row -= 0.5 * np.bincount((codes >> 7) % dimension, minlength=dimension)
        row[0] += 1e-3  # never the zero vector
        row /= np.linalg.norm(row)
    return vectors


def response(body: dict[str, Any], script: Script, *, default_dimension: int) -> dict[str, Any]:
    given = body.get("input", [])
    texts = [given] if isinstance(given, str) else [str(text) for text in given]
    vectors = embed(texts, script.dimension or int(body.get("dimensions") or 0) or default_dimension)
    if script.fault == "nan":
        vectors[:] = np.nan
    if script.fault == "short":
        vectors = vectors[:-1]
    if body.get("encoding_format") == "base64":
        rows: list[Any] = [base64.b64encode(vector.tobytes()).decode() for vector in vectors]
    else:
        rows = vectors.tolist()
    words = sum(text.count(" ") + 1 for text in texts)
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)],
        "model": str(body.get("model", "")),
        "usage": {"prompt_tokens": words, "total_tokens": words},
    }
