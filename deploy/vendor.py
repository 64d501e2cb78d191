#!/usr/bin/env python3
"""Copies the browser libraries that npm installed from node_modules/ to static/vendor/.

    npm ci --ignore-scripts && python deploy/vendor.py

Nothing is built and no copied file is committed. Only standard library, so that it runs before any other step.
Running it again is harmless: a file that is already there is left alone.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
INTER = "@fontsource-variable/inter"

FILES = {
    "marked/lib/marked.esm.js": "marked.js",
    "marked/LICENSE": "marked.LICENSE.txt",
    "dompurify/dist/purify.es.mjs": "dompurify.js",
    "dompurify/LICENSE": "dompurify.LICENSE.txt",
    f"{INTER}/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    f"{INTER}/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    f"{INTER}/LICENSE": "inter.LICENSE.txt",
}


def missing(modules: Path = MODULES) -> list[str]:
    return [source for source in FILES if not (modules / source).is_file()]


def copy(modules: Path = MODULES, vendor: Path = VENDOR) -> int:
    """The number of files that were new or had changed."""
    vendor.mkdir(parents=True, exist_ok=True)
    copied = 0
    for source, name in FILES.items():
        origin, target = modules / source, vendor / name
        content = _without_source_map(origin.read_bytes()) if target.suffix == ".js" else origin.read_bytes()
        if target.is_file() and target.read_bytes() == content:
            continue
        target.write_bytes(content)
        copied += 1
    return copied


def _without_source_map(script: bytes) -> bytes:
    """The maps are not copied, and a pointer to a missing file makes collectstatic with hashed names fail."""
    return re.sub(rb"(?m)^//# sourceMappingURL=.*$", b"", script)


def main() -> int:
    if absent := missing():
        print(f"{absent[0]} is not in node_modules. Run `npm ci --ignore-scripts` first.", file=sys.stderr)
        return 1
    print(f"static/vendor: {copy()} of {len(FILES)} files copied.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
