"""SAML Single Logout by the redirect binding: what we ask of the provider, and what it asks of us."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from onelogin.saml2.auth import OneLogin_Saml2_Auth as Auth
from onelogin.saml2.errors import OneLogin_Saml2_Error
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request as LogoutRequest
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from tenants.sso.errors import ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.saml.config import address_of, auth_for
from tenants.sso.saml.metadata import description_of
from tenants.sso.saml.provider import NOTHING

OLDEST = timedelta(minutes=5)
LONGEST = 64 * 1024
UNVERIFIED = _("What the sign-in service sent could not be verified, so nobody was signed out.")


@dataclass(frozen=True)
class AskedToLeave:
    """A verified request of the provider's, and the address that tells it that it is done."""

    id: str
    name_id: str
    session_indexes: list[str]
    until: datetime
    answer: str


def sign_out_address(request: HttpRequest, provider: IdentityProvider, known: dict[str, str]) -> str:
    """Where the provider ends the session that is `known`; "" when it cannot. Raises ProviderFault."""
    if not description_of(provider).slo_url:
        return ""
    try:
        url: str = auth_for(request, provider, "saml_sls").logout(
            return_to=NOTHING,
            name_id=known["sub"],
            session_index=known["sid"] or None,
            name_id_format=known["format"],
        )
    except OneLogin_Saml2_Error as error:
        raise ProviderFault("settings", _("The provider's settings cannot be used.")) from error
    return url


def read_request(request: HttpRequest, provider: IdentityProvider) -> AskedToLeave:
    """Raises ProviderFault when one check fails."""
    check_names(request)
    if not description_of(provider).slo_url:
        raise fault("no_address")
    auth = auth_for(request, provider, "saml_sls", signed=True)
    try:
        answer = auth.process_slo(keep_local_session=True)
        if auth.get_errors() or not answer:
            raise fault("signature" if "signature" in str(auth.get_errors()) else "invalid")
        return _read(request, provider, auth, answer)
    except ProviderFault:
        raise
    except Exception as error:  # as in `response.read_response`
        raise fault("unreadable") from error


def check_names(request: HttpRequest) -> None:
    """Each value once and spelt plainly: the query is verified as it was written and used as it is read."""
    query = request.META.get("QUERY_STRING", "")
    names = [part.partition("=")[0] for part in query.split("&")]
    if (
        len(query) > LONGEST
        or len(names) != len(set(names))
        or any(unquote_plus(name) != name for name in names)
    ):
        raise fault("unreadable")


def _read(request: HttpRequest, provider: IdentityProvider, auth: Auth, answer: str) -> AskedToLeave:
    root: Any = Xml.to_etree(auth.get_last_request_xml())
    if root.get("Destination") != address_of(request, "saml_sls", provider):
        raise fault("destination")
    if LogoutRequest.get_issuer(root) != provider.issuer:
        raise fault("issuer")
    issued = datetime.fromtimestamp(Utils.parse_SAML_to_time(root.get("IssueInstant")), UTC)
    if abs(datetime.now(UTC) - issued) > OLDEST:
        raise fault("expired")
    return AskedToLeave(
        id=root.get("ID"),
        name_id=LogoutRequest.get_nameid(root, auth.get_settings().get_sp_key()),
        session_indexes=LogoutRequest.get_session_indexes(root),
        until=issued + OLDEST,
        answer=answer,
    )


def fault(reason: str) -> ProviderFault:
    return ProviderFault(f"saml_sign_out_{reason}", UNVERIFIED)
