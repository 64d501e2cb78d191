"""What a provider's claims say about a person, in the shapes that providers send."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from tenants.models import User
from tenants.sso.errors import ASK_ADMIN, NotAdmitted
from tenants.sso.models import EmailDomain, IdentityProvider

LONGEST_SUBJECT = 191  # allauth's column
LONGEST_VALUE = 255
MOST_VALUES = 500


def values_of(claims: Mapping[str, Any], name: str) -> set[str]:
    """A claim's values: a list, or one. `realm_access.roles` is a claim inside a claim, unless one is called so."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    values = [value.strip() for value in listed if isinstance(value, str)]
    return {value for value in values[:MOST_VALUES] if 0 < len(value) <= LONGEST_VALUE}


def name_of(claims: Mapping[str, Any]) -> str:
    parts = [claims.get("given_name"), claims.get("family_name")]
    name = claims.get("name") or " ".join(part for part in parts if isinstance(part, str))
    return name.strip()[:120] if isinstance(name, str) else ""


def verified_address(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """The person's address, if the provider stands for it and its domain is ours. Raises NotAdmitted."""
    said = claims.get("email")
    email = User.objects.normalise(said) if isinstance(said, str) else ""
    name, _, domain = email.rpartition("@")
    if not name or not domain:
        raise NotAdmitted(
            "no_email", gettext_noop("The sign-in service did not say your e-mail address."), ASK_ADMIN
        )
    stands_for = claims.get("email_verified")
    says_so = stands_for is True or stands_for == "true"
    if not says_so and not (provider.trust_email and stands_for is None):
        raise NotAdmitted(
            "email_not_verified",
            gettext_noop("The sign-in service has not verified your e-mail address."),
            ASK_ADMIN,
        )
    if not EmailDomain.objects.filter(domain=domain, verified_at__isnull=False).exists():
        raise NotAdmitted(
            "foreign_domain",
            gettext_noop("Addresses at {domain} do not belong to this organisation."),
            ASK_ADMIN,
            domain=domain,
        )
    organisation = provider.preset.organisation_claim
    if organisation and str(claims.get(organisation, "")).lower() != domain:
        raise NotAdmitted(
            "personal_account",
            gettext_noop("Sign in with your organisation's account, not with a personal one."),
            ASK_ADMIN,
        )
    return email
