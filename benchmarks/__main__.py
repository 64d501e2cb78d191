"""Measures Colloquy and writes docs/benchmarks.md: `python -m benchmarks [--only SECTION ...] [--quick]`."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import chats, first_token, ingest, page, reading, retrieval, servers, startup, weaviate
from benchmarks.processes import ROOT

SECTIONS: dict[str, Callable[..., str]] = {
    "first_token": first_token.run,
    "chats": chats.run,
    "servers": servers.run,
    "ingest": ingest.run,
    "retrieval": retrieval.run,
    "weaviate": weaviate.run,
    "startup": startup.run,
    "reading": reading.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    parser.add_argument("--quick", action="store_true", help="minutes fewer, and figures less firm")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md")
    arguments = parser.parse_args()
    failed = []
    for name in arguments.only:
        began = time.monotonic()
        print(f"{name} ...", flush=True)
        try:
            text = SECTIONS[name](quick=arguments.quick)
        except Exception as error:  # one section that cannot be measured must not cost the others
            print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        page.write(arguments.page, name, text, quick=arguments.quick)
        print(f"{text}\n({time.monotonic() - began:.0f} s)\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
