"""From a SAML assertion's attributes to the claims that `tenants.sso.admit` reads, whoever names them how."""

from typing import Any

from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants

from tenants.sso.models import IdentityProvider
from tenants.sso.presets import CLAIMS

EMAIL = ("email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3", f"{CLAIMS}/emailaddress")
NAME = (
    "displayName",
    "name",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
)
GIVEN = ("givenName", "firstName", "first_name", "urn:oid:2.5.4.42", f"{CLAIMS}/givenname")
FAMILY = ("sn", "surname", "lastName", "last_name", "urn:oid:2.5.4.4", f"{CLAIMS}/surname")
VERIFIED = ("email_verified", "http://schemas.auth0.com/email_verified")


def claims_of(provider: IdentityProvider, response: Any) -> dict[str, Any]:
    """Attributes under their names, and under their friendly names where no attribute is called so."""
    attributes: dict[str, list[Any]] = response.get_friendlyname_attributes() | response.get_attributes()
    name_id, name_id_format = response.get_nameid() or "", response.get_nameid_format()
    email = first(attributes, (provider.email_attribute,) if provider.email_attribute else EMAIL)
    if not email and not provider.email_attribute and "@" in name_id:
        email = name_id
    name = first(attributes, (provider.name_attribute,) if provider.name_attribute else NAME)
    passing = name_id_format == Constants.NAMEID_TRANSIENT  # another one at each sign-in
    return attributes | {
        "sub": email.lower() if passing else name_id,
        "email": email,
        "email_verified": verified(attributes),
        "name": name or f"{first(attributes, GIVEN)} {first(attributes, FAMILY)}".strip(),
    }


def first(attributes: dict[str, list[Any]], names: tuple[str, ...]) -> str:
    for name in names:
        for value in attributes.get(name, []):
            if isinstance(value, str):
                return value
    return ""


def verified(attributes: dict[str, list[Any]]) -> bool | None:
    """What the provider says of the address, if anything."""
    said = first(attributes, VERIFIED).lower()
    return said in ("true", "1") if said else None
