"""allauth's OpenID Connect, with what it leaves to others: a nonce, the token's signature, one set of claims.

The nonce is made from PKCE's verifier, which never leaves the session and comes back by itself at the callback.
"""

import base64
import hashlib
from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _

from tenants.crypto import encrypt
from tenants.sso.claims import LONGEST_SUBJECT
from tenants.sso.discovery import configuration_of, fetch_json
from tenants.sso.errors import TRY_AGAIN, ProviderFault
from tenants.sso.id_token import read_id_token
from tenants.sso.providers import provider_by_id

ODD = _("The sign-in service answered in a way that cannot be used.")


def nonce_of(verifier: str) -> str:
    return (
        base64.urlsafe_b64encode(hashlib.sha256(b"nonce:" + verifier.encode()).digest()).rstrip(b"=").decode()
    )


class TenantOidcAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """One visit to a provider, there or back."""

    nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            provider = provider_by_id(self.provider_id)
            if provider is None:
                raise SocialApp.DoesNotExist
            self._openid_config = configuration_of(provider)
        return self._openid_config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        self.check_answering_issuer(request)
        if not pkce_code_verifier:
            raise ProviderFault("state", ODD, TRY_AGAIN)
        self.nonce = nonce_of(pkce_code_verifier)
        try:
            data = super().get_access_token_data(request, app, client, pkce_code_verifier)
            return {name: str(data[name]) for name in ("access_token", "id_token")}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderFault("token_answer", ODD, TRY_AGAIN) from error

    def check_answering_issuer(self, request: HttpRequest) -> None:
        """RFC 9207: the answer names who gives it, so that one provider's code is never taken to another."""
        said, config = request.GET.get("iss"), self.openid_config
        promised = config.get("authorization_response_iss_parameter_supported") is True
        if (promised or said is not None) and said != config["issuer"]:
            raise ProviderFault("mix_up", ODD, TRY_AGAIN)

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = read_id_token(
            kwargs["response"]["id_token"],
            keys=fetch_json(self.openid_config["jwks_uri"]),
            issuer=self.openid_config["issuer"],
            client_id=app.client_id,
            nonce=self.nonce,
        )
        if app.settings["wanted"] - claims.keys() and self.openid_config.get("userinfo_endpoint"):
            claims = self.with_userinfo(claims, token.token)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise ProviderFault("subject", ODD, TRY_AGAIN)
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": claims})
        login.claims = claims
        login.at_provider = self.named_here(claims, kwargs["response"]["id_token"])
        return login

    def named_here(self, claims: dict[str, Any], id_token: str) -> dict[str, str]:
        """What the provider calls this sign-in, to end it by."""
        sid = claims.get("sid")
        named = {
            "provider": self.provider_id,
            "sub": claims["sub"],
            "sid": sid if isinstance(sid, str) else "",
        }
        return named | {"id_token": encrypt(id_token)}

    def with_userinfo(self, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        """More about the same person. What was signed wins."""
        more = fetch_json(
            self.openid_config["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"}
        )
        if more.get("sub") != claims["sub"]:
            raise ProviderFault("userinfo_subject", ODD, TRY_AGAIN)
        return more | claims


class TenantOidcProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """Takes nothing from the address that a browser asks for: no scopes, parameters or other ends than signing in."""

    package = "tenants.sso"
    oauth2_adapter_class = TenantOidcAdapter

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = generate_code_challenge()
        return params | {"nonce": nonce_of(params["code_verifier"])}

    def go(self, request: HttpRequest, *, next_url: str | None, login_hint: str) -> HttpResponse:
        """A redirect to the provider."""
        response: HttpResponse = self.redirect(
            request, "login", next_url, auth_params={"login_hint": login_hint} if login_hint else {}
        )
        return response

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Claims are used and not kept."""
        return {}
