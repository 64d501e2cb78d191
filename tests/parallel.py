"""Tests in several processes at once (`pytest -n 2`): each with files of its own, and the longest first."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

# Minutes long. What begins last ends last: none of these may begin when all others are done.
LONGEST = [
    "tests/test_on_postgresql.py",
    "tests/stack/test_chaos.py",
    "tests/stack",
    "tests/assistant/test_backup.py",
    "tests/isolation",
    "tests/observe/test_worker.py",
    "tests/journey",
    "tests/look/test_admin_pages",
    "tests/look/test_overlays.py",
    "tests/ingestion/test_store_contract.py",
]


class Scheduling(LoadScopeScheduling):
    """A file's tests stay in one process and share its servers; those of `tests/stack` share an installation."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return next((start for start in LONGEST if path.startswith(start)), path)


def is_one_of_several(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def keep_files_apart(config: pytest.Config) -> None:
    """Locks, the index and whatever else lies in VAR_DIR; pytest-django gives each process its own database."""
    settings.VAR_DIR = Path(settings.VAR_DIR) / "tests" / config.workerinput["workerid"]
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    os.environ["VAR_DIR"] = str(settings.VAR_DIR)


def longest_first(items: list[pytest.Item]) -> None:
    """The others keep their order."""

    def place(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=place)
