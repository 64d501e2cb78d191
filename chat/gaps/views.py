"""The JSON of ratings."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.errors import ChatError
from chat.gaps import rating
from chat.gaps.going_on import follow_ups_of
from chat.gaps.shown import own_extras
from chat.views import json_body, json_view
from tenants.access import Member


@require_POST
@json_view
def rate(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    return JsonResponse(own_extras(rating.rate(message, _rating(json_body(request)), member)))


def _rating(body: dict[str, Any]) -> rating.Rating:
    helpful, reasons = body.get("helpful"), body.get("reasons", [])
    comment, send = body.get("comment", ""), body.get("send", False)
    if helpful not in (True, False, None) or not isinstance(send, bool) or not isinstance(comment, str):
        raise _malformed()
    if not isinstance(reasons, list) or not all(isinstance(each, str) for each in reasons):
        raise _malformed()
    return rating.Rating(helpful, tuple(reasons), comment.replace("\x00", ""), send)


@require_POST
@json_view
def send_question(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    sent = json_body(request).get("sent")
    if not isinstance(sent, bool):
        raise _malformed()
    return JsonResponse(own_extras(rating.send_question(message, sent, member)))


@require_POST
@json_view
def follow_ups(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    """Asks the model, should they not have been made yet; hence no GET."""
    return JsonResponse({"follow_ups": follow_ups_of(message, member)})


def _malformed() -> ChatError:
    return ChatError(_("The request could not be read."), code="malformed")
