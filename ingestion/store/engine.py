"""Loads LanceDB's native engine without the Python package around it.

`import lancedb` also imports its clients for remote services: 1.1 s and 48 MiB more in a process that has loaded
Django and the model SDK. The web process only searches, and the engine alone does that. Whatever needs the package
(adding rows, making indexes) imports it as usual and shares this engine.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

_loading = Lock()


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
