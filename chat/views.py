"""The chat page and the JSON around it. What happens in an answer goes over the socket."""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat import actions, branches, protocol
from chat.attachments.shown import attachment_rules
from chat.changes import changes
from chat.choices.shown import assistants_of
from chat.errors import ChatError, NotFound
from chat.gaps.rules import page_config
from chat.incognito import incognito_allowed
from chat.pictures import answer_pictures
from chat.presentation import (
    conversation_item,
    conversation_list,
    message_list,
    owned_conversation,
    suggested_questions,
)
from chat.rail.actions import rail_data
from chat.source_item import source_item
from chat.tabs import tell_tabs
from ingestion.days import today
from tenants.access import Member
from tenants.middleware import TenantRequest

View = Callable[..., HttpResponse]


@require_GET
@login_required
def chat(request: TenantRequest, conversation: UUID | None = None) -> HttpResponse:
    """The page, for a new chat or an existing conversation."""
    member = request.member
    if member is None:
        return render(request, "chat/no_tenant.html", status=HTTPStatus.FORBIDDEN)
    row = None
    if conversation:
        try:
            row = owned_conversation(conversation, member)
        except NotFound:
            return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
    conversations, more = conversation_list(member)
    current = conversation_item(row) if row else None
    data = {
        "conversation": current,
        "messages": message_list(row, member) if row else [],
        "conversations": conversations,
        "more_conversations": more,
        "assistants": assistants_of(member),
        "suggestions": suggested_questions(member),
        "user": {"name": member.name, "email": member.email, "role": member.role},
        "tenant": {"name": member.tenant_name},
        "incognito_allowed": incognito_allowed(member),
        **rail_data(member),
        "today": today().isoformat(),
        "gaps": page_config(),
        "limits": {"question_chars": settings.QUESTION_MAX_CHARACTERS},
        "attachments": attachment_rules(member),
        "urls": _urls(member),
    }
    context = {"conversations": conversations, "conversation": current, "chat_data": data, "member": member}
    return render(request, "chat/chat.html", context)


def _urls(member: Member) -> dict[str, str | None]:
    return {
        "chat": reverse("chat"),
        "login": settings.LOGIN_URL,
        "logout": reverse("account_logout"),
        "admin": reverse("admin:index") if member.tends_documents else None,
        "upload": reverse("documents") if member.tends_documents else None,
    }


def json_view(view: View) -> View:
    """For signed-in members; errors come as {"error": {"code", "text"}} with a fitting status."""

    @wraps(view)
    def wrapped(request: TenantRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return error("signed_out", _("You are signed out. Sign in again."), HTTPStatus.UNAUTHORIZED)
        if request.member is None:
            return error("not_allowed", _("You belong to no organisation yet."), HTTPStatus.FORBIDDEN)
        try:
            return view(request, request.member, *args, **kwargs)
        except NotFound as missing:
            return error(missing.code, missing.sentence, HTTPStatus.NOT_FOUND)
        except ChatError as refused:
            return error(refused.code, refused.sentence, HTTPStatus.BAD_REQUEST)

    return wrapped


def error(code: str, text: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "text": text}}, status=status)


@require_GET
@json_view
def list_conversations(request: HttpRequest, member: Member) -> HttpResponse:
    before = request.GET.get("before", "")
    if before and not _is_moment(before):
        raise ChatError("`before` must be a date and time in ISO form.", code="malformed")
    tag = request.GET.get("tag", "")
    items, more = conversation_list(
        member, before=before, archived="archived" in request.GET, tag=_uuid(tag) if tag else None
    )
    return JsonResponse({"items": items, "more": more})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as malformed:
        raise ChatError("`tag` must be an id.", code="malformed") from malformed


def _is_moment(text: str) -> bool:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return False
    return moment is not None and moment.tzinfo is not None


@require_GET
@json_view
def show_conversation(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = owned_conversation(conversation, member)
    return JsonResponse(branches.shown(row, member))


@require_POST
@json_view
def choose_branch(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    return JsonResponse(branches.choose(message, member))


@require_GET
@json_view
def show_answers(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    return JsonResponse({"answers": branches.answers_beside(message, member)})


@require_POST
@json_view
def rename_conversation(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = owned_conversation(conversation, member)
    actions.rename_conversation(row, _field(request, "title"))
    item = conversation_item(row)
    if not row.incognito:
        tell_tabs(member, protocol.listed(item))
    return JsonResponse(item)


@require_POST
@json_view
def delete_conversation(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    actions.delete_conversation(owned_conversation(conversation, member))
    tell_tabs(member, protocol.gone(conversation))
    return JsonResponse({})


@require_POST
@json_view
def restore_conversation(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    actions.restore_conversation(conversation, member)
    item = conversation_item(owned_conversation(conversation, member))
    tell_tabs(member, protocol.listed(item))
    return JsonResponse(item)


@require_GET
@json_view
def show_source(request: HttpRequest, member: Member, message: UUID, number: int) -> HttpResponse:
    return JsonResponse(source_item(message, number, member, around=around_of(request)))


@require_GET
@json_view
def show_pictures(request: HttpRequest, member: Member, message: UUID) -> HttpResponse:
    return JsonResponse(answer_pictures(message, member))


def around_of(request: HttpRequest) -> int:
    """How many passages on each side of a source are asked for."""
    asked = request.GET.get("around", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1


@require_GET
@json_view
def show_changes(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    """Which answers rest on sources that have changed since they were written."""
    return JsonResponse({"items": changes(owned_conversation(conversation, member), member)})


def _field(request: HttpRequest, name: str) -> str:
    """A text field of a form or JSON body."""
    if request.content_type != "application/json":
        return str(request.POST.get(name, ""))
    value = json_body(request).get(name, "")
    return value if isinstance(value, str) else ""


def json_body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as malformed:
        raise ChatError(_("The request could not be read."), code="malformed") from malformed
    if not isinstance(body, dict):
        raise ChatError(_("The request could not be read."), code="malformed")
    return body
