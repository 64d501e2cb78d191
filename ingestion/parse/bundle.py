"""ZIP archives: each member that can be read, under its own heading."""

from collections.abc import Callable
from pathlib import PurePosixPath

from ..errors import DocumentError
from .archive import open_archive
from .blocks import Reading, one_line

MAX_READ = 200


def read_zip(data: bytes, read_part: Callable[[bytes, str], Reading]) -> Reading:
    archive = open_archive(data)
    reading = Reading()
    names = sorted(name for name in archive.names if not name.endswith("/") and not _system(name))
    for name in names[:MAX_READ]:
        shown = one_line(
            "/".join(
                step for step in PurePosixPath(name.replace("\\", "/")).parts if step not in ("..", "/", ".")
            )
        )
        try:
            reading.add_part(shown, read_part(archive.read(name), shown))
        except DocumentError as error:
            reading.warnings.append(f"{shown} was left out: {error.sentence}")
    if len(names) > MAX_READ:
        reading.warnings.append(f"Only the first {MAX_READ} of {len(names)} files were read.")
    reading.warnings.append(
        "The files of this archive are one document here. Upload them one by one to tell them apart."
    )
    return reading


def _system(name: str) -> bool:
    return (
        name.startswith("__MACOSX/")
        or PurePosixPath(name).name.startswith((".", "~$"))
        or name.endswith("Thumbs.db")
    )
