"""What a SAML provider says of itself: its metadata, pasted or fetched, and what is wrong with it in plain words."""

from dataclasses import dataclass
from typing import Any

from cryptography import x509
from django.core.cache import cache
from lxml.etree import LxmlError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from tenants.crypto import Undecryptable
from tenants.sso.discovery import REMEMBERED_SECONDS, fault, fetch_text
from tenants.sso.errors import ProviderFault
from tenants.sso.models import IdentityProvider
from tenants.sso.outgoing import Refused, check_url
from tenants.sso.saml.keys import as_pem, certificates_in, problem_of_certificates

REDIRECT = "HTTP-Redirect"
SIGNING = (
    "//md:EntityDescriptor[@entityID='{}']/md:IDPSSODescriptor/md:KeyDescriptor[not(@use='encryption')]"
    "/ds:KeyInfo/ds:X509Data/ds:X509Certificate"
)


@dataclass(frozen=True)
class Description:
    entity_id: str
    sso_url: str
    slo_url: str
    certificates: str

    @property
    def loaded(self) -> list[x509.Certificate]:
        return certificates_in(self.certificates)


def description_of(provider: IdentityProvider) -> Description:
    """As the provider describes itself now, remembered for some minutes; as it did when it cannot be reached."""
    stored = Description(provider.issuer, provider.sso_url, provider.slo_url, provider.certificates)
    if not provider.metadata_url:
        return stored
    key = f"saml:{provider.pk}:{provider.metadata_url}:{provider.issuer}"
    known: Description | None = cache.get(key)
    if known is None:
        try:
            known = fetch_description(provider.metadata_url, entity_id=provider.issuer)
        except ProviderFault:
            known = stored
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def fetch_description(url: str, *, entity_id: str = "", preferred: str = "") -> Description:
    """From the provider's own address. Raises ProviderFault."""
    return read_description(
        fetch_text(url, what="metadata address"), entity_id=entity_id, preferred=preferred
    )


def read_description(text: str, *, entity_id: str = "", preferred: str = "") -> Description:
    """The provider `entity_id`; without one the only one described, or the preferred of several.

    Raises ProviderFault with a sentence that says what the metadata lack.
    """
    try:
        root = Xml.to_etree(text.strip())
    except (LxmlError, ValueError) as error:
        raise fault("The metadata are no XML that can be read. Is it the metadata's address?") from error
    described = [
        node.get("entityID") for node in Xml.query(root, "//md:EntityDescriptor[md:IDPSSODescriptor]")
    ]
    if not described:
        raise fault(
            "The metadata describe no identity provider. Is it the metadata of the provider, not of Colloquy?"
        )
    wanted = entity_id or (preferred if preferred in described else described[0])
    if wanted not in described:
        raise fault(
            f"The provider calls itself {str(described[0])[:200]}, not {wanted}. Enter the entity ID as it says it."
        )
    if len(described) > 1 and wanted not in (entity_id, preferred):
        raise fault("The metadata describe several providers. Enter the entity ID of yours as well.")
    if "'" in wanted:
        raise fault("The entity ID must not hold a quotation mark.")
    signing = Xml.query(root, SIGNING.format(wanted))
    return _checked(
        Parser.parse(text.strip(), entity_id=wanted).get("idp", {}),
        ["".join(node.itertext()) for node in signing],
    )


def _checked(found: dict[str, Any], texts: list[str]) -> Description:
    sso_url = found.get("singleSignOnService", {}).get("url", "")
    if not sso_url:
        raise fault(
            "The provider offers no sign-in with the redirect binding (SingleSignOnService with "
            f"{REDIRECT} is missing). Switch it on there."
        )
    slo_url = found.get("singleLogoutService", {}).get("url", "")
    for meaning, url in (("sign-in address", sso_url), ("sign-out address", slo_url)):
        if url:
            check_address(meaning, url)
    try:
        certificates = as_pem([one for text in texts for one in certificates_in(text)])
    except ValueError as error:
        raise fault("A certificate in the metadata cannot be read.") from error
    if not certificates:
        raise fault(
            "The metadata hold no certificate for signing, so nothing that the provider says can be checked."
        )
    return Description(found["entityId"], sso_url, slo_url, certificates)


def check_address(meaning: str, url: str) -> None:
    try:
        check_url(url)
    except Refused as error:
        raise fault(f"The provider's {meaning} cannot be used. {error}") from error


def problem_of_saml(provider: IdentityProvider) -> str:
    """What is wrong with the provider, in a sentence; "" when it can sign people in."""
    try:
        _ = provider.secret
        found = description_of(provider)
        if provider.metadata_url:
            found = fetch_description(provider.metadata_url, entity_id=provider.issuer)
        check_address("sign-in address", found.sso_url)
        return problem_of_certificates(found.loaded)
    except ProviderFault as error:
        return error.sentence
    except Undecryptable:
        return "The key with which requests are signed cannot be read any more. Remove the provider and enter it again."
    except ValueError:
        return "The provider's certificate cannot be read. Paste it again, from -----BEGIN CERTIFICATE----- to the end."
