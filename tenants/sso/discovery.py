"""What a provider says of itself, and what is wrong with that in plain words."""

import json
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.cache import cache

from tenants.crypto import Undecryptable
from tenants.sso.errors import ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.outgoing import CheckedSession, Refused, check_url

WELL_KNOWN = "/.well-known/openid-configuration"
ENDPOINTS = {
    "authorization_endpoint": "where people sign in",
    "token_endpoint": "where codes are exchanged",
    "jwks_uri": "its keys",
}
REMEMBERED_SECONDS = 300


def configuration_of(provider: IdentityProvider) -> dict[str, Any]:
    """The provider's configuration, checked; remembered for some minutes. Raises ProviderFault."""
    key = f"sso:{provider.pk}:{provider.issuer}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        known = discover(provider.issuer)
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def discover(issuer: str) -> dict[str, Any]:
    """Ask the issuer anew."""
    found = fetch_json(issuer.rstrip("/") + WELL_KNOWN)
    said = found.get("issuer")
    if not isinstance(said, str) or said.rstrip("/") != issuer.rstrip("/"):
        raise fault(
            f"The provider calls itself {str(said)[:200]}, not {issuer}. Enter the issuer as it says it."
        )
    for name, meaning in ENDPOINTS.items():
        if not found.get(name):
            raise fault(f"The provider does not say {meaning} ({name} is missing).")
    for name in (*ENDPOINTS, "userinfo_endpoint"):
        if found.get(name):
            _check_endpoint(name, found[name])
    challenges = found.get("code_challenge_methods_supported")
    if challenges is not None and "S256" not in challenges:
        raise fault("The provider cannot do PKCE with S256, without which codes could be stolen.")
    return found


def _check_endpoint(name: str, url: Any) -> None:
    try:
        check_url(url)
    except Refused as error:
        raise fault(f"The provider's {name} cannot be used. {error}") from error


def fetch_json(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The object at an address of the provider. Raises ProviderFault."""
    text = fetch_text(url, what="issuer", headers=headers)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise fault(f"{url} does not answer with JSON. Is the issuer spelt right?") from error
    if not isinstance(found, dict):
        raise fault(f"{url} answers with JSON, but with no configuration.")
    return found


def fetch_text(url: str, *, what: str, headers: dict[str, str] | None = None) -> str:
    """What an address of the provider answers with. Raises ProviderFault; `what` may be misspelt."""
    try:
        with CheckedSession() as session:
            response = session.get(url, headers=headers)
    except Refused as error:
        raise fault(str(error)) from error
    except requests.exceptions.SSLError as error:
        raise fault(f"The certificate of {urlsplit(url).hostname} cannot be trusted.") from error
    except (requests.RequestException, ValueError) as error:
        raise fault(
            f"{urlsplit(url).hostname} cannot be reached. "
            "Check its name and port, and whether this server may connect there."
        ) from error
    if not response.ok:
        raise fault(f"{url} answers with the error {response.status_code}. Is the {what} spelt right?")
    try:
        return response.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault(f"{url} answers with something that is no text. Is the {what} spelt right?") from error


def fault(sentence: str) -> ProviderFault:
    return ProviderFault("provider", sentence)


def problem_of(provider: IdentityProvider) -> str:
    """What is wrong with the provider, in a sentence; "" when it can sign people in."""
    try:
        _ = provider.secret
        found = discover(provider.issuer)
        keys = fetch_json(found["jwks_uri"])
    except ProviderFault as error:
        return error.sentence
    except Undecryptable:
        return "The stored secret cannot be read any more. Enter it again."
    if not keys.get("keys"):
        return "The provider publishes no keys, so nothing that it says can be checked."
    return ""
