from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat.errors import ChatError
from chat.search.actions import search
from chat.views import json_view
from tenants.access import Member

LONGEST = 200


@require_GET
@json_view
def search_conversations(request: HttpRequest, member: Member) -> HttpResponse:
    query = request.GET.get("q", "")
    if len(query) > LONGEST:
        raise ChatError(
            _("At most {count} characters can be looked for.").format(count=LONGEST), code="too_long"
        )
    items, more = search(query, member)
    return JsonResponse({"items": items, "more": more})
