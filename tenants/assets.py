"""Which file a page's scripts or styles are: a bundle of deploy/bundle.py, or the source as it lies in static/."""

import json
import logging
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)

# Stands in every page, and the Content-Security-Policy allows it by its digest. Read once: while it is being changed,
# start the server again.
EARLY = (Path(__file__).parents[1] / "static" / "js" / "early.js").read_text()
EARLY_DIGEST = f"'sha256-{b64encode(sha256(EARLY.encode()).digest()).decode()}'"


def asset(entry: str) -> str:
    """Paths under static/. While DEBUG is on always the source: a change is seen when the page is loaded again."""
    return entry if settings.DEBUG else bundles(settings.BASE_DIR / "static").get(entry, entry)


@cache
def bundles(static: Path) -> dict[str, str]:
    """Those made of exactly what lies in `static` now; empty when it has changed since, or nothing was made."""
    try:
        made = json.loads((static / "built" / "manifest.json").read_text())
    except FileNotFoundError:
        return {}
    if any(digest != digest_of(static / name) for name, digest in made["inputs"].items()):
        log.info("static/built was made of other files, and is not used: python deploy/bundle.py")
        return {}
    return dict(made["pages"])


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
