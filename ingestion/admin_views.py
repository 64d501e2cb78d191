"""Pages and small JSON answers around documents that Django's admin does not have. All run inside a tenant's scope."""

import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import QuerySet, TextField
from django.db.models.functions import Length, Substr
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from ingestion.access import tended_documents
from ingestion.actions import Upload, accept_upload
from ingestion.errors import UploadRefused
from ingestion.forms import UploadForm, wrong_suffix
from ingestion.listing import newest_of
from ingestion.models import Document, DocumentVersion, ExtractedText
from ingestion.pace import Pace, current_pace
from ingestion.passwords import give_password
from ingestion.progress import UNKNOWN, document_progress
from tenants.access import Member
from tenants.models import AuditEvent

log = logging.getLogger(__name__)

POLLED_AT_ONCE = 200
TEXT_PAGE = 20_000  # code points
PASSAGES_PAGE = 20
# A multipart body is a little larger than its file.
ENVELOPE = 64 * 1024


def upload_page(request: HttpRequest, context: dict[str, Any], member: Member) -> HttpResponse:
    """Drag and drop many files; without JavaScript a plain form that takes several at once."""
    document = followed_document(request, member)
    if request.method == "POST":
        return _upload_without_script(request, member, document)
    initial = {"collection": request.GET.get("collection")}
    context |= {
        "title": f"New version of {document.title}" if document else "Upload documents",
        "form": UploadForm(member=member, initial=initial if initial["collection"] else None),
        "follows": document,
        "max_megabytes": settings.UPLOAD_MAX_BYTES // (1024 * 1024),
        "config": {
            "upload": reverse("admin:ingestion_document_upload_file"),
            "progress": reverse("admin:ingestion_document_progress"),
            "follows": str(document.pk) if document else None,
            "max_bytes": settings.UPLOAD_MAX_BYTES,
        },
    }
    return TemplateResponse(request, "admin/ingestion/document/upload.html", context)


def followed_document(request: HttpRequest, member: Member) -> Document | None:
    """The document of which a new version is uploaded, if any. 404 for one that is not there for this person."""
    wanted = request.POST.get("document") or request.GET.get("document")
    if not wanted:
        return None
    try:
        return tended_documents(member).select_related("collection").get(pk=UUID(wanted))
    except (Document.DoesNotExist, ValueError) as error:
        raise Http404 from error


def _upload_without_script(request: HttpRequest, member: Member, document: Document | None) -> HttpResponse:
    form = UploadForm(request.POST, member=member)
    files = [file for file in request.FILES.getlist("files") if isinstance(file, UploadedFile)]
    if not document and not form.is_valid():
        messages.error(request, str(form.errors["collection"][0]))
        return redirect(request.get_full_path())
    if not files:
        messages.error(request, "Choose at least one file.")
        return redirect(request.get_full_path())
    accepted = 0
    for file in files:
        try:
            upload = take(file, request_form=form, document=document, member=member)
            accepted += not upload.duplicate
            if upload.duplicate:
                messages.info(request, f"“{upload.document.title}” is there already, with the same content.")
        except UploadRefused as error:
            messages.error(request, error.sentence)
    if accepted:
        messages.success(
            request, "1 document is being read." if accepted == 1 else f"{accepted} documents are being read."
        )
    return redirect("admin:ingestion_document_changelist")


def take(
    file: "UploadedFile[Any]", *, request_form: UploadForm, document: Document | None, member: Member
) -> Upload:
    """One file into its collection, or as the next version of a document. Raises UploadRefused."""
    name = str(request_form.data.get("path") or file.name or "")  # with its folders, where those are known
    if document is None:
        collection = request_form.cleaned_data["collection"]
        return accept_upload(file, name=name, collection=collection, member=member)  # type: ignore[arg-type]
    if problem := wrong_suffix(document, name):
        raise UploadRefused("wrong_kind", problem)
    return accept_upload(
        file,  # type: ignore[arg-type]
        name=document.name,
        collection=document.collection,
        member=member,
    )


