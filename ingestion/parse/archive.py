"""ZIP containers (Office, OpenDocument, EPUB, archives), read with limits and never unpacked to disk."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pyzipper

from ..errors import DocumentError, _
from .parts import BLOCK

MAX_MEMBERS = 10_000
MAX_TOTAL = 400_000_000
MAX_MEMBER = 200_000_000
# Real Office files stay below 1:60; a bomb starts at 1:1000. Small members may compress as well as they like.
MAX_RATIO = 250
RATIO_FLOOR = 20_000_000
_UNREADABLE = (
    *(zipfile.BadZipFile, pyzipper.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, NotImplementedError),
)


@dataclass(frozen=True)
class Archive:
    zip: zipfile.ZipFile
    names: frozenset[str]

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        return self.zip.infolist()

    @property
    def encrypted(self) -> bool:
        return any(member.flag_bits & 1 for member in self.members)

    def read(self, name: str, *, limit: int = MAX_MEMBER) -> bytes:
        """At most `limit` bytes of a member; b"" if there is none. Sizes in the file are not believed."""
        if name not in self.names:
            return b""
        with self._opened(name) as member:
            return member.read(limit)

    def reader(self, member: zipfile.ZipInfo) -> Callable[[], Iterator[bytes]]:
        """A member's content in blocks, for one that may be large."""

        def blocks() -> Iterator[bytes]:
            with self._opened(member) as file:
                while block := file.read(BLOCK):
                    yield block

        return blocks

    @contextmanager
    def _opened(self, member: str | zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        try:
            with self.zip.open(member) as file:
                yield file
        except RuntimeError as error:
            raise DocumentError(
                "encrypted",
                _(
                    "This file is protected with a password. Enter its password, or upload a copy that has none."
                ),
            ) from error
        except _UNREADABLE as error:
            raise corrupt() from error


def open_archive(data: bytes, password: str = "") -> Archive:
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
        if password and any(member.flag_bits & 1 for member in opened.infolist()):
            opened = pyzipper.AESZipFile(io.BytesIO(data))  # knows both kinds of encryption
            opened.setpassword(password.encode())
        members = opened.infolist()
    except (*_UNREADABLE, ValueError) as error:
        raise corrupt() from error
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL or any(m.file_size > MAX_MEMBER for m in members):
        raise bomb()
    if total > RATIO_FLOOR and total > MAX_RATIO * len(data):
        raise bomb()
    return Archive(opened, frozenset(member.filename for member in members))


def bomb() -> DocumentError:
    return DocumentError(
        "too_large",
        _("This file unpacks to far more than its size suggests, so it was not opened. Split it up."),
    )


def corrupt() -> DocumentError:
    return DocumentError(
        "corrupt", _("This file is damaged or cut off. Open the original, save it again and upload that.")
    )
