"""One production stack for all tests of this folder that only look at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.services import NotInstalled
from tests.services import missing
from tests.stack.compose import Stack, compose_stack


@pytest.fixture(scope="session")
def stack(server_folder: Path) -> Iterator[Stack]:
    """Two web and two worker processes, as `docker compose up` starts them."""
    try:
        with compose_stack(server_folder / "stack") as running:
            yield running
    except NotInstalled as error:
        missing(str(error))
