"""The file itself: a gzipped tar whose last member holds the checksums of all others."""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from assistant.backup import CHECKSUMS, FORMAT, MANIFEST, BackupError

COMPRESSION = 1  # originals are mostly compressed already
BLOCK = 1 << 20

Manifest = dict[str, Any]


class Writer:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.checksums: dict[str, str] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """`size` bytes from where `content` stands. BackupError when there are fewer."""
        hashing = Hashing(content)
        entry = tarfile.TarInfo(name)
        entry.size = size
        try:
            self._tar.addfile(entry, hashing)
        except OSError as error:
            raise BackupError(f"{name} could not be put into the backup: {error}") from error
        self.checksums[name] = hashing.digest.hexdigest()

    def add_text(self, name: str, text: str) -> None:
        content = text.encode()
        self.add(name, io.BytesIO(content), len(content))


class Hashing(io.RawIOBase):
    """Passes on what is read and hashes it."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self._content.read(size)
        self.digest.update(block)
        return block


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """A new archive at `path`, readable by its owner alone, which is there only once it is whole."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with (
            open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w:gz", compresslevel=COMPRESSION) as tar,
        ):
            writer = Writer(tar)
            writer.add_text(MANIFEST, json.dumps({"format": FORMAT, **manifest}))
            yield writer
            writer.add_text(CHECKSUMS, json.dumps(writer.checksums))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """(name, content, size), in the order in which they were written."""
    with gzip.open(path) as whole, tarfile.open(fileobj=whole, mode="r|") as tar:
        for entry in tar:
            content = tar.extractfile(entry)
            if content is not None:
                yield entry.name, content, entry.size
        while whole.read(BLOCK):  # to the end, where gzip's own checksum is, of what lies between members too
            pass


def verified_manifest(path: Path) -> Manifest:
    """The manifest of an archive that was read to its end and is what was written. Raises BackupError."""
    try:
        found, texts = digests(path)
    except FileNotFoundError as error:
        raise BackupError(f"{path} does not exist.") from error
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise BackupError(f"{path} is no backup, or is damaged: {error}") from error
    expected = texts.get(CHECKSUMS)
    found.pop(CHECKSUMS, None)
    if MANIFEST not in texts or expected is None:
        raise BackupError(f"{path} is no backup, or its end is missing.")
    if damaged := sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    ):
        raise BackupError(f"{path} is damaged: {damaged[0]} is not what was saved. Use another backup.")
    manifest: Manifest = texts[MANIFEST]
    if manifest["format"] != FORMAT:
        raise BackupError(
            f"{path} was made by a newer Colloquy ({manifest['version']}). Restore it with that version."
        )
    return manifest


def digests(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The checksum of every member, and what the members about the archive say."""
    found: dict[str, str] = {}
    texts: dict[str, Any] = {}
    for name, content, _ in members(path):
        digest = hashlib.sha256()
        if name in (MANIFEST, CHECKSUMS):
            text = content.read()
            digest.update(text)
            texts[name] = json.loads(text)
        while block := content.read(BLOCK):
            digest.update(block)
        found[name] = digest.hexdigest()
    return found, texts
