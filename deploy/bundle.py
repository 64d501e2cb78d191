#!/usr/bin/env python3
"""Joins the scripts of each page in one file and its styles in another: a browser would fetch a hundred.

    npm ci --omit=dev --ignore-scripts && python deploy/vendor.py && python deploy/bundle.py

The source in static/js and static/css stays plain: the application serves it as it lies there whenever the bundles
are missing or were made from anything else (tenants/assets.py). Only standard library; esbuild is a single program.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "static"
BUILT = STATIC / "built"
SCRIPTS = ("js/chat.js", "js/documents/documents.js", "js/sharing/shared.js", "js/sharing/print.js")
STYLES = tuple(f"css/pages/{name}.css" for name in ("chat", "documents", "shared", "print"))
OPTIONS = (
    *("--bundle", "--minify", "--charset=utf8", "--log-level=warning", "--legal-comments=eof"),
    *("--format=esm", "--entry-names=[name]-[hash]", "--external:*.woff2"),
)


def esbuild() -> Path:
    """Raises SystemExit when npm has not installed it."""
    found = next((ROOT / "node_modules" / "@esbuild").glob("*/bin/esbuild"), None)
    if found is None:
        raise SystemExit("esbuild is not in node_modules. Run `npm ci --ignore-scripts` first.")
    return found


def bundle(entry: str, target: Path) -> tuple[str, set[str]]:
    """The file's name, and what it was made of. What a script imports later is in it; great libraries are not."""
    meta = target / "meta.json"
    command = [str(esbuild()), entry, *OPTIONS, f"--outdir={target}", f"--metafile={meta}"]
    subprocess.run(command, cwd=STATIC, check=True)
    account = json.loads(meta.read_text())
    meta.unlink()
    (written,) = account["outputs"]
    return Path(written).name, set(account["inputs"])


def build() -> int:
    """The number of bundles. They change together, and only when all could be made."""
    target = BUILT.with_name("built.new")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    pages, inputs = {}, set()
    for entry in (*SCRIPTS, *STYLES):
        name, read = bundle(entry, target)
        pages[entry] = f"built/{name}"
        inputs |= read
    digests = {name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest() for name in sorted(inputs)}
    (target / "manifest.json").write_text(json.dumps({"pages": pages, "inputs": digests}, indent=1))
    shutil.rmtree(BUILT, ignore_errors=True)
    target.rename(BUILT)
    return len(pages)


if __name__ == "__main__":
    print(f"static/built: {build()} bundles.")
    sys.exit(0)
