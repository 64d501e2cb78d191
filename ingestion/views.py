"""Originals, to those who may read them. They are never rendered: a browser only ever saves them."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.files import File
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from ingestion.access import readable_version
from ingestion.documents_api import items_of
from ingestion.errors import BadRequest, StorageUnavailable
from ingestion.listing import page_of, wanted_from
from ingestion.models import Collection, DocumentVersion
from ingestion.pictures import picture_bytes
from ingestion.ranges import in_parts
from ingestion.scan import withheld
from tenants.access import Member
from tenants.actions import record
from tenants.middleware import TenantRequest

BLOCK = 256 * 1024
VIEW_SECONDS = 3600


@require_GET
@login_required
def documents_page(request: TenantRequest) -> HttpResponse:
    """Where knowledge managers upload and tend documents. What it shows first comes with it."""
    member = request.member
    if member is None or not member.tends_documents:
        return render(request, "documents/not_allowed.html", status=HTTPStatus.FORBIDDEN)
    try:
        wanted = wanted_from(request.GET, member)
        documents, after = page_of(wanted)
    except BadRequest:  # an old or damaged link: the whole list is better than nothing
        return HttpResponseRedirect(reverse("documents"))
    data = {
        "first": {"items": items_of(documents), "next": after},
        "collections": [
            {"id": str(row.pk), "name": row.name} for row in Collection.objects.tended_by(member)
        ],
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "person": member.email,
        "login": settings.LOGIN_URL,
        "api": reverse("documents-list"),
    }
    return render(request, "documents/documents.html", {"member": member, "documents_data": data})


@require_GET
@login_required
def document_file(request: TenantRequest, version: UUID) -> HttpResponseBase:
    """The original of a version. Who may not read it learns nothing, not even that it exists."""
    _, row = _readable_or_404(request, version)
    return original(request, row)


@require_GET
@login_required
def document_view(request: TenantRequest, version: UUID) -> HttpResponseBase:
    """A PDF for the viewer in our own pages, part by part, through us wherever it lies. For who may read it now."""
    member, row = _readable_or_404(request, version)
    if not row.is_pdf:
        raise Http404
    if sentence := withheld(row):
        return HttpResponse(sentence, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
    _record_view(member, row)
    try:
        response = in_parts(request, row)
    except FileNotFoundError as error:
        raise Http404 from error
    except StorageUnavailable as error:
        return HttpResponse(error.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain")
    response.headers["Content-Type"] = row.media_type
    response.headers["Content-Disposition"] = "attachment"  # a script draws it; a browser sent here saves it
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@login_required
def document_picture(request: TenantRequest, version: UUID, number: int) -> HttpResponseBase:
    """A picture inside a document, small with `?small`. Whether one may read it is asked each time it is shown."""
    member, row = _readable_or_404(request, version)
    if sentence := withheld(row):
        return HttpResponse(sentence, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
    small = "small" in request.GET
    tag = f'"{row.pk}-{number}-{"small" if small else "large"}"'  # a version's content never changes
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        try:
            response = HttpResponse(picture_bytes(row, number, small=small))
        except FileNotFoundError as error:
            raise Http404 from error
        except StorageUnavailable as error:
            return HttpResponse(
                error.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain"
            )
    if not small:
        _record_view(member, row)
    response.headers["Content-Type"] = "image/webp"
    response.headers["ETag"] = tag
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"  # kept, and asked about each time it is shown
    return response


def _readable_or_404(request: TenantRequest, version: UUID) -> tuple[Member, DocumentVersion]:
    if request.member is None:
        raise Http404
    try:
        return request.member, readable_version(version, request.member)
    except DocumentVersion.DoesNotExist as error:
        raise Http404 from error


def _record_view(member: Member, version: DocumentVersion) -> None:
    """Once an hour a person and version, not once a part."""
    if cache.add(f"document-viewed-{member.user}-{version.pk}", 1, VIEW_SECONDS):
        record(
            "document.viewed",
            actor=member.user,
            subject=version.document_id,
            title=version.document.told,
            version=version.number,
        )


def original(request: HttpRequest, version: DocumentVersion) -> HttpResponseBase:
    """The file as an attachment of no particular type, since its content may be anything.

    With `?open=1` a PDF is shown in the browser's own viewer, which runs nothing in this site's name. From object
    storage that browsers can reach it is fetched by a link that holds for a minute.
    """
    shown = "open" in request.GET and version.is_pdf
    media_type = version.media_type if shown else "application/octet-stream"
    if sentence := withheld(version):
        return HttpResponse(sentence, status=HTTPStatus.FORBIDDEN, content_type="text/plain; charset=utf-8")
    document = version.document
    record(
        "document.downloaded",
        actor=request.user.pk,
        subject=document.pk,
        title=document.told,
        version=version.number,
    )
    if settings.S3_BUCKET and settings.S3_PUBLIC_ENDPOINT_URL:
        storage: Any = version.file.storage
        link = storage.link(
            version.file.name, file_name=version.document.file_name, media_type=media_type, shown=shown
        )
        return HttpResponseRedirect(link, headers={"Cache-Control": "private, no-store"})
    try:
        file = version.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    except StorageUnavailable as error:
        return HttpResponse(error.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE, content_type="text/plain")
    response = FileResponse(
        file, as_attachment=not shown, filename=version.document.file_name, content_type=media_type
    )
    if isinstance(request, ASGIRequest):
        response.streaming_content = _blocks(file)
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A sandbox would shut out the viewer. Of a PDF that is nothing else, nosniff makes sure.
    response.headers["Content-Security-Policy"] = (
        "frame-ancestors 'none'" if shown else "sandbox; default-src 'none'"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _blocks(file: "File[bytes]") -> AsyncIterator[bytes]:
    """Under ASGI Django would read a plain file whole before it sends the first byte."""
    while block := await asyncio.to_thread(file.read, BLOCK):
        yield block
