"""allauth's SAML provider, which takes nothing from the address that a browser asks for."""

from typing import Any

from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_noop as _
from onelogin.saml2.errors import OneLogin_Saml2_Error

from tenants.sso.errors import ASK_ADMIN, UNUSABLE, ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.providers import provider_by_id
from tenants.sso.saml.config import auth_for

NOTHING = "colloquy"  # as RelayState, which some providers sign wrongly when it is empty and others when it is missing


class TenantSamlProvider(SAMLProvider):  # type: ignore[misc]
    package = "tenants.sso.saml"

    @property
    def row(self) -> IdentityProvider:
        row = provider_by_id(self.app.provider_id)
        if row is None:
            raise ProviderFault("settings", _("This sign-in service is switched off."), ASK_ADMIN)
        return row

    def go(self, request: HttpRequest, *, next_url: str | None, login_hint: str) -> HttpResponse:
        """A redirect to the provider. What comes back has to answer this request, in this browser."""
        try:
            auth = auth_for(request, self.row, "saml_acs")
            url = auth.login(return_to=NOTHING)
        except OneLogin_Saml2_Error as error:
            raise ProviderFault("settings", UNUSABLE, ASK_ADMIN) from error
        self.stash_redirect_state(request, AuthProcess.LOGIN, next_url, state_id=auth.get_last_request_id())
        return HttpResponseRedirect(url)

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"email": data["email"], "name": data["name"]}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Claims are used and not kept."""
        return {}
