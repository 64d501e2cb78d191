"""What tests of ingestion share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.upstream import Upstream, serving
from ingestion import index


@pytest.fixture
def own_index(transactional_db, settings, tmp_path: Path) -> Iterator[Upstream]:
    """Files and an index of this test alone, and an embedding model that answers at once."""
    with serving() as upstream:
        settings.VAR_DIR = tmp_path
        settings.EMBEDDING_URL, settings.EMBEDDING_MODEL = upstream.url, "instant"
        settings.EMBEDDING_DIMENSION = 384
        index._open.cache_clear()
        yield upstream
    index._open.cache_clear()
