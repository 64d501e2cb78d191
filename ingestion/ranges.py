"""Parts of an original, as RFC 9110 asks for them: a long PDF then opens at once, at any page.

One range at a time is served; of several, as of one that cannot be read, the whole file, which the RFC allows.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ingestion.models import DocumentVersion

BLOCK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both of them included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class OutOfRange(Exception):
    """None of the bytes asked for exist."""


def wanted_span(header: str, size: int) -> Span | None:
    """What a Range header asks of a file of `size` bytes; None for all of it. Raises OutOfRange."""
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or not any(match.groups()):
        return None
    begin, end = match.groups()
    if not begin:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(begin), min(int(end) if end else size - 1, size - 1)
        if end and int(end) < first:
            return None
    if first >= size or first > last:
        raise OutOfRange
    return Span(first, last)


def in_parts(request: HttpRequest, version: DocumentVersion) -> HttpResponseBase:
    """The version's file, or the part of it that is asked for. Raises FileNotFoundError and StorageUnavailable.

    Its content never changes, so its hash is its ETag.
    """
    tag, size = f'"{version.sha256}"', version.size
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        asked = ""
    try:
        span = wanted_span(asked, size)
    except OutOfRange:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    shown = span or Span(0, size - 1)
    content = _opened(version, shown)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(shown.length), "ETag": tag}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size}"
    response = StreamingHttpResponse(
        _later(content) if isinstance(request, ASGIRequest) else _now(content),
        status=HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK,
        headers=headers,
    )
    # Also of one that is never read to its end.
    response._resource_closers.append(content.close)  # type: ignore[attr-defined]
    return response


@dataclass
class _Content:
    """What is left to be sent of a file that is open."""

    read: Callable[[int], bytes]
    close: Callable[[], object]
    left: int

    def block(self) -> bytes:
        data = self.read(min(BLOCK, self.left))
        self.left -= len(data)
        return data


def _opened(version: DocumentVersion, span: Span) -> _Content:
    storage: Any = version.file.storage
    if hasattr(storage, "part"):  # object storage, which would else fetch the whole file first
        body = storage.part(version.file.name, span.first, span.last)
        return _Content(body.read, body.close, span.length)
    file = version.file.open("rb")
    file.seek(span.first)
    return _Content(file.read, file.close, span.length)


def _now(content: _Content) -> Iterator[bytes]:
    with closing(content):
        while block := content.block():
            yield block


async def _later(content: _Content) -> AsyncIterator[bytes]:
    with closing(content):
        while block := await asyncio.to_thread(content.block):
            yield block
