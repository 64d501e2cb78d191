"""The optional virus scanner: clamd, asked about every file before it is read. The only user of its protocol.

A file is streamed to it (INSTREAM): blocks with their length before them, and an empty one at the end.
"""

import re
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from ingestion.errors import DocumentError, ScannerUnavailable, _
from ingestion.models import DocumentVersion, Status

BLOCK = 256 * 1024
SECONDS = 120.0
INFECTED = "infected"
_FOUND = re.compile(r"^stream: (?P<signature>.+) FOUND$")
_DOWN = _("The virus scanner does not answer. The document waits until it does.")


def scan(path: Path) -> None:
    """Return when the file is clean, or no scanner is set; raise DocumentError with the signature when it is not."""
    if not settings.CLAMAV_URL:
        return
    try:
        with _connected() as scanner:
            answer = _ask(scanner, path)
    except OSError as error:
        raise ScannerUnavailable(_DOWN) from error
    if answer == "stream: OK":
        return
    if found := _FOUND.match(answer):
        signature = "".join(c for c in found["signature"] if c.isprintable())[:100]
        raise DocumentError(
            INFECTED,
            f"The virus scanner found {signature} in this file. It was not read, and nobody can download it.",
        )
    if "size limit exceeded" in answer:
        raise DocumentError(
            "too_large", _("This file is larger than the virus scanner takes. Split it, or ask the operator.")
        )
    raise ScannerUnavailable(_DOWN)


def withheld(version: DocumentVersion) -> str:
    """Why the original is not handed out, in words; "" when it may be."""
    if version.error_code == INFECTED:
        return version.error
    waits = version.status in (Status.QUEUED, Status.PROCESSING) and version.ready_at is None
    if settings.CLAMAV_URL and waits:
        return "This file has not been scanned yet. Try again when it has been read."
    return ""


def _connected() -> socket.socket:
    url = urlsplit(settings.CLAMAV_URL)
    if url.scheme == "tcp":
        return socket.create_connection((url.hostname or "", url.port or 3310), timeout=SECONDS)
    scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scanner.settimeout(SECONDS)
    try:
        scanner.connect(url.path)
    except BaseException:
        scanner.close()
        raise
    return scanner


def _ask(scanner: socket.socket, path: Path) -> str:
    try:
        scanner.sendall(b"zINSTREAM\0")
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                scanner.sendall(struct.pack(">I", len(block)) + block)
        scanner.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it stops listening at its size limit, and has said so
    answer = b""
    while len(answer) < 4096 and (piece := scanner.recv(4096)):
        answer += piece
        if b"\0" in piece:
            break
    return answer.partition(b"\0")[0].decode("utf-8", errors="replace").strip()
