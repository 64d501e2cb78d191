"""Admins set up their SAML provider from its metadata or by hand, and are told what is wrong with it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import EmailDomain, IdentityProvider
from tests.sso.test_sign_in import update

pytestmark = pytest.mark.django_db
ADD = "/admin/sso/identityprovider/add/?protocol=saml"
MD = 'xmlns="urn:oasis:names:tc:SAML:2.0:metadata"'


def fields(**more: object) -> dict[str, object]:
    usual = {"name": "Acme ID", "kind": "keycloak", "joining": "just_in_time", "default_role": "member"}
    return usual | {"trust_email": "on"} | more


def only() -> IdentityProvider:
    with every_tenant():
        return IdentityProvider.objects.get()


def metadata_of(certificate: str, *, binding: str = "Redirect", inside: str = "") -> str:
    pem = "".join(certificate.split("\n")[1:-2])
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <EntityDescriptor {MD} entityID="https://id.example/saml"><IDPSSODescriptor
      protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{pem}
      </X509Certificate></X509Data></KeyInfo></KeyDescriptor>{inside}
      <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{binding}"
      Location="https://id.example/sso"/></IDPSSODescriptor></EntityDescriptor>"""


def expired_certificate() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([])
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(long_ago).not_valid_after(long_ago + timedelta(days=365))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_an_admin_sets_up_a_provider_from_the_address_of_its_metadata(saml, acme, alice, browser_of) -> None:
    client = browser_of(alice)
    page = client.get(ADD).content.decode()
    assert "protocol/saml/descriptor" in page and "Client secret" not in page
    reply = client.post(ADD, fields(metadata_url=f"{saml.issuer}/metadata", active="on"), follow=True)
    provider = only()
    assert (provider.tenant_id, provider.protocol, provider.issuer) == (acme.id, "saml", saml.issuer)
    assert (provider.sso_url, provider.slo_url) == (f"{saml.issuer}/sso", f"{saml.issuer}/slo")
    assert (provider.email_attribute, provider.groups_claim) == ("email", "groups")
    assert provider.certificates == saml.certificate
    shown = reply.content.decode()
    for path in ("metadata/", "acs/"):
        assert f"http://testserver/accounts/saml/{provider.pk}/{path}" in shown
    assert "PRIVATE KEY" in provider.secret and "PRIVATE KEY" not in shown
    assert provider.encrypted_secret not in shown
    with tenant_scope(acme.id):
        told = str(list(AuditEvent.objects.values()))
    assert "identity_provider.added" in told and "PRIVATE KEY" not in told


def test_metadata_may_be_pasted(acme, alice, browser_of, another_key) -> None:
    browser_of(alice).post(ADD, fields(metadata=metadata_of(another_key[1])))
    provider = only()
    assert (provider.issuer, provider.sso_url) == ("https://id.example/saml", "https://id.example/sso")
    assert (provider.slo_url, provider.certificates) == ("", another_key[1])


def test_or_each_value_typed(acme, alice, browser_of, another_key) -> None:
    bare = "".join(another_key[1].split("\n")[1:-2])
    typed = {"issuer": "urn:acme", "sso_url": "https://id.example/sso", "certificates": bare}
    browser_of(alice).post(ADD, fields(**typed))
    provider = only()
    assert (provider.issuer, provider.certificates) == ("urn:acme", another_key[1])


