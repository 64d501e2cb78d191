"""Pages about one's own account."""

from http import HTTPStatus

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.actions import record_for_person
from tenants.entrance.forms import AcceptForm
from tenants.entrance.invitations import MEMBER_NOW, accept, account_of, agree, open_invitation
from tenants.entrance.models import Invitation
from tenants.entrance.sessions import device_words, end_sessions, sessions_of
from tenants.errors import Refused
from tenants.middleware import CHOSEN_TENANT, TenantRequest
from tenants.models import Membership, User
from tenants.scoping import tenant_scope

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
            record_for_person("session.ended", request.user, actor=user, devices=devices)
    if any(row.session_key == key for row in rows):
        logout(request)
        return redirect("account_login")
    ended = "1 other session was" if count == 1 else f"{count} other sessions were"
    messages.success(request, f"{ended} ended.")
    return redirect("account_sessions")


@never_cache
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Come in by a link: with a new account, or with the one that the address has already."""
    try:
        invitation = open_invitation(token)
        account = account_of(invitation)
        return _join_with(request, invitation, account) if account else _open_account(request, invitation)
    except Refused as error:
        context = {"sentence": gettext(error.sentence)}
        return render(request, "account/invitation_refused.html", context, status=HTTPStatus.GONE)


def _open_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Choose name and password. Whoever is signed in as somebody else is signed out by that."""
    form = AcceptForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if request.method != "POST" or not form.is_valid():
        return render(
            request,
            "account/invitation.html",
            {"invitation": invitation, "form": form, "brand_tenant": invitation.tenant_id},
        )
    with tenant_scope(invitation.tenant_id), transaction.atomic():
        data = form.cleaned_data
        user = accept(invitation, name=data["name"], password=data["password"])
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, user, method="password", email=user.email)
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email))
    return response


def _join_with(request: HttpRequest, invitation: Invitation, account: User) -> HttpResponse:
    """Its owner agrees, signed in as themselves: a link alone, which others may have seen, joins nobody's account."""
    with tenant_scope(invitation.tenant_id):
        if Membership.objects.filter(user=account).exists():
            raise Refused(MEMBER_NOW)
    if request.user.pk != account.pk:
        return render(
            request,
            "account/invitation_sign_in.html",
            {"invitation": invitation, "brand_tenant": invitation.tenant_id},
        )
    if request.method != "POST":
        return render(
            request,
            "account/invitation_agree.html",
            {"invitation": invitation, "brand_tenant": invitation.tenant_id},
        )
    with tenant_scope(invitation.tenant_id), transaction.atomic():
        agree(invitation, account)
    request.session[CHOSEN_TENANT] = str(invitation.tenant_id)
    return redirect("/chat/")
