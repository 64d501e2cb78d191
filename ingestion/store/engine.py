"""Loads LanceDB's native engine without the Python package around it.

`import lancedb` also imports its clients for remote services: 1.1 s and 48 MiB more in a process that has loaded
Django and the model SDK. The web process only searches, and the engine alone does that. Whatever needs the package
(adding rows, making indexes) imports it as usual and shares this engine.
"""

import ctypes
import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

ARENAS = 2
INDEX_CACHE, METADATA_CACHE = 64 * 2**20, 32 * 2**20  # bytes

_loading = Lock()
_used_by: int | None = None  # the process whose threads serve the engine


class UsedBeforeFork(Exception):
    """A mistake in how processes are started, and nothing that trying again could mend."""


async def connect(folder: Path) -> Any:
    global _used_by
    refuse_forked()
    _used_by = os.getpid()
    _save_memory()
    native = engine()
    session = native.Session(INDEX_CACHE, METADATA_CACHE)
    return await native.connect(str(folder), *[None] * 7, session)


def _save_memory() -> None:
    """glibc gives each of the engine's dozens of threads its own memory and seldom takes it back.

    Measured at 9,000 passages after 190 searches: 388 MiB resident without this, 188 MiB with it.
    """
    if "MALLOC_ARENA_MAX" not in os.environ:
        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(-8, ARENAS)  # M_ARENA_MAX


def refuse_forked() -> None:
    """The engine's threads do not survive a fork: in a child it would hang or crash, so this says it instead."""
    if _used_by not in (None, os.getpid()):
        raise UsedBeforeFork(
            "The search index was used in this process's parent before it forked. Fork first, then search."
        )


def engine() -> ModuleType:
    # Its log goes straight to standard error; its warnings are about its own upkeep, and errors reach us as exceptions.
    os.environ.setdefault("LANCEDB_LOG", "error")
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
