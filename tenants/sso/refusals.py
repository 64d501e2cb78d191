"""Sign-ins that do not come about: a page that says why, and a line in the organisation's audit trail."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.actions import record
from tenants.models import User
from tenants.scoping import tenant_scope
from tenants.sso.errors import SignInRefused
from tenants.sso.models import IdentityProvider

BARRED = "Your organisation signs in with {name}, and no longer with a password."


def refused_page(
    request: HttpRequest, provider: IdentityProvider, error: SignInRefused, *, email: str = ""
) -> HttpResponse:
    record_refusal(provider, error.reason, email=email)
    return render(
        request, "account/sso_refused.html", {"sentence": error.sentence}, status=HTTPStatus.FORBIDDEN
    )


def password_refused_page(request: HttpRequest, provider: IdentityProvider, user: User) -> HttpResponse:
    record_refusal(provider, "password", email=user.email, subject=user.pk)
    sentence = BARRED.format(name=provider.name)
    return render(request, "account/sso_refused.html", {"sentence": sentence}, status=HTTPStatus.FORBIDDEN)


def record_refusal(
    provider: IdentityProvider, reason: str, *, email: str = "", subject: UUID | None = None
) -> None:
    with tenant_scope(provider.tenant_id):
        record(
            "sign_in.refused", actor=None, subject=subject or provider.pk, name=email, reason=reason,
            provider=provider.name,
        )  # fmt: skip
