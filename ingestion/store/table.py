"""A tenant's LanceDB table: its columns, its indexes, and each call of the engine that the store makes on it."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from ingestion.store import IndexEntry
from ingestion.store.words import TOKENIZER, storable, words

SEEN_WORDS = 4_000  # characters of a question that keyword search looks at
UNINDEXED_ROWS = 500  # and a fiftieth of the table: 20 ms of each keyword search
INDEX_PIECES = 4
PROBES, REFINE = 32, 4
VECTOR_INDEX_ROWS = 10_000  # below, comparing every vector is as fast and misses nothing
# Old states of a table: compaction leaves a whole copy, and a search needs one for milliseconds.
KEPT_FOR = timedelta(seconds=30)
