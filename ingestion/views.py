"""Originals, to those who may read them. They are never rendered: a browser only ever saves them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files import File
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

from ingestion.access import readable_version
from ingestion.models import DocumentVersion
from tenants.middleware import TenantRequest

BLOCK = 256 * 1024


@require_GET
@login_required
def document_file(request: TenantRequest, version: UUID) -> FileResponse:
    """The original of a version. Who may not read it learns nothing, not even that it exists."""
    if request.member is None:
        raise Http404
    try:
        row = readable_version(version, request.member)
    except DocumentVersion.DoesNotExist as error:
        raise Http404 from error
    return original(request, row)


def original(request: HttpRequest, version: DocumentVersion) -> FileResponse:
    """The file as an attachment of no particular type, since its content may be anything."""
    try:
        file = version.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        file, as_attachment=True, filename=version.document.name, content_type="application/octet-stream"
    )
    if isinstance(request, ASGIRequest):
        response.streaming_content = _blocks(file)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _blocks(file: "File[bytes]") -> AsyncIterator[bytes]:
    """Under ASGI Django would read a plain file whole before it sends the first byte."""
    while block := await asyncio.to_thread(file.read, BLOCK):
        yield block
