"""OpenID Connect Back-Channel Logout: the provider itself says that a session there is over."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tenants.sso.discovery import configuration_of, fetch_json
from tenants.sso.errors import ProviderFault
from tenants.sso.id_token import read_logout_token
from tenants.sso.leaving import end_sessions_at
from tenants.sso.models import IdentityProvider
from tenants.sso.providers import provider_by_id
from tenants.sso.refusals import record_refused_sign_out
from tenants.sso.used import use_once

KEYS_REMEMBERED_SECONDS = (
    60  # anybody may post here, and none of them shall have us ask the provider each time
)
LONGEST = 16 * 1024
REMEMBERED = timedelta(minutes=10)


@csrf_exempt
@never_cache
@require_POST
def backchannel(request: HttpRequest, provider_id: str) -> HttpResponse:
    provider = provider_by_id(provider_id)
    if provider is None or provider.by_saml:
        raise Http404
    try:
        claims = read(provider, request.POST.get("logout_token", ""))
    except ProviderFault as error:
        record_refused_sign_out(request, provider, error.reason)
        answer = {"error": "invalid_request", "error_description": error.reason}
        return JsonResponse(answer, status=HTTPStatus.BAD_REQUEST)
    end_sessions_at(provider, sub=claims.get("sub", ""), sids=[claims.get("sid", "")])
    return HttpResponse(status=HTTPStatus.OK)


def read(provider: IdentityProvider, token: str) -> dict[str, Any]:
    """The verified claims of a token that comes for the first time. Raises ProviderFault."""
    if not 0 < len(token) <= LONGEST:
        raise ProviderFault("logout_token_missing", "No logout token was sent.")
    config = configuration_of(provider)
    claims = read_logout_token(
        token, keys=keys_of(config), issuer=config["issuer"], client_id=provider.client_id
    )
    if not use_once(provider, f"logout:{claims['jti']}", until=datetime.now(UTC) + REMEMBERED):
        raise ProviderFault("logout_token_replayed", "This logout token was used already.")
    return claims


def keys_of(config: dict[str, Any]) -> dict[str, Any]:
    key = f"sso:keys:{config['jwks_uri']}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        known = fetch_json(config["jwks_uri"])
        cache.set(key, known, KEYS_REMEMBERED_SECONDS)
    return known
