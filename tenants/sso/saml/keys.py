"""Our key at a SAML provider, and what is to be known of the provider's certificates."""

import base64
import re
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

BITS = 2048
YEARS = 10


def new_key() -> tuple[str, str]:
    """A private key and its certificate, both as PEM. Nobody's authority signs it: the provider is given it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Colloquy")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def certificates_in(text: str) -> list[x509.Certificate]:
    """All certificates of a text: PEM, or the bare base64 that metadata holds. Raises ValueError."""
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", text, re.DOTALL)
    return [
        x509.load_der_x509_certificate(base64.b64decode(block, validate=False))
        for block in blocks or [text]
        if block.strip()
    ]


def as_pem(certificates: list[x509.Certificate]) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)


def problem_of_certificates(certificates: list[x509.Certificate]) -> str:
    """A sentence when none of them is good to verify with today; "" when one is."""
    if not certificates:
        return "The provider's certificate is missing, so nothing that it says can be checked."
    now = datetime.now(UTC)
    if all(not isinstance(one.public_key(), rsa.RSAPublicKey) for one in certificates):
        return "The provider's certificate holds no RSA key. Other keys are not supported."
    if all(one.not_valid_after_utc < now for one in certificates):
        last = max(one.not_valid_after_utc for one in certificates)
        return (
            f"The provider's certificate expired on {last:%d %B %Y}. Renew it there, then enter the new one."
        )
    if all(one.not_valid_before_utc > now for one in certificates):
        first = min(one.not_valid_before_utc for one in certificates)
        return f"The provider's certificate is valid only from {first:%d %B %Y} on. Is the clock of this server right?"
    return ""
