"""Reads an ID token: who signed it, for whom, in answer to which sign-in, and until when."""

from hmac import compare_digest
from typing import Any

import jwt

from tenants.sso.errors import TRY_AGAIN, ProviderFault

# Public keys only: with a secret shared by two, either could have signed.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 60
NEEDED = ["iss", "sub", "aud", "exp", "iat"]


def read_id_token(
    token: str, *, keys: dict[str, Any], issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The token's claims. Raises ProviderFault when one check fails."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key_of(token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": NEEDED},
        )
    except jwt.InvalidIssuerError as error:
        raise _fault("issuer") from error
    except jwt.InvalidAudienceError as error:
        raise _fault("audience") from error
    except jwt.ExpiredSignatureError as error:
        raise _fault("expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise _fault("signature") from error
    if claims.get("azp", client_id) != client_id:
        raise _fault("audience")
    said = claims.get("nonce")
    if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
        raise _fault("nonce")
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
        f"id_token_{what}",
        "What the sign-in service sent could not be verified, so nobody was signed in. " + TRY_AGAIN,
    )
