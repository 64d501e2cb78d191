"""Through a real SAML provider into the organisation: account, membership, role and groups."""

import zlib
from base64 import b64decode

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tenants.middleware import CHOSEN_TENANT
from tenants.models import Group, Membership, Role, User
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider, Joining
from tests.saml.conftest import TRANSIENT
from tests.sso.conftest import begin, query_of, refusals
from tests.sso.test_sign_in import actions, groups_of, update

pytestmark = pytest.mark.django_db


def test_a_new_person_becomes_a_member_with_the_groups_that_the_attribute_names(
    saml, acme_saml, acme, arrive
):
    saml.knows("dana", displayName="Dana Dale", groups=["Sales", "Oslo"])
    client = Client()
    reply = arrive("dana", client=client)
    assert (reply.status_code, reply.headers["Location"]) == (302, "/chat/")
    dana = User.objects.get(email="dana@acme.example")
    assert (dana.name, dana.has_usable_password()) == ("Dana Dale", False)
    assert groups_of(dana) == {"Sales", "Oslo"}
    assert client.session[CHOSEN_TENANT] == str(acme.id)
    assert client.get("/chat/").status_code == 200
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=dana).role == Role.MEMBER
    assert {"member.added", "sign_in.groups_changed", "sign_in.by_provider"} <= set(actions(acme))
    assert SocialAccount.objects.get().extra_data == {}


def test_a_group_that_is_gone_at_the_provider_is_left_and_others_stay(saml, acme_saml, acme, bob, arrive):
    with tenant_scope(acme.id):
        Group.objects.create(name="By hand").members.add(bob)
    saml.knows("bob", groups=["Sales", "Oslo"])
    arrive("bob")
    assert groups_of(bob) == {"By hand", "Sales", "Oslo"}
    saml.knows("bob", groups=["Oslo"])
    arrive("bob")
    assert groups_of(bob) == {"By hand", "Oslo"}
    saml.knows("bob", groups=None)
    arrive("bob")
    assert groups_of(bob) == {"By hand"}


def test_the_role_follows_the_attribute(saml, acme_saml, acme, alice, bob, arrive, membership_of):
    update(acme_saml, admin_values="bosses", manager_values="writers", role_claim="Role")
    saml.knows("bob", Role=["writers"])
    arrive("bob")
    assert membership_of(bob, acme).role == Role.MANAGER
    saml.knows("bob", Role=[])
    arrive("bob")
    assert membership_of(bob, acme).role == Role.MEMBER


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "email": None,
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": "bob@acme.example",
        },
        {"email": None, "urn:oid:0.9.2342.19200300.100.1.3": "Bob@Acme.example"},
    ],
)
def test_addresses_are_found_under_the_names_that_providers_give_them(
    saml, acme_saml, bob, arrive, attributes
):
    saml.knows("bob", **attributes)
    client = Client()
    assert arrive("bob", client=client).status_code == 302
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_the_mapping_names_attributes_and_then_no_others_count(saml, acme_saml, acme, bob, arrive):
    update(acme_saml, email_attribute="workMail", name_attribute="label", groups_claim="urn:x/teams")
    saml.knows(
        "dana", email="bob@acme.example", workMail="dana@acme.example", label="D. D.", **{"urn:x/teams": "A"}
    )
    arrive("dana", email="dana@acme.example")
    dana = User.objects.get(email="dana@acme.example")
    assert (dana.name, groups_of(dana)) == ("D. D.", {"A"})
    saml.knows("dana", email="bob@acme.example", workMail=None)
    assert arrive("dana").status_code == 403
    assert refusals(acme) == ["no_email"]


def test_a_name_identifier_that_passes_does_not_make_another_account_each_time(saml, acme_saml, bob, arrive):
    for name in ("passing-1", "passing-2"):
        saml.knows(name, format=TRANSIENT, email="bob@acme.example")
        assert arrive(name).status_code == 302
    assert SocialAccount.objects.get().user == bob


def test_only_the_invited_come_in_where_that_is_wished(saml, acme_saml, acme, arrive):
    update(acme_saml, joining=Joining.INVITED)
    saml.knows("dana")
    assert "not a member" in arrive("dana").content.decode()
    assert not User.objects.filter(email="dana@acme.example").exists()
    assert refusals(acme) == ["not_invited"]


def test_the_request_is_signed_and_tells_nothing_of_the_browsers(saml, acme_saml):
    query = query_of(
        begin(Client(), "dana@acme.example", process="connect", RelayState="https://evil.example")
    )
    assert query.keys() == {"SAMLRequest", "RelayState", "SigAlg", "Signature"}
    request = zlib.decompress(b64decode(query["SAMLRequest"]), -15).decode()
    assert f"http://testserver/accounts/saml/{acme_saml.pk}/acs/" in request
    assert f'Destination="{saml.issuer}/sso"' in request
    assert "dana" not in request and query["RelayState"] == "colloquy"


def test_a_new_certificate_in_the_metadata_is_taken_without_anybody_entering_it(
    saml, acme_saml, acme, bob, arrive, another_key
):
    update(acme_saml, metadata_url=f"{saml.issuer}/metadata", certificates=another_key[1])
    saml.knows("bob")
    assert arrive("bob").status_code == 302


def test_metadata_of_another_provider_change_nothing(saml, acme_saml, acme, bob, arrive):
    update(acme_saml, metadata_url=f"{saml.issuer}/metadata")
    other = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://evil.example">
      <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><SingleSignOnService
      Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://evil.example/sso"/>
      </IDPSSODescriptor></EntityDescriptor>"""
    saml.knows("bob")
    saml.start(metadata=other)
    assert begin(Client(), "bob@acme.example").startswith(f"{saml.issuer}/sso")
    assert arrive("bob").status_code == 302


def test_with_saml_alone_passwords_are_refused(saml, acme_saml, acme, alice, bob):
    update(acme_saml, sso_only=True, break_glass=alice)
    page = Client().post("/accounts/login/", {"login": bob.email, "password": "correct horse battery"})
    assert "no longer with a password" in page.content.decode()
    assert refusals(acme) == ["password"]


def test_a_next_page_waits_until_the_person_is_back(saml, acme_saml, bob, arrive):
    saml.knows("bob")
    assert arrive("bob", next="/documents/").headers["Location"] == "/documents/"


def test_our_metadata_are_there_for_a_provider_that_is_not_switched_on_yet(saml, acme_saml):
    update(acme_saml, active=False)
    page = Client().get(f"/accounts/saml/{acme_saml.pk}/metadata/")
    text = page.content.decode()
    assert f"http://testserver/accounts/saml/{acme_saml.pk}/acs/" in text
    assert "PRIVATE" not in text and page.headers["Content-Type"] == "application/samlmetadata+xml"
    assert Client().get(f"/accounts/saml/{IdentityProvider().pk}/metadata/").status_code == 404
