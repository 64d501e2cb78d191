"""What one can choose where a question is typed."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from chat.choices.shown import assistants_of, collections_of
from chat.views import json_view
from tenants.access import Member


@require_GET
@json_view
def choices(request: HttpRequest, member: Member) -> HttpResponse:
    return JsonResponse({"assistants": assistants_of(member), "collections": collections_of(member)})
