"""Files inside a file: attachments, members of archives, what is embedded in PDF and Office files.

They are listed with the document and handed out one after the other; each becomes a document of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

NAME_LENGTH = 300
BLOCK = 1 << 20
_SYSTEM_FOLDERS = {"__macosx", ".git", ".svn"}
_SYSTEM_FILES = {"thumbs.db", "desktop.ini", ".ds_store"}


@dataclass(frozen=True)
class FilePart:
    """A file inside another; `blocks` gives its content, and raises DocumentError when it cannot be had."""

    name: str
    blocks: Callable[[], Iterator[bytes]]


def whole(data: bytes) -> Callable[[], Iterator[bytes]]:
    """Content that is in memory already, as blocks."""
    return lambda: (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))


def safe_path(name: str) -> str:
    """A name from inside a file as folders and a file name: nothing that leads elsewhere, or that cannot be seen."""
    steps = [
        "".join(c for c in step if c.isprintable()).strip() for step in name.replace("\\", "/").split("/")
    ]
    steps = [step for step in steps if step.strip(". ") and not (len(step) == 2 and step[1] == ":")]
    while len(steps) > 1 and len("/".join(steps)) > NAME_LENGTH:
        del steps[0]
    path = PurePosixPath("/".join(steps) or "unnamed")
    if len(str(path)) > NAME_LENGTH:
        path = PurePosixPath(path.stem[: NAME_LENGTH - 20] + path.suffix[:20])
    return str(path)


def is_system(name: str) -> bool:
    """What file managers and version control leave lying about, which is nobody's document."""
    *folders, file = (step.lower() for step in safe_path(name).split("/"))
    return file in _SYSTEM_FILES or file.startswith(("~$", "._")) or not _SYSTEM_FOLDERS.isdisjoint(folders)


def named_apart(parts: Iterable[FilePart]) -> list[FilePart]:
    """The same parts under safe names of which no two are alike, the same ones each time."""
    taken: set[str] = set()
    return [FilePart(apart(safe_path(part.name), taken), part.blocks) for part in parts]


def apart(name: str, taken: set[str]) -> str:
    """The name, or with a number when it is taken; takes it."""
    path, number = PurePosixPath(name), 1
    while name in taken:
        number += 1
        name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
    taken.add(name)
    return name
