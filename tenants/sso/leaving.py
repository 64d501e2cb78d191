"""Signing out at the provider as well, and being signed out from there.

A session knows what its provider calls it: the person (`sub`) and the provider's session (`sid`).
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from allauth.account.views import LogoutView
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tenants.actions import record
from tenants.crypto import Undecryptable, decrypt
from tenants.entrance.sessions import AT_PROVIDER, end_sessions
from tenants.models import Membership, User
from tenants.scoping import tenant_scope
from tenants.sso.discovery import configuration_of
from tenants.sso.errors import ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.providers import barring_provider, provider_by_id
from tenants.sso.saml.sign_out import sign_out_address


class SignOutView(LogoutView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Here first, so that nothing that goes wrong at the provider keeps anybody signed in."""
        name, url = way_out(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if not url:
            return response
        return render(request, "account/sso_leave.html", {"url": url, "provider": name})


sign_out = SignOutView.as_view()


def way_out(request: HttpRequest) -> tuple[str, str]:
    """The provider by which the session began, and the address that ends the session there; "" for none."""
    known = request.session.get(AT_PROVIDER) or {}
    provider = provider_by_id(known.get("provider", ""))
    if provider is None or not provider.single_logout:
        return "", ""
    try:
        address = sign_out_address if provider.by_saml else end_session_address
        return provider.name, address(request, provider, known)
    except (ProviderFault, Undecryptable):
        return "", ""


def end_session_address(request: HttpRequest, provider: IdentityProvider, known: dict[str, str]) -> str:
    """OpenID Connect RP-Initiated Logout. Raises ProviderFault."""
    endpoint = configuration_of(provider).get("end_session_endpoint")
    if not endpoint:
        return ""
    query = {
        "client_id": provider.client_id,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("account_login")),
    }
    if known.get("id_token"):
        query["id_token_hint"] = decrypt(known["id_token"])
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def sessions_at(provider: IdentityProvider, *, sub: str, sids: Iterable[str]) -> list[UserSession]:
    """Sessions that the provider began: the person's, only those it names if it names any."""
    rows = UserSession.objects.filter(**{f"data__{AT_PROVIDER}__provider": str(provider.pk)})
    if sub:
        rows = rows.filter(**{f"data__{AT_PROVIDER}__sub": sub})
    if wanted := [sid for sid in sids if sid]:
        rows = rows.filter(**{f"data__{AT_PROVIDER}__sid__in": wanted})
    return list(rows) if sub or wanted else []


def end_sessions_by_password(provider: IdentityProvider) -> None:
    """When there is no other way in than the provider, nobody stays who came by another, but the break-glass admin."""
    with tenant_scope(provider.tenant_id), transaction.atomic():
        members = Membership.objects.values("user")
        rows = UserSession.objects.filter(user__in=members).select_related("user").order_by("pk")
        by_password = [row for row in rows if not row.data.get("provider")]
        barred = {row.user for row in by_password if barring_provider(row.user)}
        if barred:
            end_sessions([row for row in by_password if row.user in barred])
            record(
                "session.ended_by_rule", actor=None, subject=provider.pk, name=provider.name,
                people=sorted(str(person) for person in barred),
            )  # fmt: skip


def end_sessions_at(provider: IdentityProvider, *, sub: str, sids: Iterable[str]) -> int:
    """At once, with their sockets, and with a line in the audit trail for each person."""
    with transaction.atomic():
        rows = sessions_at(provider, sub=sub, sids=sids)
        people = User.objects.in_bulk({row.user_id for row in rows})
        ended = end_sessions(rows)
        with tenant_scope(provider.tenant_id):
            for person in people.values():
                record(
                    "session.ended_by_provider", actor=None, subject=person.pk, name=str(person),
                    provider=provider.name,
                )  # fmt: skip
    return ended
