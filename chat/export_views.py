"""A conversation taken out of the chat, by its owner: as a file, or on paper."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from chat import export
from chat.errors import NotFound
from chat.models import Conversation
from chat.presentation import message_list, owned_conversation
from tenants.access import Member
from tenants.middleware import TenantRequest

Writer = Callable[[TenantRequest, Conversation, Member], HttpResponse]


def export_view(kind: str) -> Callable[[Writer], Callable[[TenantRequest, UUID], HttpResponse]]:
    """Hands the owner's conversation to `write`, and records that it went out."""

    def decorate(write: Writer) -> Callable[[TenantRequest, UUID], HttpResponse]:
        @require_GET
        @login_required
        def view(request: TenantRequest, conversation: UUID) -> HttpResponse:
            try:
                if request.member is None:
                    raise NotFound
                row = owned_conversation(conversation, request.member)
            except NotFound:
                return render(request, "404.html", status=HTTPStatus.NOT_FOUND)
            response = write(request, row, request.member)
            response["Cache-Control"] = "no-store"
            export.note_exported(row, request.member, kind=kind)
            return response

        return view

    return decorate


@export_view("markdown")
def as_markdown(request: TenantRequest, row: Conversation, member: Member) -> HttpResponse:
    text = export.as_markdown(row, member)
    return _download(HttpResponse(text, content_type="text/markdown; charset=utf-8"), row, "md")


@export_view("json")
def as_json(request: TenantRequest, row: Conversation, member: Member) -> HttpResponse:
    options = {"ensure_ascii": False, "indent": 2}
    return _download(JsonResponse(export.as_json(row, member), json_dumps_params=options), row, "json")


def _download(response: HttpResponse, row: Conversation, ending: str) -> HttpResponse:
    name = export.file_name(row.title, ending)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@export_view("print")
def as_print(request: TenantRequest, row: Conversation, member: Member) -> HttpResponse:
    """Drawn by the same scripts as the chat; the browser prints it, or saves it as PDF."""
    data: dict[str, Any] = {"messages": message_list(row, member)}
    context = {"conversation": row, "member": member, "print_data": data, "now": timezone.now()}
    return render(request, "sharing/print.html", context)
