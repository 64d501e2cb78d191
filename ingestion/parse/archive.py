"""ZIP containers (Office, OpenDocument, EPUB, archives), read with limits and never unpacked to disk."""

import io
import zipfile
import zlib
from dataclasses import dataclass

from ..errors import DocumentError

MAX_MEMBERS = 10_000
MAX_TOTAL = 400_000_000
MAX_MEMBER = 200_000_000
# Real Office files stay below 1:60; a bomb starts at 1:1000. Small members may compress as well as they like.
MAX_RATIO = 250
RATIO_FLOOR = 20_000_000


@dataclass(frozen=True)
class Archive:
    zip: zipfile.ZipFile
    names: frozenset[str]

    def read(self, name: str, *, limit: int = MAX_MEMBER) -> bytes:
        """At most `limit` bytes of a member; b"" if there is none. Sizes in the file are not believed."""
        if name not in self.names:
            return b""
        try:
            with self.zip.open(name) as member:
                return member.read(limit)
        except RuntimeError as error:
            raise DocumentError(
                "encrypted", "This file is protected with a password. Upload it without."
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise _corrupt() from error


def open_archive(data: bytes) -> Archive:
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
        members = opened.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise _corrupt() from error
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL or any(m.file_size > MAX_MEMBER for m in members):
        raise _bomb()
    if total > RATIO_FLOOR and total > MAX_RATIO * len(data):
        raise _bomb()
    if any(member.flag_bits & 1 for member in members):
        raise DocumentError("encrypted", "This file is protected with a password. Upload it without.")
    return Archive(opened, frozenset(member.filename for member in members))


def _bomb() -> DocumentError:
    return DocumentError(
        "too_large",
        "This file unpacks to far more than its size suggests, so it was not opened. Split it up.",
    )


def _corrupt() -> DocumentError:
    return DocumentError(
        "corrupt", "This file is damaged or cut off. Open the original, save it again and upload that."
    )
