"""One child of the helper, as the worker sees it: what it answers, how much that may cost, and how it ended."""

import json
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import DocumentError, IngestionError, ReaderStopped, _
from . import wanted
from .limits import Limits

OUT_OF_MEMORY = 77  # the exit status of a child that reached its limit of address space
_PIECE = 1 << 20
_LOOK_SECONDS = 0.1  # how often its memory is looked at
_NEEDS_MEMORY = _("This document needs more memory than a document may use. Split it into smaller files.")
_TOO_SLOW = _("Reading this document took too long and was stopped. Split it into smaller files.")
_TOO_MUCH_TEXT = _("This document holds more text than one document may. Split it into smaller files.")


class HelperError(IngestionError):
    """The helper could not be started or died; worth one more try with a new one."""

    def __init__(self) -> None:
        super().__init__(
            "parser_unavailable", "Documents cannot be read at the moment. It will be tried again."
        )


class Child:
    def __init__(self, answer: int, report: socket.socket, limits: Limits) -> None:
        self._answer, self._report, self._limits = answer, report, limits
        self._patience = limits.wall_seconds
        self._for_recognition = float(limits.ocr.seconds if limits.ocr.enabled else 0)
        self._process = 0
        self.peak_bytes = 0

    @contextmanager
    def attended(self) -> Iterator["Child"]:
        """Whatever happens to the worker meanwhile (a limit, an interruption), the child does not outlive it."""
        process = self._told("process", self._limits.warm_up_seconds)
        if process is None:
            raise HelperError
        self._process = process
        try:
            yield self
        except BaseException:
            self._kill()
            raise

    def read(self) -> bytes:
        """The next piece of the answer; b"" at its end. Only time spent waiting for the child counts."""
        poll = select.poll()
        poll.register(self._answer, select.POLLIN)
        while True:
            wanted.check()
            began = time.monotonic()
            ready = poll.poll(min(_LOOK_SECONDS, max(0.0, self._patience)) * 1000)
            self._patience -= time.monotonic() - began
            self._watch_memory()
            wanted.check()
            if ready:
                return os.read(self._answer, _PIECE)
            if self._patience <= 0:
                raise DocumentError("too_slow", _TOO_SLOW)

    def read_all(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := self.read():
            if part.isspace():  # another page is being recognised; JSON may begin with blanks
                self._wait_for_recognition()
            parts.append(part)
            size += len(part)
            if size > self._limits.output_bytes:
                raise DocumentError("too_large", _TOO_MUCH_TEXT)
        return b"".join(parts)

    def _wait_for_recognition(self) -> None:
        """Each page has the whole time again, until what recognition may take in all is used up."""
        granted = min(self._limits.wall_seconds - self._patience, self._for_recognition)
        self._patience += granted
        self._for_recognition -= granted

    def ended_well(self) -> None:
        """After the last byte: returns when the child ended by itself, and else says why it did not."""
        status = self._told("status", 10.0)
        if status is None:
            self._kill()
            raise HelperError
        if status == 0:
            return
        self._kill()
        if status == OUT_OF_MEMORY:
            raise DocumentError("too_much_memory", _NEEDS_MEMORY)
        if status == -signal.SIGXCPU:
            raise DocumentError("too_slow", _TOO_SLOW)
        raise ReaderStopped

    def _watch_memory(self) -> None:
        """What it really holds. Its address space is limited by the kernel, and is mostly reserved, not used."""
        with suppress(OSError, IndexError, ValueError):
            resident = int(Path(f"/proc/{self._process}/statm").read_bytes().split()[1])
            self.peak_bytes = max(self.peak_bytes, resident * resource.getpagesize())
        if self.peak_bytes > self._limits.resident_bytes:
            raise DocumentError("too_much_memory", _NEEDS_MEMORY)

    def _told(self, key: str, seconds: float) -> int | None:
        """The next message about the child from the helper; None when the helper is gone or silent."""
        self._report.settimeout(seconds)
        try:
            return int(json.loads(self._report.recv(256))[key])
        except (OSError, ValueError, KeyError):
            return None

    def _kill(self) -> None:
        """The child leads its own process group; whatever it started goes with it."""
        with suppress(OSError):
            os.killpg(self._process, signal.SIGKILL)
