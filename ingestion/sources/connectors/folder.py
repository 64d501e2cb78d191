"""A folder of this server, below one that the operator has opened to sources."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from django import forms

from ingestion.sources.connector import Connector, Event, Item, Session, Settings, Unread
from ingestion.sources.watched import open_watched, watched_folders

# What editors and systems leave beside people's files.
TEMPORARY_BEGINNINGS = (".", "~", "#")
TEMPORARY_ENDINGS = ("~", ".tmp", ".temp", ".part", ".crdownload", ".swp", ".bak")
TEMPORARY_NAMES = {"thumbs.db", "desktop.ini"}


class FolderSettings(Settings):
    folder = forms.CharField(help_text="On the server, at or below one that the operator has opened.")
    below = forms.BooleanField(required=False, initial=True, label="With the folders inside it")


class Folder(Connector):
    kind = "folder"
    label = "Watched folder"
    description = "A folder of the server, such as a mounted network share."
    icon = "folder_eye"
    Settings = FolderSettings

    def check(self) -> str:
        folder = self._open()
        try:
            count = sum(1 for name in os.listdir(folder) if not is_temporary(name))  # noqa: PTH208  by its descriptor
        finally:
            os.close(folder)
        return f"The folder can be read. Files and folders in it: {count}."

    def changes(self, session: Session) -> Iterator[Event]:
        """Links are not followed: each folder is opened from the one above it, as itself or not at all."""
        root = self._open()
        failed: list[OSError] = []
        try:
            for path, folders, files, here in os.fwalk(".", dir_fd=root, onerror=failed.append):
                session.pause()
                folders[:] = sorted(name for name in folders if self._enters(name))
                for name in sorted(files):
                    if not is_temporary(name):
                        yield from self._file(os.path.normpath(os.path.join(path, name)), name, here)  # noqa: PTH118
        finally:
            os.close(root)
        if failed:
            # What lies in a folder that cannot be read just now must not count as gone.
            raise failed[0]

    def _open(self) -> int:
        return open_watched(self.options["folder"], organisation=self.organisation)

    def _enters(self, name: str) -> bool:
        return bool(self.options.get("below")) and not is_temporary(name)

    def _file(self, path: str, name: str, folder: int) -> Iterator[Event]:
        try:
            path.encode()
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except UnicodeEncodeError:
            shown = path.encode(errors="replace").decode()
            yield Unread(shown, shown, "Its name is not UTF-8. Rename it.")
            return
        except OSError:  # gone since it was listed
            return
        if stat.S_ISREG(found.st_mode):
            fingerprint = f"{found.st_size}-{found.st_mtime_ns}"
            yield Item(path, path, fingerprint, partial(opened, name, folder))


def is_temporary(name: str) -> bool:
    small = name.lower()
    return (
        small.startswith(TEMPORARY_BEGINNINGS)
        or small.endswith(TEMPORARY_ENDINGS)
        or small in TEMPORARY_NAMES
    )


@contextmanager
def opened(name: str, folder: int) -> Iterator[BinaryIO]:
    """The file itself, whatever has been put in its place since it was listed: no link, no device."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(name, flags, dir_fd=folder)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no regular file")
        yield file


def choices() -> list[str]:
    """The watched folders, for the help text."""
    return [str(folder.path) for folder in watched_folders()]
