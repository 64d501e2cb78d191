"""Pages about one's own account."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.entrance.audit import record_everywhere
from tenants.entrance.sessions import device_words, end_sessions, sessions_of
from tenants.middleware import TenantRequest

OTHERS = "others"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def sessions(request: TenantRequest) -> HttpResponse:
    """Where the person is signed in. A post ends one session, by its number, or all others."""
    if request.method == "POST":
        return end(request, request.POST.get("end", ""))
    key = request.session.session_key
    shown = [
        {"row": row, "device": device_words(row.user_agent), "this": row.session_key == key}
        for row in sessions_of(request.user.pk)
    ]
    shown.sort(key=lambda item: not item["this"])
    return render(request, "account/sessions.html", {"sessions": shown})


def end(request: TenantRequest, which: str) -> HttpResponse:
    user, key = request.user.pk, request.session.session_key
    rows = [
        row
        for row in sessions_of(user)
        if (which == OTHERS and row.session_key != key) or which == str(row.pk)
    ]
    if not rows and which != OTHERS:
        raise Http404
    devices = [device_words(row.user_agent) for row in rows]
    with transaction.atomic():
        count = end_sessions(rows)
        if count:
            record_everywhere(user, "session.ended", actor=user, devices=devices)
    if any(row.session_key == key for row in rows):
        logout(request)
        return redirect("account_login")
    ended = "1 other session was" if count == 1 else f"{count} other sessions were"
    messages.success(request, f"{ended} ended.")
    return redirect("account_sessions")
