"""The helper process: imports the parsers once, then forks a confined child for each document.

Started by sandbox.py as `python -m ingestion.parse.zygote FD`. It never opens a document itself, starts no
thread (a fork would copy only one of them), and ends when the worker that started it closes the socket.

A request is one message: JSON with name and limits, and three descriptors: the document, the pipe for the
answer, and a socket on which the child's process id is reported and, when it ended, its exit status. Several small
texts (texts.py) are asked for by several names, with a descriptor each in front.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import DocumentError
from . import ocr, reader
from .child import OUT_OF_MEMORY
from .confine import confine, die_with_parent, leave_files, leave_network, mapped_bytes
from .handout import FAILED, encode_frame, encode_parts
from .limits import Ocr
from .picture_frames import encode_pictures
from .pictures import pictures_of
from .texts import MOST, encode_text
from .wire import encode_document, encode_error


@dataclass
class _Child:
    process: int
    report: socket.socket


def serve(control: socket.socket, mapped: int) -> None:
    running: dict[int, _Child] = {}  # by pidfd
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                _report_end(running.pop(descriptor), descriptor)
                continue
            message, descriptors, _, _ = socket.recv_fds(control, 65_536, MOST + 2)
            if not message:
                return  # the worker is gone; children die with this process
            request = json.loads(message)
            request["memory_bytes"] += mapped
            child = _start(request, descriptors)
            ended = os.pidfd_open(child.process)
            running[ended] = child
            poll.register(ended, select.POLLIN)


def _report_end(child: _Child, descriptor: int) -> None:
    _, status = os.waitpid(child.process, 0)
    os.close(descriptor)
    with child.report, suppress(OSError):  # nobody may be waiting for it any more
        child.report.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())


def _start(request: dict[str, Any], descriptors: list[int]) -> _Child:
    *documents, answer, report = descriptors
    parent = os.getpid()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            status = _child(request, documents, answer, parent)
        finally:
            os._exit(status)
    with suppress(OSError):  # on both sides of the fork: the group must exist before its id is told
        os.setpgid(process, process)
    for descriptor in (*documents, answer):
        os.close(descriptor)
    link = socket.socket(fileno=report)
    link.send(json.dumps({"process": process}).encode())
    return _Child(process, link)


def _child(request: dict[str, Any], documents: list[int], answer: int, parent: int) -> int:
    """Read what was sent under limits and write the answer; the exit status says why there is none."""
    os.setpgid(0, 0)
    die_with_parent(parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _keep_only([*documents, answer])
    recognising = Ocr(**request["ocr"])
    confine(
        memory_bytes=request["memory_bytes"],
        cpu_seconds=request["cpu_seconds"],
        ocr_seconds=recognising.seconds if recognising.enabled else 0,
    )
    ocr.allow(recognising, on_page=lambda: os.write(answer, b" "))  # JSON may begin with blanks
    try:
        for piece in _answer(request, [_read_all(document) for document in documents]):
            _write_all(answer, piece)
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:  # the worker has heard enough
        return 0
    except BaseException:  # a panic in native code arrives as one
        traceback.print_exc()
        return 1
    return 0


def _keep_only(descriptors: list[int]) -> None:
    """Beside the first three, which lead nowhere but to the worker's log."""
    before = 2
    for descriptor in [*sorted(descriptors), 1024]:
        os.closerange(before + 1, descriptor)
        before = descriptor


def _answer(request: dict[str, Any], files: list[bytes]) -> Iterator[bytes]:
    """The document, or the files or the pictures inside it one after the other; or the error that there is instead."""
    if names := request["names"]:
        for data, name in zip(files, names, strict=True):
            yield encode_text(_text(data, name))
        return
    [data] = files
    known = {"name": request["name"], "password": request["password"]}
    try:
        if request["pictures"]:
            yield from encode_pictures(pictures_of(data, **known))
        elif request["unpack"]:
            yield from encode_parts(reader.files_inside(data, **known))
        else:
            yield encode_document(reader.read_document(data, **known))
    except DocumentError as error:
        if request["pictures"]:
            return
        yield encode_frame(FAILED, encode_error(error)) if request["unpack"] else encode_error(error)


def _text(data: bytes, name: str) -> bytes:
    try:
        parsed = reader.read_plain_text(data, name=name)
    except DocumentError as error:
        return encode_error(error)
    return encode_document(parsed) if parsed else b""


def _read_all(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    with open(descriptor, "rb", buffering=0, closefd=False) as file:
        return file.read(size + 1) if size else file.readall()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    # Ctrl-C and the worker's own shutdown are the worker's business; this process ends with the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.set_inheritable(control.fileno(), False)
    leave_network()
    mapped = mapped_bytes()
    leave_files()
    gc.freeze()  # else a collection in a child would touch, and so copy, all that was imported here
    control.send(b"ready")
    serve(control, mapped)


if __name__ == "__main__":
    main()
