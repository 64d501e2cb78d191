"""The JSON around files in a conversation: each is its owner's alone."""

import logging
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat.attachments import actions, shown
from chat.errors import ChatError
from chat.views import error, json_view
from ingestion.admin_views import ENVELOPE, asked_ids
from ingestion.errors import UploadRefused
from tenants.access import Member

log = logging.getLogger(__name__)


@require_POST
@json_view
def attach(request: HttpRequest, member: Member) -> HttpResponse:
    """One file. `conversation` is where it belongs; without it, the place of a new one comes with the answer."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.ATTACHMENT_MAX_BYTES + ENVELOPE:
        limit = settings.ATTACHMENT_MAX_BYTES // (1024 * 1024)
        words = _("This file is larger than {limit} MB.").format(limit=limit)
        return error("too_large", words, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise ChatError(_("No file arrived. Choose it again."), code="no_file")
    place = request.POST.get("conversation", "")
    try:
        conversation = UUID(place) if place else None
    except ValueError as malformed:
        raise ChatError(_("The request could not be read."), code="malformed") from malformed
    try:
        row = actions.attach(
            file,  # type: ignore[arg-type]
            name=str(file.name or ""),
            size=file.size or 0,
            member=member,
            conversation=conversation,
        )
    except UploadRefused as refused:
        return error(refused.code, refused.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    except OSError:
        log.exception("a file of a conversation could not be stored")
        said = _(
            "The file could not be stored: the server's disk may be full. Tell the operator, then try again."
        )
        return error("storage", said, HTTPStatus.INSUFFICIENT_STORAGE)
    return JsonResponse(shown.items_of([row])[0], status=HTTPStatus.CREATED)


@require_GET
@json_view
def progress(request: HttpRequest, member: Member) -> HttpResponse:
    """How far the files asked for are, or those that wait in a conversation's composer."""
    place = request.GET.get("conversation", "")
    try:
        items = (
            shown.waiting_items(UUID(place), member)
            if place
            else shown.asked_items(asked_ids(request), member)
        )
    except ValueError as malformed:
        raise ChatError(_("The request could not be read."), code="malformed") from malformed
    return JsonResponse({"items": items}, headers={"Cache-Control": "no-store"})


@require_POST
@json_view
def retry(request: HttpRequest, member: Member, attachment: UUID) -> HttpResponse:
    row = actions.own_attachment(attachment, member)
    actions.retry_attachment(row, member)
    return JsonResponse(shown.items_of([row])[0])


@require_POST
@json_view
def remove(request: HttpRequest, member: Member, attachment: UUID) -> HttpResponse:
    actions.remove_attachment(actions.own_attachment(attachment, member), member)
    return JsonResponse({})
