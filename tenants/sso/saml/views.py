"""The way back from a SAML provider, and what its admin is given to set it up."""

from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.sessions import LoginSession
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tenants.sso.claims import LONGEST_SUBJECT
from tenants.sso.errors import BEGUN_ELSEWHERE, TRY_AGAIN, ProviderFault, SignInRefused
from tenants.sso.leaving import end_sessions_at
from tenants.sso.models import IdentityProvider, Protocol
from tenants.sso.providers import any_provider_by_id, provider_by_id
from tenants.sso.refusals import record_refused_sign_out, refused_page
from tenants.sso.saml.config import own_metadata
from tenants.sso.saml.response import Assertion, read_response
from tenants.sso.saml.sign_out import read_request
from tenants.sso.used import use_once


def saml_provider(provider_id: Any) -> IdentityProvider:
    provider = provider_by_id(str(provider_id))
    if provider is None or not provider.by_saml:
        raise Http404
    return provider


@csrf_exempt
@never_cache
@require_POST
def acs(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A browser brings the response from another site, so without its session. What is verified here waits for the
    next request, which comes with it; what is not leaves nothing behind.
    """
    provider = saml_provider(provider_id)
    try:
        assertion = read_response(request, provider)
        if not assertion.in_response_to and not provider.provider_initiated:
            raise ProviderFault(
                "saml_unsolicited", _("Begin at the sign-in page of Colloquy, not at your provider.")
            )
        if not 0 < len(assertion.claims["sub"]) <= LONGEST_SUBJECT:
            raise ProviderFault("subject", _("The sign-in service did not say who you are."), TRY_AGAIN)
        if not use_once(provider, assertion.id, until=assertion.expires):
            raise ProviderFault("saml_replayed", BEGUN_ELSEWHERE, TRY_AGAIN)
    except SignInRefused as error:
        return refused_page(request, provider, error)
    response = HttpResponseRedirect(reverse("saml_finish", kwargs={"provider_id": provider.pk}))
    wanted = "" if assertion.in_response_to else request.POST.get("RelayState", "")
    keep(request, response, provider, assertion, wanted)
    return response


def keep(
    request: HttpRequest,
    response: HttpResponse,
    provider: IdentityProvider,
    assertion: Assertion,
    wanted: str,
) -> None:
    waiting = LoginSession(request, "saml_acs_session", "saml-acs-session")
    waiting.store["saml"] = {
        "provider": str(provider.pk),
        "in_response_to": assertion.in_response_to,
        "claims": assertion.claims,
        "at_provider": at_provider(provider, assertion),
        "next": wanted,
    }
    waiting.store.set_expiry(60)
    waiting.save(response)


def at_provider(provider: IdentityProvider, assertion: Assertion) -> dict[str, str]:
    """What the provider calls this sign-in, to end it by."""
    return {
        "provider": str(provider.pk),
        "sub": assertion.name_id,
        "sid": assertion.session_index,
        "format": assertion.name_id_format,
    }


@never_cache
@require_GET
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The verified response meets the browser that asked for it."""
    provider = saml_provider(provider_id)
    waiting = LoginSession(request, "saml_acs_session", "saml-acs-session")
    kept = waiting.store.get("saml") or {}
    waiting.delete()
    try:
        if kept.get("provider") != str(provider.pk):
            raise ProviderFault("state", BEGUN_ELSEWHERE, TRY_AGAIN)
        return complete(request, provider, kept)
    except SignInRefused as error:
        return refused_page(request, provider, error)


def complete(request: HttpRequest, provider: IdentityProvider, kept: dict[str, Any]) -> HttpResponse:
    known = get_adapter(request).get_provider(request, str(provider.pk))
    if kept["in_response_to"]:
        try:
            state = known.unstash_redirect_state(request, kept["in_response_to"])
        except PermissionDenied:
            raise ProviderFault("state", BEGUN_ELSEWHERE, TRY_AGAIN) from None
    else:
        state = {"process": AuthProcess.LOGIN}
        wanted = kept["next"]
        if wanted.startswith("/") and get_account_adapter(request).is_safe_url(wanted):
            state["next"] = wanted
    login = known.sociallogin_from_response(request, kept["claims"])
    login.state, login.claims, login.at_provider = state, kept["claims"], kept["at_provider"]
    response: HttpResponse = complete_social_login(request, login)
    return response


@never_cache
@require_GET
def sls(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The provider ends sessions, or says that it has ended the one that was signed out here."""
    provider = saml_provider(provider_id)
    if "SAMLResponse" in request.GET:  # our part was done before it was asked
        return redirect("account_login")
    try:
        asked = read_request(request, provider)
        if not use_once(provider, asked.id, until=asked.until):
            raise ProviderFault("saml_sign_out_replayed", BEGUN_ELSEWHERE, TRY_AGAIN)
    except ProviderFault as error:
        record_refused_sign_out(request, provider, error.reason)
        told = {"sentence": error.for_people}
        return render(request, "account/sso_not_left.html", told, status=HTTPStatus.FORBIDDEN)
    end_sessions_at(provider, sub=asked.name_id, sids=asked.session_indexes)
    return HttpResponseRedirect(asked.answer)


@require_GET
def metadata(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ours, for the provider. It is loaded there before the provider is switched on here."""
    provider = any_provider_by_id(str(provider_id))
    if provider is None or provider.protocol != Protocol.SAML:
        raise Http404
    try:
        text = own_metadata(request, provider)
    except ProviderFault as error:
        return refused_page(request, provider, error)
    return HttpResponse(
        text,
        content_type="application/samlmetadata+xml",
        headers={"Content-Disposition": 'attachment; filename="colloquy-metadata.xml"'},
    )
