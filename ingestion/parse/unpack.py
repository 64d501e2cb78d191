"""In the worker: the files inside a file, each in a temporary file of its own, one at a time.

What arrives is treated as hostile: names are cleaned again, and count, size and total are bounded here, whatever the
child may claim. So an archive that contains itself, or that grows without end, ends.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper

from ..errors import ReaderStopped
from . import handout
from .child import Child
from .handout import FrameReader
from .limits import Limits
from .parts import apart, safe_path
from .wire import MalformedAnswerError, decode_answer


@dataclass(frozen=True)
class Part:
    """A file inside; `path` holds its content only until the next one is asked for."""

    name: str
    path: Path
    size: int


@dataclass
class Unpacked:
    """What became of it: filled while the parts are taken."""

    count: int = 0
    size: int = 0
    warnings: list[str] = field(default_factory=list)


def take_parts(child: Child, limits: Limits, unpacked: Unpacked) -> Generator[Part, None, None]:
    frames, taking = FrameReader(), _Taking(limits, unpacked)
    with taking:
        try:
            while not taking.ended and (piece := child.read()):
                for kind, data in frames.feed(piece):
                    if part := taking.frame(kind, data):
                        yield part
                    if taking.ended:
                        return
        except MalformedAnswerError as error:
            raise ReaderStopped from error
    child.ended_well()  # it stopped before the end: this says why
    raise ReaderStopped


class _Taking:
    """The part that arrives at the moment, and what has arrived so far."""

    def __init__(self, limits: Limits, unpacked: Unpacked) -> None:
        self.limits, self.unpacked = limits, unpacked
        self.ended = False
        self._taken: set[str] = set()
        self._name, self._size = "", 0
        self._file: _TemporaryFileWrapper[bytes] | None = None
        self._done: _TemporaryFileWrapper[bytes] | None = None

    def __enter__(self) -> "_Taking":
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def frame(self, kind: bytes, data: bytes) -> Part | None:
        """A part, once it is complete; sets `ended` after the last. Raises MalformedAnswerError out of turn."""
        match kind, self._file is not None:
            case (handout.NAME, False):
                self._begin(data.decode("utf-8", "replace"))
            case (handout.BLOCK, True):
                self._add(data)
            case (handout.DONE, True):
                return self._complete()
            case (handout.DROPPED, True):
                self._drop()
            case (handout.END, False):
                self.unpacked.warnings += handout.decode_left_out(data)
                self.ended = True
            case (handout.FAILED, False):
                decode_answer(data)  # raises what it holds
                raise MalformedAnswerError
            case _:
                raise MalformedAnswerError
        return None

    def _begin(self, name: str) -> None:
        self._drop()
        if self.unpacked.count >= self.limits.parts:
            self._stop(f"Only the first {self.unpacked.count} files were taken out.")
            return
        self._name, self._size = apart(safe_path(name), self._taken), 0
        self._file = NamedTemporaryFile()  # noqa: SIM115  closed by _drop, when the next part begins

    def _add(self, data: bytes) -> None:
        assert self._file
        self._size += len(data)
        self.unpacked.size += len(data)
        if self.unpacked.size > self.limits.parts_bytes:
            self._stop(
                f"Only the first {self.limits.parts_bytes >> 20} MB of the files inside were taken out."
            )
        elif self._size <= self.limits.part_bytes:
            self._file.write(data)

    def _complete(self) -> Part | None:
        assert self._file
        if self._size > self.limits.part_bytes:
            most = self.limits.part_bytes >> 20
            self.unpacked.warnings.append(f"{self._name} was left out: it is larger than {most} MB.")
            self._drop()
            return None
        self._file.flush()
        self.unpacked.count += 1
        part = Part(self._name, Path(self._file.name), self._size)
        self._done, self._file = self._file, None  # kept until the next one begins
        return part

    def _stop(self, why: str) -> None:
        self.unpacked.warnings.append(why)
        self.ended = True

    def _drop(self) -> None:
        for file in (self._file, self._done):
            if file is not None:
                file.close()
        self._file = self._done = None
