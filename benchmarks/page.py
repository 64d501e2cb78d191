"""docs/benchmarks.md: a heading, how it was taken, and one part a section, each replaced on its own."""

import re
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import described

HEAD = """# Benchmarks

Written by `make bench`; do not edit by hand. The model is a scripted server on the same machine that answers
at a fixed pace, and the embedder beside it answers at once, so what is measured is Colloquy and not a model.
They, the measuring client and all of Colloquy share the cores named under each table. A *token delay* is the
time from the scripted model sending a token to the client holding it; gaps between tokens alone would hide
late bursts.
"""
ORDER = ("first_token", "chats", "servers", "ingest", "retrieval", "weaviate", "startup", "reading")


def write(page: Path, section: str, text: str, *, quick: bool) -> None:
    """Put a section's text in its place and leave the others as they are."""
    parts = existing(page)
    hurried = " A quick run: too short for firm figures." if quick else ""
    taken = f"{datetime.now(tz=UTC):%d %B %Y}, on {described()}{hurried}"
    parts[section] = f"{text.strip()}\n\n*Taken {taken}*"
    body = [f"<!-- {name} -->\n{parts[name]}\n<!-- end -->" for name in ORDER if name in parts]
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n\n".join([HEAD.strip(), *body]) + "\n")


def existing(page: Path) -> dict[str, str]:
    if not page.exists():
        return {}
    return dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- end -->", page.read_text(), flags=re.DOTALL))
