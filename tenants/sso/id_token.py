"""Reads an ID token, and a logout token: who signed it, for whom, in answer to which sign-in, and until when."""

import time
from hmac import compare_digest
from typing import Any

import jwt

from tenants.sso.errors import TRY_AGAIN, UNVERIFIED, ProviderFault

# Public keys only: with a secret shared by two, either could have signed.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 60
NEEDED = ["iss", "sub", "aud", "exp", "iat"]
NEEDED_TO_LEAVE = ["iss", "aud", "iat", "jti", "events"]
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_SECONDS = 300


def read_id_token(
    token: str, *, keys: dict[str, Any], issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The token's claims. Raises ProviderFault when one check fails."""
    claims = _read(token, NEEDED, "id_token", keys=keys, issuer=issuer, client_id=client_id)
    if claims.get("azp", client_id) != client_id:
        raise _fault("id_token_audience")
    said = claims.get("nonce")
    if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
        raise _fault("id_token_nonce")
    return claims


def read_logout_token(token: str, *, keys: dict[str, Any], issuer: str, client_id: str) -> dict[str, Any]:
    """A back-channel logout token's claims. Raises ProviderFault when one check fails."""
    claims = _read(token, NEEDED_TO_LEAVE, "logout_token", keys=keys, issuer=issuer, client_id=client_id)
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT), dict):
        raise _fault("logout_token_event")
    if "nonce" in claims:  # an ID token is no logout token
        raise _fault("logout_token_nonce")
    if time.time() - claims["iat"] > OLDEST_SECONDS:
        raise _fault("logout_token_expired")
    named = [claims.get(name) for name in ("sub", "sid") if claims.get(name) is not None]
    if not named or not all(isinstance(name, str) and name for name in (*named, claims["jti"])):
        raise _fault("logout_token_subject")
    return claims


def _read(
    token: str, needed: list[str], kind: str, *, keys: dict[str, Any], issuer: str, client_id: str
) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key_of(token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": needed},
        )
    except jwt.InvalidIssuerError as error:
        raise _fault(f"{kind}_issuer") from error
    except jwt.InvalidAudienceError as error:
        raise _fault(f"{kind}_audience") from error
    except jwt.ExpiredSignatureError as error:
        raise _fault(f"{kind}_expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise _fault(f"{kind}_signature") from error
    return claims


def _key_of(token: str, keys: dict[str, Any]) -> Any:
    kid = jwt.get_unverified_header(token).get("kid")
    usable = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use in (None, "sig")]
    named = [key for key in usable if key.key_id == kid] if kid else usable
    if len(named) != 1:
        raise KeyError("no such key")
    return named[0].key


def _fault(what: str) -> ProviderFault:
    return ProviderFault(
        what,
        UNVERIFIED,
        TRY_AGAIN,
    )