@pytest.mark.parametrize("who", ["manager", "bob"])
def test_others_do_not(request, alice, browser_of, another_key, who) -> None:
    browser_of(request.getfixturevalue(who)).post(ADD, fields(metadata=metadata_of(another_key[1])))
    with every_tenant():
        assert not IdentityProvider.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Enter the provider&#x27;s entity ID"),
        ({"metadata": "<html>"}, "no XML that can be read"),
        ({"metadata": f"<EntityDescriptor {MD} entityID='x'/>"}, "describe no identity provider"),
        ({"metadata": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "no XML that can be read"),
        ({"metadata_url": "http://id.example/metadata"}, "begin with https"),
        ({"metadata_url": "https://127.0.0.1:1/metadata"}, "cannot be reached"),
        ({"sso_url": "javascript:alert(1)"}, "begin with https"),
        (
            {"certificates": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"},
            "No certificate can be read",
        ),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(saml, alice, browser_of, given, sentence) -> None:
    assert sentence in browser_of(alice).post(ADD, fields(**given)).content.decode()
    with every_tenant():
        assert not IdentityProvider.objects.exists()


def test_metadata_without_the_redirect_binding_or_a_certificate_say_so(
    alice, browser_of, another_key
) -> None:
    client = browser_of(alice)
    page = client.post(ADD, fields(metadata=metadata_of(another_key[1], binding="POST"))).content.decode()
    assert "no sign-in with the redirect binding" in page
    bare = metadata_of(another_key[1]).replace('use="signing"', 'use="encryption"')
    assert "no certificate for signing" in client.post(ADD, fields(metadata=bare)).content.decode()


def test_metadata_are_fetched_from_no_private_network(saml, alice, browser_of, settings) -> None:
    settings.SSO_ALLOWED_NETWORKS = []
    url = saml.issuer.replace("http:", "https:")
    page = browser_of(alice).post(ADD, fields(metadata_url=f"{url}/metadata")).content.decode()
    assert "private network" in page


def press_test(client, provider: IdentityProvider) -> str:
    address = reverse("admin:sso_identityprovider_test", args=[provider.pk])
    return client.post(address, follow=True).content.decode()


def test_the_test_button_says_that_all_is_well_or_what_is_not(
    saml, acme, acme_saml, alice, browser_of
) -> None:
    client = browser_of(alice)
    assert "answers as it should" in press_test(client, acme_saml)
    update(acme_saml, metadata_url=f"{saml.issuer}/metadata")
    assert "answers as it should" in press_test(client, acme_saml)
    update(acme_saml, metadata_url=f"{saml.issuer}/nothing")
    assert "answers with the error" in press_test(client, acme_saml)
    update(acme_saml, metadata_url="", certificates=expired_certificate())
    assert "expired on 31 December 2020" in press_test(client, acme_saml)
    update(acme_saml, certificates="")
    assert "certificate is missing" in press_test(client, acme_saml)


def test_the_test_button_says_why_nobody_would_get_in(saml, acme, acme_saml, alice, browser_of) -> None:
    update(acme_saml, trust_email=False, active=False)
    with tenant_scope(acme.id):
        EmailDomain.objects.update(verified_at=None)
    page = press_test(browser_of(alice), acme_saml)
    for sentence in ("No e-mail domain of yours is confirmed", "few SAML providers say so", "switched off"):
        assert sentence in page


def test_globex_neither_sees_nor_tests_acmes_provider(acme_saml, carol, browser_of) -> None:
    client = browser_of(carol)
    assert client.get(reverse("admin:sso_identityprovider_change", args=[acme_saml.pk])).status_code == 302
    address = reverse("admin:sso_identityprovider_test", args=[acme_saml.pk])
    assert client.post(address).status_code == 404


def test_saving_again_keeps_the_key_and_reads_an_address_only_when_it_changes(
    saml, acme, acme_saml, alice, browser_of
) -> None:
    update(acme_saml, metadata_url="https://nowhere.invalid/metadata")
    data = fields(
        metadata_url="https://nowhere.invalid/metadata", issuer=saml.issuer, sso_url=f"{saml.issuer}/sso",
        certificates=saml.certificate, name="Renamed", active="on",
    )  # fmt: skip
    browser_of(alice).post(reverse("admin:sso_identityprovider_change", args=[acme_saml.pk]), data)
    provider = only()
    assert (provider.name, provider.secret) == ("Renamed", acme_saml.secret)
