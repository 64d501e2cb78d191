"""What allauth asks us about identity providers."""

import logging
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _

from tenants.entrance.sessions import AT_PROVIDER
from tenants.scoping import tenant_scope
from tenants.sso.admit import admit
from tenants.sso.errors import BEGUN_ELSEWHERE, TRY_AGAIN, SignInRefused
from tenants.sso.models import IdentityProvider
from tenants.sso.outgoing import CheckedSession
from tenants.sso.providers import as_social_app, provider_by_id
from tenants.sso.refusals import refused_page

log = logging.getLogger(__name__)


class TenantSocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The one that is asked for; nobody is told of the others."""
        found = provider_by_id(provider) if provider else None
        return [as_social_app(found)] if found else []

    def get_requests_session(self) -> requests.Session:
        return CheckedSession()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Whom the provider vouches for is let in, or told why not."""
        provider = provider_by_id(sociallogin.account.provider)
        if provider is None:
            raise SocialApp.DoesNotExist
        try:
            with tenant_scope(provider.tenant_id), transaction.atomic():
                sociallogin.account = admit(provider, sociallogin.claims)
        except SignInRefused as error:
            email = str(sociallogin.claims.get("email", ""))[:254]
            raise ImmediateHttpResponse(refused_page(request, provider, error, email=email)) from error
        sociallogin.user = sociallogin.account.user
        sociallogin.state[AT_PROVIDER] = sociallogin.at_provider

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """The visit to the provider ended without a person."""
        row: IdentityProvider | None = provider_by_id(provider.app.provider_id)
        if row is None:
            raise SocialApp.DoesNotExist
        refusal = exception if isinstance(exception, SignInRefused) else refusal_of(request, exception)
        raise ImmediateHttpResponse(refused_page(request, row, refusal))


def refusal_of(request: HttpRequest, exception: Exception | None) -> SignInRefused:
    """allauth names neither a state that it does not know nor what the provider said."""
    if exception is not None:
        log.info("a sign-in by a provider failed: %s", type(exception).__name__)
        return SignInRefused(
            "provider", _("The sign-in service of your organisation did not answer."), TRY_AGAIN
        )
    if request.GET.get("error") == "access_denied":
        return SignInRefused("canceled", _("You did not sign in there, so nobody was signed in here."))
    if "error" in request.GET:
        return SignInRefused("provider", _("The sign-in service of your organisation refused."), TRY_AGAIN)
    return SignInRefused(
        "state",
        BEGUN_ELSEWHERE,
        TRY_AGAIN,
    )
