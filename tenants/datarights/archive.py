"""The file of an export: a ZIP that is written bit by bit, whose last member lists the checksum of every other."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from tenants.audit.chain import settled

BLOCK = 1 << 20
MANIFEST = "manifest.json"


class Archive:
    """`beat` is called after each member and each thousand rows: a sign of life that may also raise."""

    def __init__(self, file: IO[bytes], beat: Callable[[], None] = lambda: None) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._beat = beat
        self.checksums: dict[str, str] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as member:

            def write(block: bytes) -> None:
                digest.update(block)
                member.write(block)

            yield write
        self.checksums[name] = digest.hexdigest()
        self._beat()

    def text(self, name: str, text: str) -> None:
        with self.member(name) as write:
            write(text.encode())

    def json(self, name: str, value: Any) -> None:
        self.text(name, json.dumps(settled(value), ensure_ascii=False, indent=2) + "\n")

    def json_lines(self, name: str, rows: Iterable[Any]) -> int:
        count = 0
        with self.member(name) as write:
            for row in rows:
                write(json.dumps(settled(row), ensure_ascii=False).encode() + b"\n")
                count += 1
                if count % 1000 == 0:
                    self._beat()
        return count

    def copy(self, name: str, content: IO[bytes]) -> None:
        with self.member(name) as write:
            while block := content.read(BLOCK):
                write(block)

    def finish(self, about: dict[str, Any]) -> None:
        made = {"made": datetime.now(UTC).isoformat(), **about, "sha256": self.checksums}
        self._zip.writestr(MANIFEST, json.dumps(settled(made), ensure_ascii=False, indent=2) + "\n")
