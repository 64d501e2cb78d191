"""Ends sessions that have outlived their rules, notes the use of the others, and asks for a second factor first."""

import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.core.internal.httpkit import get_client_ip
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tenants.actions import record_for_person
from tenants.entrance.rules import FACTOR_FIRST, lacks_factor, rules_for, why_over
from tenants.entrance.sessions import device_words, note_use, row_of_request
from tenants.middleware import TenantRequest

# Pages ask these by themselves while nobody need be there.
UNATTENDED = re.compile(
    r"/documents/api/(progress|summary)|/admin/ingestion/document/progress/|/admin/sources/source/[^/]+/state/"
)
SECOND_FACTOR = "/accounts/2fa/"


class EntranceMiddleware:
    """Stands behind allauth's middleware and before the tenant's. The views then find nobody signed in, and say so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: TenantRequest) -> HttpResponse:
        reply = self.hold(request) if request.user.is_authenticated and request.session.session_key else None
        return reply or self.get_response(request)

    def hold(self, request: TenantRequest) -> HttpResponse | None:
        person, user = request.user, request.user.pk
        row, rules = row_of_request(request), rules_for(user)
        if sentence := why_over(row, rules, timezone.now()):
            logout(request)
            record_for_person("session.timed_out", person, actor=user, device=device_words(row.user_agent))
            messages.info(request, sentence)
            return None
        if not UNATTENDED.fullmatch(request.path_info):
            note_use(row, ip=get_client_ip(request))
        request.second_factor_missing = lacks_factor(row, user, rules)
        if request.second_factor_missing and not leads_to_factor(request):
            return factor_first(request)
        return None


def leads_to_factor(request: HttpRequest) -> bool:
    """Setting the factor up, proving who one is for that, and leaving."""
    allowed = (reverse("account_reauthenticate"), reverse("account_logout"))
    return request.path_info in allowed or request.path_info.startswith(SECOND_FACTOR)


def factor_first(request: HttpRequest) -> HttpResponse:
    page = request.method == "GET" and "text/html" in request.headers.get("Accept", "text/html")
    if page:
        return redirect(f"{reverse('mfa_index')}?{urlencode({'next': request.get_full_path()})}")
    error = {"code": "second_factor", "text": FACTOR_FIRST}
    return JsonResponse({"error": error}, status=HTTPStatus.FORBIDDEN)
