"""What is known of each kind of provider, so that an admin has to find out less."""

from dataclasses import dataclass

from django.db import models


class Kind(models.TextChoices):
    ENTRA = "entra", "Microsoft Entra ID"
    GOOGLE = "google", "Google"
    OKTA = "okta", "Okta"
    KEYCLOAK = "keycloak", "Keycloak"
    AUTH0 = "auth0", "Auth0"
    OTHER = "other", "Another OpenID Connect provider"


@dataclass(frozen=True)
class Preset:
    """`organisation_claim` must equal the address's domain: Google signs in the whole world under one issuer."""

    issuer: str
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    organisation_claim: str = ""


PRESETS = {
    Kind.ENTRA: Preset("https://login.microsoftonline.com/<directory id>/v2.0"),
    Kind.GOOGLE: Preset("https://accounts.google.com", groups_claim="", organisation_claim="hd"),
    Kind.OKTA: Preset("https://<company>.okta.com", scopes=("openid", "profile", "email", "groups")),
    Kind.KEYCLOAK: Preset("https://<host>/realms/<realm>"),
    Kind.AUTH0: Preset("https://<company>.<region>.auth0.com/", groups_claim=""),
    Kind.OTHER: Preset("https://<host>"),
}
