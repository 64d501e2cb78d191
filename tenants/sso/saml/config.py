"""What python3-saml is told: who we are at the provider, who it is, and that nothing is taken on trust."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth as Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings

from tenants.crypto import Undecryptable
from tenants.sso.errors import ASK_ADMIN, UNUSABLE, ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.saml.keys import as_pem, certificates_in
from tenants.sso.saml.metadata import Description, description_of

SECURITY = {
    "authnRequestsSigned": True,
    "logoutRequestSigned": True,
    "logoutResponseSigned": True,
    "signatureAlgorithm": Constants.RSA_SHA256,
    "digestAlgorithm": Constants.SHA256,
    "rejectDeprecatedAlgorithm": True,
    "requestedAuthnContext": False,
    "wantNameId": True,
    "wantAttributeStatement": False,
    "allowRepeatAttributeName": True,
    "allowSingleLabelDomains": True,
}


def address_of(request: HttpRequest, view: str, provider: IdentityProvider) -> str:
    """One of our addresses, the same whatever name of this server a browser has used."""
    path = reverse(view, kwargs={"provider_id": provider.pk})
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def entity_id_of(request: HttpRequest, provider: IdentityProvider) -> str:
    return address_of(request, "saml_metadata", provider)


def own_side(request: HttpRequest, provider: IdentityProvider) -> dict[str, Any]:
    return {
        "entityId": entity_id_of(request, provider),
        "assertionConsumerService": {
            "url": address_of(request, "saml_acs", provider),
            "binding": Constants.BINDING_HTTP_POST,
        },
        "singleLogoutService": {
            "url": address_of(request, "saml_sls", provider),
            "binding": Constants.BINDING_HTTP_REDIRECT,
        },
        "NameIDFormat": Constants.NAMEID_UNSPECIFIED,
        "x509cert": provider.own_certificate,
    }


def other_side(described: Description) -> dict[str, Any]:
    found: dict[str, Any] = {
        "entityId": described.entity_id,
        "singleSignOnService": {"url": described.sso_url, "binding": Constants.BINDING_HTTP_REDIRECT},
        "x509certMulti": {"signing": [as_pem([one]) for one in certificates_in(described.certificates)]},
    }
    if described.slo_url:
        found["singleLogoutService"] = {
            "url": described.slo_url,
            "binding": Constants.BINDING_HTTP_REDIRECT,
        }
    return found


def auth_for(request: HttpRequest, provider: IdentityProvider, view: str, *, signed: bool = False) -> Auth:
    """python3-saml's view of a request to one of our addresses. `signed`: the message itself has to be, not a part.

    Raises ProviderFault.
    """
    try:
        config = {
            "strict": True,
            "security": SECURITY | {"wantMessagesSigned": signed},
            "sp": own_side(request, provider) | {"privateKey": provider.secret},
            "idp": other_side(description_of(provider)),
        }
    except (Undecryptable, ValueError) as error:
        raise ProviderFault("settings", UNUSABLE, ASK_ADMIN) from error
    here = urlsplit(address_of(request, view, provider))
    return Auth(
        {
            "https": "on" if here.scheme == "https" else "off",
            "http_host": here.netloc,
            "script_name": "",
            "path_info": here.path,
            "get_data": request.GET.dict(),
            "post_data": request.POST.dict(),
            "query_string": request.META.get("QUERY_STRING", ""),
            "validate_signature_from_qs": True,
        },
        config,
    )


def own_metadata(request: HttpRequest, provider: IdentityProvider) -> str:
    """For the provider's admin to load there. Holds no secret. Raises ProviderFault."""
    try:
        own = own_side(request, provider) | {"privateKey": provider.secret}
    except Undecryptable as error:
        raise ProviderFault("settings", UNUSABLE, ASK_ADMIN) from error
    known = Settings({"strict": True, "sp": own, "security": SECURITY}, sp_validation_only=True)
    metadata = known.get_sp_metadata()
    text: str = metadata.decode() if isinstance(metadata, bytes) else metadata
    return text
