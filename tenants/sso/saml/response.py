"""Reads a SAML response: who signed it, for whom, in answer to which sign-in, and until when.

python3-saml verifies; what it leaves open is closed here. Only what the signature covers is used, so that what stands
around a signed assertion can claim nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response as Response
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

from tenants.sso.errors import TRY_AGAIN, UNVERIFIED, ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.saml.attributes import claims_of
from tenants.sso.saml.config import address_of, auth_for, entity_id_of

LONGEST = 256 * 1024  # in base64
REASONS = {
    OneLogin_Saml2_ValidationError.NO_SIGNATURE_FOUND: "unsigned",
    OneLogin_Saml2_ValidationError.INVALID_SIGNATURE: "signature",
    OneLogin_Saml2_ValidationError.WRONG_AUDIENCE: "audience",
    OneLogin_Saml2_ValidationError.WRONG_DESTINATION: "destination",
    OneLogin_Saml2_ValidationError.EMPTY_DESTINATION: "destination",
    OneLogin_Saml2_ValidationError.WRONG_ISSUER: "issuer",
    OneLogin_Saml2_ValidationError.ASSERTION_EXPIRED: "expired",
    OneLogin_Saml2_ValidationError.ASSERTION_TOO_EARLY: "expired",
    OneLogin_Saml2_ValidationError.SESSION_EXPIRED: "expired",
    OneLogin_Saml2_ValidationError.WRONG_SUBJECTCONFIRMATION: "confirmation",
    OneLogin_Saml2_ValidationError.STATUS_CODE_IS_NOT_SUCCESS: "status",
}


@dataclass(frozen=True)
class Assertion:
    """What a provider says of a person, once, until `expires`."""

    id: str
    in_response_to: str
    expires: datetime
    claims: dict[str, Any]
    name_id: str
    name_id_format: str
    session_index: str


def read_response(request: HttpRequest, provider: IdentityProvider) -> Assertion:
    """The verified assertion in the posted response. Raises ProviderFault when one check fails."""
    text = request.POST.get("SAMLResponse", "")
    if not 0 < len(text) <= LONGEST:
        raise fault("unreadable")
    auth = auth_for(request, provider, "saml_acs")
    try:
        response = Response(auth.get_settings(), text)
        response.is_valid(auth._request_data, raise_exceptions=True)
        return _assertion(request, provider, response)
    except (OneLogin_Saml2_ValidationError, OneLogin_Saml2_Error) as error:
        raise fault(REASONS.get(error.code, "invalid")) from error
    except ProviderFault:
        raise
    except (
        Exception
    ) as error:  # lxml, xmlsec and binascii have a tree each, and a stranger chooses what they read
        raise fault("unreadable") from error


def _assertion(request: HttpRequest, provider: IdentityProvider, response: Response) -> Assertion:
    if entity_id_of(request, provider) not in response.get_audiences():
        raise fault("audience")
    destination = response.document.get("Destination")
    here = address_of(request, "saml_acs", provider)
    if destination is not None and destination != here:
        raise fault("destination")
    confirmed = _confirmation(response, here)
    in_response_to = confirmed.get("InResponseTo") or ""
    if (response.get_in_response_to() or "") != in_response_to:
        raise fault("in_response_to")
    name_id = response.get_nameid() or ""
    return Assertion(
        id=response.get_assertion_id(),
        in_response_to=in_response_to,
        expires=datetime.fromtimestamp(Utils.parse_SAML_to_time(confirmed.get("NotOnOrAfter")), UTC),
        claims=claims_of(provider, response),
        name_id=name_id,
        name_id_format=response.get_nameid_format() or Constants.NAMEID_UNSPECIFIED,
        session_index=response.get_session_index() or "",
    )


def _confirmation(response: Response, here: str) -> Any:
    """The bearer's confirmation that is meant for this address and ends some day."""
    found = response._query_assertion(
        f"/saml:Subject/saml:SubjectConfirmation[@Method='{Constants.CM_BEARER}']/saml:SubjectConfirmationData"
    )
    now = Utils.now()
    for node in found:
        until = node.get("NotOnOrAfter")
        if node.get("Recipient") == here and until and Utils.parse_SAML_to_time(until) > now:
            return node
    raise fault("recipient" if found else "confirmation")


def fault(reason: str) -> ProviderFault:
    if reason == "status":
        return ProviderFault("saml_status", _("The sign-in service of your organisation refused."), TRY_AGAIN)
    return ProviderFault(
        f"saml_{reason}",
        UNVERIFIED,
        TRY_AGAIN,
    )
