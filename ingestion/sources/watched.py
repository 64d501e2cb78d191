"""The folders of this server that the operator opens to sources, and to whom.

An organisation's admin must not read the server's files: what is not below one of these does not exist for them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ingestion.sources.errors import SourceError


@dataclass(frozen=True)
class WatchedFolder:
    path: Path
    organisation: str  # "" for all


def watched_folders() -> list[WatchedFolder]:
    """WATCHED_FOLDERS: paths, each with “=” and an organisation's name where it is not for all."""
    entries = (entry.partition("=") for entry in settings.WATCHED_FOLDERS if entry.strip())
    return [WatchedFolder(Path(path.strip()), name.strip()) for path, _, name in entries]


def open_watched(wanted: str, *, organisation: str) -> int:
    """A descriptor of a folder at or below a watched one. No step of the way may be a symbolic link.

    Each step is opened from the one before, so that nothing exchanged meanwhile leads elsewhere.
    """
    path = Path(wanted)
    for folder in watched_folders():
        if folder.organisation in ("", organisation) and path.is_relative_to(folder.path):
            steps = path.relative_to(folder.path).parts
            if ".." not in steps:
                return _descend(folder.path, steps)
    raise SourceError(
        "This folder is not open to your organisation. The operator names such folders in WATCHED_FOLDERS."
    )


def _descend(root: Path, steps: tuple[str, ...]) -> int:
    here = -1
    try:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for step in steps:
            below = os.open(step, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
    except OSError as error:
        if here >= 0:
            os.close(here)
        raise SourceError(
            "This folder cannot be opened: it is missing, a link, or not for this server to read."
        ) from error
    return here