def upload_file(request: HttpRequest, member: Member) -> JsonResponse:
    """One file of the upload page. Django has written what is large to a temporary file by now."""
    if request.method != "POST":
        return refusal("method", "Upload files with the form.", HTTPStatus.METHOD_NOT_ALLOWED)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MAX_BYTES + ENVELOPE:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        return refusal(
            "too_large",
            f"This file is larger than {limit} MB. Split it, or ask the operator to raise the limit.",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )
    try:
        document = followed_document(request, member)
    except Http404:
        return refusal("no_document", "This document does not exist (any more).", HTTPStatus.NOT_FOUND)
    form = UploadForm(request.POST, member=member)
    if document is None and not form.is_valid():
        return refusal("collection", str(form.errors["collection"][0]), HTTPStatus.UNPROCESSABLE_ENTITY)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return refusal("no_file", "No file arrived. Choose it again.", HTTPStatus.BAD_REQUEST)
    try:
        upload = take(file, request_form=form, document=document, member=member)
    except UploadRefused as error:
        return refusal(error.code, error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    except OSError:
        log.exception("an upload could not be stored")
        return refusal(
            "storage",
            "The file could not be stored: the server's disk may be full. Tell the operator, then try again.",
            HTTPStatus.INSUFFICIENT_STORAGE,
        )
    status = HTTPStatus.OK if upload.duplicate else HTTPStatus.CREATED
    return JsonResponse(
        {
            "document": str(upload.document.pk),
            "version": str(upload.version.pk),
            "duplicate": upload.duplicate,
            "status": upload.version.status,
            "item": progress_item(upload.document, upload.version),
        },
        status=status,
    )


def refusal(code: str, text: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "text": text}}, status=status)


def progress(request: HttpRequest, member: Member) -> JsonResponse:
    """State of the documents asked for. Those that are gone, or were never this person's to tend, are left out."""
    rows = list(tended_documents(member).filter(pk__in=asked_ids(request)))
    newest = newest_of(rows)
    pace = current_pace()
    items = [progress_item(row, newest[row.pk], pace) for row in rows if row.pk in newest]
    return JsonResponse({"items": items}, headers={"Cache-Control": "no-store"})


def asked_ids(request: HttpRequest) -> list[UUID]:
    wanted = []
    for part in request.GET.get("ids", "").split(",")[:POLLED_AT_ONCE]:
        try:
            wanted.append(UUID(part))
        except ValueError:
            continue
    return wanted


def progress_item(document: Document, version: DocumentVersion, pace: Pace = UNKNOWN) -> dict[str, Any]:
    return {
        "id": str(document.pk),
        "title": document.title,
        "url": reverse("admin:ingestion_document_change", args=[document.pk]),
        "retry": reverse("admin:ingestion_document_retry", args=[document.pk]),
        "cancel": reverse("admin:ingestion_document_cancel", args=[document.pk]),
        "pages": version.pages,
        "passages": version.passage_count,
        **asdict(document_progress(document, version, pace)),
    }


@sensitive_post_parameters("password")
def take_password(request: HttpRequest, document: Document, member: Member) -> None:
    """The password that opens the newest version, which is read again with it."""
    version = document.latest
    if version is None:
        raise Http404
    try:
        if give_password(version, request.POST.get("password", ""), member):
            messages.success(request, "The document is being read with the password.")
        else:
            messages.info(request, "It does not wait for a password (any more).")
    except UploadRefused as error:
        messages.error(request, error.sentence)


def chosen_version(request: HttpRequest, document: Document) -> DocumentVersion:
    """The version asked for by number, else the one that answers, else the newest."""
    versions: QuerySet[DocumentVersion] = document.versions.order_by("number")
    if wanted := request.GET.get("version"):
        version = versions.filter(number=int(wanted)).first() if wanted.isdecimal() else None
    else:
        version = document.current_version or versions.last()
    if version is None:
        raise Http404
    return version


def text_context(request: HttpRequest, document: Document) -> dict[str, Any]:
    """A page of the extracted text, cut in the database so that a large document is never loaded whole."""
    version = chosen_version(request, document)
    texts = ExtractedText.objects.filter(version=version)
    length = texts.annotate(length=Length("text")).values_list("length", flat=True).first() or 0
    paginator = Paginator(range(0, max(length, 1), TEXT_PAGE), 1)
    page = paginator.get_page(request.GET.get("page"))
    start = page.object_list[0]
    part = texts.annotate(part=Substr("text", start + 1, TEXT_PAGE, output_field=TextField()))
    return {
        "version": version,
        "page": page,
        "text": part.values_list("part", flat=True).first() or "",
        "start": start,
        "end": min(length, start + TEXT_PAGE),
        "length": length,
    }


def passages_context(request: HttpRequest, document: Document) -> dict[str, Any]:
    version = chosen_version(request, document)
    page = Paginator(version.passages.all(), PASSAGES_PAGE).get_page(request.GET.get("page"))
    return {"version": version, "page": page}


def history_context(request: HttpRequest, document: Document) -> dict[str, Any]:
    events = AuditEvent.objects.filter(object_id=document.pk).order_by("-created")
    return {"events": events[:200]}
