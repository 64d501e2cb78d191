"""Vectors in columns of the database: half floats in base64, which backups and exports carry like any text."""

import base64
from collections.abc import Sequence

import numpy as np

from ingestion.embed import Vectors


def pack(vector: Vectors) -> str:
    return base64.b64encode(np.asarray(vector, "<f2").tobytes()).decode()


def unpack(packed: Sequence[str]) -> Vectors:
    """A matrix of unit rows. All must be of one embedding model."""
    rows = [np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32) for text in packed]
    matrix = np.array(rows, np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True) if rows else matrix
