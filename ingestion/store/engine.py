"""Loads LanceDB's native engine without the Python package around it.

`import lancedb` also imports its clients for remote services: 1.1 s and 48 MiB more in a process that has loaded
Django and the model SDK. The web process only searches, and the engine alone does that. Whatever needs the package
(adding rows, making indexes) imports it as usual and shares this engine.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

INDEX_CACHE, METADATA_CACHE = (
    64 * 2**20,
    32 * 2**20,
)  # bytes a process keeps of indexes and of descriptions of tables

_loading = Lock()
_used_by: int | None = None  # the process whose threads serve the engine


class UsedBeforeFork(Exception):
    """A mistake in how processes are started, and nothing that trying again could mend."""


async def connect(folder: Path) -> Any:
    global _used_by
    refuse_forked()
    _used_by = os.getpid()
    native = engine()
    session = native.Session(INDEX_CACHE, METADATA_CACHE)
    return await native.connect(str(folder), *[None] * 7, session)


def refuse_forked() -> None:
    """The engine's threads do not survive a fork: in a child it would hang or crash, so this says it instead."""
    if _used_by not in (None, os.getpid()):
        raise UsedBeforeFork(
            "The search index was used in this process's parent before it forked. Fork first, then search."
        )


def engine() -> ModuleType:
    with _loading:
        loaded = sys.modules.get("lancedb._lancedb")
        return loaded or (import_module("lancedb._lancedb") if "lancedb" in sys.modules else _load_alone())


def _load_alone() -> ModuleType:
    """An empty stand-in for the package while its one native module loads; gone before anyone else can meet it."""
    spec = find_spec("lancedb")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("lancedb is not installed", name="lancedb")
    package = ModuleType("lancedb")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["lancedb"] = package
    try:
        return import_module("lancedb._lancedb")
    finally:
        del sys.modules["lancedb"]
