"""Static files compressed, also where no proxy in front does it: half of what makes a page appear soon is its size."""

import gzip
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

TEXTS = (".css", ".js", ".json", ".svg", ".webmanifest")
WORTH_IT = 500  # bytes


class CompressedStaticMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Each file is compressed once, when a process first sees it, and kept under VAR_DIR."""

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> Any:
        plain = super().get_static_file(path, url, stat_cache)
        if not path.endswith(TEXTS) or Path(path).stat().st_size < WORTH_IT:
            return plain
        packed = str(compressed(Path(path)))
        stats = {name: Path(name).stat() for name in (path, packed)}
        _, _, headers = plain.alternatives[-1]
        kept = [
            (name, value)
            for name, value in headers
            if name not in ("Content-Length", "Last-Modified", "ETag", "Vary")
        ]
        return StaticFile(path, kept, stat_cache=stats, encodings={"gzip": packed})


def compressed(path: Path) -> Path:
    """The compressed copy of a file, made unless it is there. Its name tells the content, so it never grows old."""
    content = path.read_bytes()
    target = settings.VAR_DIR / "run" / "static" / f"{sha256(content).hexdigest()[:32]}.gz"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_suffix(f".{os.getpid()}")
        half.write_bytes(gzip.compress(content, 9, mtime=0))
        half.replace(target)
    return target
