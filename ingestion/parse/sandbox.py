"""The worker's end of the sandbox: one warm helper per process, one confined child per document.

Starting Python and importing the parsers costs far more than most documents, so a helper (zygote.py) does it
once and forks. Whatever goes wrong in a child (crash, memory, time, endless output) becomes a DocumentError.
"""

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import DocumentError, IngestionError, ReaderStopped, _
from .child import Child, HelperError
from .document import ParsedDocument
from .limits import Limits
from .picture_frames import Picture, PictureReader
from .texts import decode_texts
from .unpack import Part, Unpacked, take_parts
from .wire import MalformedAnswerError, decode_answer

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "TMPDIR")
# One thread and one arena each: address space is what the limit counts, and pools reserve it by the core.
_QUIET = {
    "MALLOC_ARENA_MAX": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
PASSWORD_LENGTH = 1000


@dataclass
class _Helper:
    owner: int
    process: subprocess.Popen[bytes]
    control: socket.socket

    def close(self) -> None:
        self.control.close()
        if self.owner == os.getpid() and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


_lock = threading.Lock()
_helper: _Helper | None = None


@dataclass(frozen=True)
class _Request:
    name: str = ""
    password: str = ""
    unpack: bool = False
    pictures: bool = False
    names: Sequence[str] = ()  # of several texts


def parse_file(path: Path, *, name: str, limits: Limits, password: str = "") -> ParsedDocument:
    with _opened(path, limits) as file:
        for last in (False, True):
            try:
                file.seek(0)
                with _asked([file.fileno()], _Request(name, password), limits) as child:
                    data = child.read_all()
                    child.ended_well()
                return decode_answer(data)
            except MalformedAnswerError as error:
                raise ReaderStopped from error
            except HelperError:
                if last:
                    raise
    raise AssertionError


def parse_texts(
    paths: Sequence[Path], *, names: Sequence[str], limits: Limits
) -> list[ParsedDocument | DocumentError | None]:
    """Several in one child, in the same order; None for each that needs a child of its own.

    That is what is no plain text, and, when the child did not come to its end, what it had not answered until then.
    """
    data = bytearray()
    with ExitStack() as stack, suppress(IngestionError):
        files = [stack.enter_context(path.open("rb")) for path in paths]
        request = _Request(names=[name[-200:] for name in names])
        with _asked([file.fileno() for file in files], request, limits) as child:
            while piece := child.read():
                data += piece
                if len(data) > limits.output_bytes:
                    break
    return decode_texts(bytes(data), len(paths))


def unpack_file(
    path: Path, *, name: str, limits: Limits, password: str = "", unpacked: Unpacked
) -> Iterator[Part]:
    """A helper that dies is not replaced here: parts are out already, and the whole document is tried again."""
    with (
        _opened(path, limits) as file,
        _asked([file.fileno()], _Request(name, password, unpack=True), limits) as child,
        closing(take_parts(child, limits, unpacked)) as parts,
    ):
        yield from parts


def pictures_in_file(path: Path, *, name: str, limits: Limits, password: str = "") -> Iterator[Picture]:
    """As many as come before the end, or before the child is stopped or confused. Raises HelperError."""
    reader, size = PictureReader(), 0
    with _opened(path, limits) as file:
        try:
            with _asked([file.fileno()], _Request(name, password, pictures=True), limits) as child:
                while piece := child.read():
                    size += len(piece)
                    if size > limits.output_bytes:
                        return
                    yield from reader.feed(piece)
        except (DocumentError, ReaderStopped, MalformedAnswerError) as error:
            log.info("taking pictures from a document ended early: %r", error)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[BinaryIO]:
    size = path.stat().st_size
    if size == 0:
        raise DocumentError(
            "empty", _("This file is empty (0 bytes). Check the original and upload it again.")
        )
    if size > limits.input_bytes:
        most = limits.input_bytes >> 20
        raise DocumentError(
            "too_large", f"This file is larger than {most} MB, the most that is read. Split it up."
        )
    with path.open("rb") as file:
        yield file


@contextmanager
def _asked(documents: list[int], request: _Request, limits: Limits) -> Iterator[Child]:
    """The child that reads the document; it is gone at the end, and a helper that failed is given up."""
    helper = _running_helper(limits)
    try:
        with _forked(helper, documents, request, limits) as child:
            yield child
    except HelperError:
        _discard(helper)
        raise


@contextmanager
def _forked(helper: _Helper, documents: list[int], request: _Request, limits: Limits) -> Iterator[Child]:
    answer, answer_end = os.pipe()
    # Its messages stay apart: when the child was quick, both of them wait before the first is read.
    report, report_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with report:
        try:
            try:
                with report_end:
                    _send(helper, request, limits, [*documents, answer_end, report_end.fileno()])
            finally:
                os.close(answer_end)
            with Child(answer, report, limits).attended() as child:
                yield child
        finally:
            os.close(answer)


def _send(helper: _Helper, request: _Request, limits: Limits, descriptors: list[int]) -> None:
    message = {
        "name": request.name[-200:],
        "password": request.password[:PASSWORD_LENGTH],
        "unpack": request.unpack,
        "pictures": request.pictures,
        "names": request.names,
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
        "ocr": asdict(limits.ocr),
    }
    try:
        socket.send_fds(helper.control, [json.dumps(message).encode()], descriptors)
    except OSError as error:
        raise HelperError from error


def _running_helper(limits: Limits) -> _Helper:
    global _helper
    with _lock:
        if _helper is not None and _helper.owner == os.getpid() and _helper.process.poll() is None:
            return _helper
        if _helper is not None:
            _helper.close()
        _helper = _start_helper(limits)
        return _helper


def _start_helper(limits: Limits) -> _Helper:
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | _QUIET
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingestion.parse.zygote", str(theirs.fileno())],
            cwd=_ROOT,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    helper = _Helper(os.getpid(), process, control)
    control.settimeout(limits.warm_up_seconds)
    try:
        ready = control.recv(16)
    except OSError:
        ready = b""
    if ready != b"ready":
        helper.close()
        raise HelperError
    control.settimeout(None)
    return helper


def stop_helper() -> None:
    """End this process's helper; the next document starts a new one."""
    if _helper is not None:
        _discard(_helper)


def _discard(helper: _Helper) -> None:
    """End a helper that failed. Another thread may have put a new one in its place already: that one stays."""
    global _helper
    with _lock:
        helper.close()
        if _helper is helper:
            _helper = None


def _forget_helper() -> None:
    """In a forked child: the helper belongs to the parent. Its socket, held open, would keep it alive."""
    global _helper, _lock
    _lock = threading.Lock()
    if _helper is not None:
        _helper.control.close()
        _helper = None


os.register_at_fork(after_in_child=_forget_helper)
atexit.register(stop_helper)
