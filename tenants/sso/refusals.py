"""Sign-ins that do not come about: a page that says why, and a line in the organisation's audit trail."""

import time
from http import HTTPStatus
from uuid import UUID

from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop

from tenants.actions import record
from tenants.models import User
from tenants.scoping import tenant_scope
from tenants.sso.errors import NotAdmitted, SignInRefused
from tenants.sso.models import IdentityProvider

BARRED = gettext_noop("Your organisation signs in with {name}, and no longer with a password.")


MOST_BY_ONE, MOST_BY_ALL = 20, 300  # of what strangers can cause, recorded in an hour


def refused_page(
    request: HttpRequest, provider: IdentityProvider, error: SignInRefused, *, email: str = ""
) -> HttpResponse:
    if isinstance(error, NotAdmitted) or may_record(request, provider):
        record_refusal(provider, error.reason, email=email)
    return render(
        request, "account/sso_refused.html", {"sentence": error.for_people}, status=HTTPStatus.FORBIDDEN
    )


def password_refused_page(request: HttpRequest, provider: IdentityProvider, user: User) -> HttpResponse:
    record_refusal(provider, "password", email=user.email, subject=user.pk)
    sentence = gettext(BARRED).format(name=provider.name)
    return render(request, "account/sso_refused.html", {"sentence": sentence}, status=HTTPStatus.FORBIDDEN)


def record_refused_sign_out(request: HttpRequest, provider: IdentityProvider, reason: str) -> None:
    if may_record(request, provider):
        with tenant_scope(provider.tenant_id):
            record(
                "session.end_refused", actor=None, subject=provider.pk, name="", reason=reason,
                provider=provider.name,
            )  # fmt: skip


def may_record(request: HttpRequest, provider: IdentityProvider) -> bool:
    """Whether the audit trail takes one more attempt of somebody whom nobody vouches for.

    Anybody can make as many as they like; when they are too many, the trail says so once and is silent for an hour.
    """
    hour = int(time.time() // 3600)
    for whose, most in ((get_client_ip(request), MOST_BY_ONE), ("", MOST_BY_ALL)):
        key = f"sso:refused:{provider.pk}:{whose}:{hour}"
        cache.add(key, 0, 3600)
        try:
            count = cache.incr(key)
        except ValueError:  # it has just expired
            continue
        if count == most:
            record_refusal(provider, "too_many")
        if count >= most:
            return False
    return True


def record_refusal(
    provider: IdentityProvider, reason: str, *, email: str = "", subject: UUID | None = None
) -> None:
    with tenant_scope(provider.tenant_id):
        record(
            "sign_in.refused", actor=None, subject=subject or provider.pk, name=email, reason=reason,
            provider=provider.name,
        )  # fmt: skip
