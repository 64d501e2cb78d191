"""The worker's end of the sandbox: one warm helper per process, one confined child per document.

Starting Python and importing the parsers costs far more than most documents, so a helper (zygote.py) does it
once and forks. Whatever goes wrong in a child (crash, memory, time, endless output) becomes a DocumentError.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import DocumentError, IngestionError
from . import wanted
from .document import ParsedDocument
from .limits import Limits
from .wire import MalformedAnswerError, decode_answer

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "TMPDIR")
# One thread and one arena each: address space is what the limit counts, and pools reserve it by the core.
_QUIET = {
    "MALLOC_ARENA_MAX": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_OUT_OF_MEMORY = 77
_NEEDS_MEMORY = "This document needs more memory than a document may use. Split it into smaller files."
_STOPPED = "Reading this document failed: its reader stopped. Save it again, or as PDF, and upload that."


class HelperError(IngestionError):
    """The helper could not be started or died; worth one more try with a new one."""

    def __init__(self) -> None:
        super().__init__(
            "parser_unavailable", "Documents cannot be read at the moment. It will be tried again."
        )


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


def parse_file(path: Path, *, name: str, limits: Limits) -> ParsedDocument:
    size = path.stat().st_size
    if size == 0:
        raise DocumentError("empty", "This file is empty (0 bytes). Check the original and upload it again.")
    if size > limits.input_bytes:
        most = limits.input_bytes >> 20
        raise DocumentError(
            "too_large", f"This file is larger than {most} MB, the most that is read. Split it up."
        )
    with path.open("rb") as file:
        for last in (False, True):
            try:
                file.seek(0)
                return _parse(file.fileno(), name, limits)
            except HelperError:
                if last:
                    raise
    raise AssertionError


def _parse(document: int, name: str, limits: Limits) -> ParsedDocument:
    helper = _running_helper(limits)
    try:
        return _read_by(helper, document, name, limits)
    except HelperError:
        _discard(helper)
        raise


def _read_by(helper: _Helper, document: int, name: str, limits: Limits) -> ParsedDocument:
    answer, answer_end = os.pipe()
    # Its messages stay apart: when the child was quick, both of them wait before the first is read.
    report, report_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with report:
        try:
            with report_end:
                _send(helper, name, limits, [document, answer_end, report_end.fileno()])
        except BaseException:
            os.close(answer)
            raise
        finally:
            os.close(answer_end)
        try:
            return _answer(answer, report, limits)
        finally:
            os.close(answer)


def _send(helper: _Helper, name: str, limits: Limits, descriptors: list[int]) -> None:
    request = {"name": name[-200:], "memory_bytes": limits.memory_bytes, "cpu_seconds": limits.cpu_seconds}
    try:
        socket.send_fds(helper.control, [json.dumps(request).encode()], descriptors)
    except OSError as error:
        raise HelperError from error


def _answer(answer: int, report: socket.socket, limits: Limits) -> ParsedDocument:
    process = _report(report, "process", limits.warm_up_seconds)
    if process is None:
        raise HelperError
    try:
        data = _read(answer, limits)
    except BaseException:  # over a limit, or the worker's own task was interrupted
        _kill(process)
        raise
    status = _report(report, "status", 10.0)
    if status is None:
        _kill(process)
        raise HelperError
    if status == 0:
        try:
            return decode_answer(data)
        except MalformedAnswerError as error:
            raise DocumentError("parser_killed", _STOPPED) from error
    _kill(process)
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        # The kernel sends SIGKILL for memory, and two seconds after SIGXCPU was ignored.
        if status == -signal.SIGXCPU:
            raise _too_slow()
        raise DocumentError("parser_killed", _NEEDS_MEMORY)
    raise DocumentError("parser_killed", _NEEDS_MEMORY if status == _OUT_OF_MEMORY else _STOPPED)


def _too_slow() -> DocumentError:
    return DocumentError(
        "too_slow", "Reading this document took too long and was stopped. Split it into smaller files."
    )


def _read(answer: int, limits: Limits) -> bytes:
    deadline = time.monotonic() + limits.wall_seconds
    parts: list[bytes] = []
    size = 0
    poll = select.poll()
    poll.register(answer, select.POLLIN)
    while True:
        wanted.check()
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow()
        if not poll.poll(min(left, wanted.ASK_SECONDS) * 1000):
            continue
        part = os.read(answer, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        if size > limits.output_bytes:
            words = "This document holds more text than one document may. Split it into smaller files."
            raise DocumentError("too_large", words)


def _report(report: socket.socket, key: str, seconds: float) -> int | None:
    """The next message about the child from the helper; None when the helper is gone or silent."""
    report.settimeout(seconds)
    try:
        return int(json.loads(report.recv(256))[key])
    except (OSError, ValueError, KeyError):
        return None


def _kill(process: int) -> None:
    """The child leads its own process group; whatever it started goes with it."""
    with suppress(OSError):
        os.killpg(process, signal.SIGKILL)


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
