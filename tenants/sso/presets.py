"""What is known of each kind of provider, so that an admin has to find out less."""

from dataclasses import dataclass

from django.db import models


class Kind(models.TextChoices):
    ENTRA = "entra", "Microsoft Entra ID"
    GOOGLE = "google", "Google"
    OKTA = "okta", "Okta"
    KEYCLOAK = "keycloak", "Keycloak"
    AUTH0 = "auth0", "Auth0"
    OTHER = "other", "Another provider"


@dataclass(frozen=True)
class Preset:
    """`organisation_claim` must equal the address's domain: Google signs in the whole world under one issuer."""

    issuer: str
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    organisation_claim: str = ""


@dataclass(frozen=True)
class SamlPreset:
    """Where the provider publishes its metadata, and how it names what we ask for."""

    metadata: str
    email: str = ""
    name: str = ""
    groups: str = "groups"


CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
SAML_PRESETS = {
    Kind.ENTRA: SamlPreset(
        "https://login.microsoftonline.com/<directory id>/federationmetadata/2007-06/federationmetadata.xml"
        "?appid=<application id>",
        email=f"{CLAIMS}/emailaddress",
        name="http://schemas.microsoft.com/identity/claims/displayname",
        groups="http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    ),
    Kind.OKTA: SamlPreset("https://<company>.okta.com/app/<application id>/sso/saml/metadata", email="email"),
    Kind.KEYCLOAK: SamlPreset("https://<host>/realms/<realm>/protocol/saml/descriptor", email="email"),
    Kind.GOOGLE: SamlPreset("Download it at Google and paste it below", email="email"),
    Kind.OTHER: SamlPreset("https://<host>/metadata"),
}

PRESETS = {
    Kind.ENTRA: Preset("https://login.microsoftonline.com/<directory id>/v2.0"),
    Kind.GOOGLE: Preset("https://accounts.google.com", groups_claim="", organisation_claim="hd"),
    Kind.OKTA: Preset("https://<company>.okta.com", scopes=("openid", "profile", "email", "groups")),
    Kind.KEYCLOAK: Preset("https://<host>/realms/<realm>"),
    Kind.AUTH0: Preset("https://<company>.<region>.auth0.com/", groups_claim=""),
    Kind.OTHER: Preset("https://<host>"),
}
