from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from chat import protocol
from chat.errors import ChatError
from chat.prompts import actions
from chat.tabs import tell_tabs
from chat.views import json_body, json_view
from tenants.access import Member


@require_GET
@json_view
def show_all(request: HttpRequest, member: Member) -> HttpResponse:
    return JsonResponse({"items": actions.prompt_list(member)})


@require_POST
@json_view
def save(request: HttpRequest, member: Member) -> HttpResponse:
    body = json_body(request)
    name, text = body.get("name"), body.get("text")
    if not isinstance(name, str) or not isinstance(text, str):
        raise ChatError(code="malformed")
    actions.save_prompt(member, prompt=_id(body.get("id")), name=name, text=text)
    return _changed(member)


@require_POST
@json_view
def delete(request: HttpRequest, member: Member, prompt: UUID) -> HttpResponse:
    actions.delete_prompt(prompt, member)
    return _changed(member)


@require_POST
@json_view
def restore(request: HttpRequest, member: Member, prompt: UUID) -> HttpResponse:
    actions.restore_prompt(prompt, member)
    return _changed(member)


def _changed(member: Member) -> HttpResponse:
    tell_tabs(member, protocol.prompts_changed())
    return JsonResponse({"items": actions.prompt_list(member)})


def _id(value: object) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(str(value))
    except ValueError as error:
        raise ChatError(code="malformed") from error
