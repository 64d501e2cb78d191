from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat import protocol
from chat.errors import ChatError
from chat.models import Conversation
from chat.presentation import conversation_item, owned_conversation
from chat.rail import actions
from chat.rail.palette import jump_targets
from chat.tabs import tell_tabs
from chat.views import json_body, json_view
from tenants.access import Member

LONGEST = 200


@require_POST
@json_view
def pin(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = _remembered(conversation, member)
    actions.pin_conversation(row, member, pinned=_flag(request, "pinned"))
    return _changed(row, member)


@require_POST
@json_view
def archive(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = _remembered(conversation, member)
    actions.archive_conversation(row, archived=_flag(request, "archived"))
    return _changed(row, member)


@require_POST
@json_view
def set_tags(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = _remembered(conversation, member)
    given = json_body(request).get("tags")
    actions.set_tags(row, [_id(tag) for tag in given] if isinstance(given, list) else [], member)
    return _changed(row, member)


@require_POST
@json_view
def save_tag(request: HttpRequest, member: Member) -> HttpResponse:
    body = json_body(request)
    tag = body.get("id")
    row = actions.save_tag(
        member,
        tag=_id(tag) if tag else None,
        name=str(body.get("name", "")),
        colour=str(body.get("colour", "")),
    )
    return _tags(member, saved=str(row.pk))


@require_POST
@json_view
def delete_tag(request: HttpRequest, member: Member, tag: UUID) -> HttpResponse:
    actions.own_tag(tag, member).delete()
    return _tags(member)


@require_GET
@json_view
def palette(request: HttpRequest, member: Member) -> HttpResponse:
    query = request.GET.get("q", "")
    if len(query) > LONGEST:
        raise ChatError(_("At most %d characters can be looked for.") % LONGEST, code="too_long")
    return JsonResponse(jump_targets(query, member))


def _remembered(conversation: UUID, member: Member) -> Conversation:
    row = owned_conversation(conversation, member)
    if row.incognito:
        raise ChatError(_("An incognito conversation is in no list."), code="incognito")
    return row


def _changed(row: Conversation, member: Member) -> HttpResponse:
    item = conversation_item(row)
    tell_tabs(member, protocol.listed(item))
    return JsonResponse(item)


def _tags(member: Member, **more: Any) -> HttpResponse:
    items = actions.tag_items(member)
    tell_tabs(member, protocol.tags(items))
    return JsonResponse({"items": items, **more})


def _flag(request: HttpRequest, name: str) -> bool:
    value = json_body(request).get(name)
    if not isinstance(value, bool):
        raise ChatError(code="malformed")
    return value


def _id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise ChatError(code="malformed") from error
