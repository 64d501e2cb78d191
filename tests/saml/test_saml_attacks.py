"""What somebody may try against the sign-in by a SAML provider. All of it is refused, and written down."""

import copy
from collections.abc import Callable

import pytest
from django.test import Client
from lxml import etree

from tenants.models import Membership, User
from tenants.scoping import every_tenant
from tests.saml.conftest import altered, deliver
from tests.sso.conftest import begin, refusals
from tests.sso.test_sign_in import update

pytestmark = pytest.mark.django_db
SAML, DS = "{urn:oasis:names:tc:SAML:2.0:assertion}", "{http://www.w3.org/2000/09/xmldsig#}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"


@pytest.fixture(autouse=True)
def dana(saml, acme_saml, bob) -> None:
    """Dana may sign in; what she tries is to be Bob, or what others try is to be Dana."""
    saml.knows("dana")


def nobody_came_in(client: Client) -> bool:
    return (
        "_auth_user_id" not in client.session and not User.objects.filter(email="dana@acme.example").exists()
    )


def as_bob(assertion: etree._Element) -> etree._Element:
    """The assertion as Dana would like it, without the signature that it no longer has."""
    evil = etree.fromstring(etree.tostring(assertion).replace(b"dana", b"bob"))
    evil.set("ID", "_evil")
    for signature in evil.findall(f"{DS}Signature"):
        evil.remove(signature)
    return evil


def parts(xml: str) -> tuple[etree._Element, etree._Element, etree._Element]:
    response = etree.fromstring(xml.encode())
    signed = response.find(f"{SAML}Assertion")
    return response, signed, as_bob(signed)


def text_of(root: etree._Element) -> str:
    return etree.tostring(root).decode()


def forged_before(xml: str) -> str:
    response, signed, evil = parts(xml)
    signed.addprevious(evil)
    return text_of(response)


def forged_after(xml: str) -> str:
    response, signed, evil = parts(xml)
    signed.addnext(evil)
    return text_of(response)


def signed_inside_forged(xml: str) -> str:
    response, signed, evil = parts(xml)
    response.replace(signed, evil)
    evil.append(signed)
    return text_of(response)


def forged_with_the_signature(xml: str) -> str:
    """The signed assertion goes into an Object of its own signature, which the forged one carries."""
    response, signed, evil = parts(xml)
    signature = signed.find(f"{DS}Signature")
    signed.remove(signature)
    response.replace(signed, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(signed)
    return text_of(response)


def signed_in_extensions(xml: str) -> str:
    response, signed, evil = parts(xml)
    response.replace(signed, evil)
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(signed)
    response.find(f"{SAML}Issuer").addnext(extensions)
    return text_of(response)


def forged_in_extensions(xml: str) -> str:
    response, _, evil = parts(xml)
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(evil)
    response.find(f"{SAML}Issuer").addnext(extensions)
    return text_of(response)


def the_same_id_twice(xml: str) -> str:
    response, signed, evil = parts(xml)
    evil.set("ID", signed.get("ID"))
    signed.addprevious(evil)
    return text_of(response)


def changed_and_still_signed(xml: str) -> str:
    return xml.replace("dana@acme.example", "bob@acme.example")


WRAPPED: list[Callable[[str], str]] = [
    forged_before, forged_after, signed_inside_forged, forged_with_the_signature, signed_in_extensions,
    forged_in_extensions, the_same_id_twice, changed_and_still_signed,
]  # fmt: skip


@pytest.mark.parametrize("wrap", WRAPPED)
def test_signature_wrapping_around_an_assertion(acme, arrive, wrap):
    client = Client()
    assert arrive("dana", client=client, change=wrap).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme)[0].startswith("saml_")


def response_in_object(xml: str) -> str:
    signed = etree.fromstring(xml.encode())
    evil = etree.fromstring(xml.replace("dana", "bob").encode())
    evil.set("ID", "_evil")
    signature = evil.find(f"{DS}Signature")
    signed.remove(signed.find(f"{DS}Signature"))
    etree.SubElement(signature, f"{DS}Object").append(signed)
    return text_of(evil)


def response_beside_signature(xml: str) -> str:
    signed = etree.fromstring(xml.encode())
    evil = copy.deepcopy(signed)
    evil = etree.fromstring(etree.tostring(evil).replace(b"dana", b"bob"))
    evil.set("ID", "_evil")
    signed.remove(signed.find(f"{DS}Signature"))
    evil.find(f"{DS}Signature").addnext(signed)
    return text_of(evil)


@pytest.mark.parametrize(
    "wrap", [response_in_object, response_beside_signature, changed_and_still_signed, None]
)
def test_signature_wrapping_around_a_response(saml, acme, arrive, wrap):
    """Without wrapping it is accepted: a signed response covers its assertion."""
    saml.start(tamper={"signResponse": True, "signAssertion": False})
    client = Client()
    assert arrive("dana", client=client, change=wrap).status_code == (403 if wrap else 302)
    assert nobody_came_in(client) == bool(wrap)
    assert bool(refusals(acme)) == bool(wrap)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        ({"signAssertion": False}, "saml_unsigned"),
        ({"signatureAlgorithm": "rsa-sha1"}, "saml_invalid"),
        ({"digestAlgorithm": "sha1"}, "saml_invalid"),
        ({"audience": "https://else.example"}, "saml_audience"),
        ({"recipient": "https://else.example/acs/"}, "saml_confirmation"),
        ({"destination": "https://else.example/acs/"}, "saml_destination"),
        ({"lifetimeInSeconds": -1000}, "saml_expired"),
        ({"issuer": "https://else.example"}, "saml_issuer"),
        ({"inResponseTo": "_never-asked"}, "state"),
    ],
)
def test_a_response_that_is_not_for_this_sign_in(saml, acme, arrive, tamper, reason):
    saml.start(tamper=tamper)
    client = Client()
    assert arrive("dana", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == [reason]


def test_addresses_that_only_begin_like_ours_are_not_ours(saml, acme, acme_saml, arrive):
    """python3-saml compares beginnings."""
    ours = f"http://testserver/accounts/saml/{acme_saml.pk}/acs/"
    for tamper, reason in (
        ({"recipient": f"{ours}x"}, "recipient"),
        ({"destination": f"{ours}x"}, "destination"),
    ):
        saml.start(tamper=tamper)
        assert arrive("dana").status_code == 403
        assert refusals(acme)[-1] == f"saml_{reason}"


def test_another_certificate(saml, acme, arrive, another_key):
    saml.start(tamper={"key": another_key[0], "cert": another_key[1]})
    client = Client()
    assert arrive("dana", client=client).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["saml_signature"]


def test_a_response_is_used_once(saml, acme):
    client, thief = Client(), Client()
    place, fields = saml.answer(begin(client, "dana@acme.example"), "dana")
    assert deliver(client, place, fields).status_code == 302
    for browser in (client, thief):
        browser.logout()
        assert deliver(browser, place, fields).status_code == 403
        assert "_auth_user_id" not in browser.session
    assert refusals(acme) == ["saml_replayed"] * 2


def test_the_answer_to_another_browsers_request(saml, acme):
    """Login CSRF: a victim is to be signed in as the attacker."""
    attacker, victim = Client(), Client()
    place, fields = saml.answer(begin(attacker, "dana@acme.example"), "dana")
    begin(victim, "bob@acme.example")
    assert deliver(victim, place, fields).status_code == 403
    assert nobody_came_in(victim)
    assert refusals(acme) == ["state"]


def test_nobody_asked_for_it(saml, acme, acme_saml):
    saml.trusts(acme_saml)
    saml.start(unsolicited=f"http://testserver/accounts/saml/{acme_saml.pk}/metadata/")
    place, fields = saml.answer(f"{saml.issuer}/sso", "dana")
    client = Client()
    assert "Begin at the sign-in page" in deliver(client, place, fields).content.decode()
    assert nobody_came_in(client)
    assert refusals(acme) == ["saml_unsolicited"]


def test_what_nobody_asked_for_is_not_made_an_answer_by_what_stands_around_it(saml, acme, acme_saml):
    """The response around a signed assertion is not signed: Dana writes her own request's name there."""
    saml.start(unsolicited=f"http://testserver/accounts/saml/{acme_saml.pk}/metadata/")
    place, fields = saml.answer(f"{saml.issuer}/sso", "dana")
    forged = altered(
        fields, lambda xml: xml.replace("<samlp:Response ", '<samlp:Response InResponseTo="_own" ', 1)
    )
    assert forged != fields
    assert deliver(Client(), place, forged).status_code == 403
    assert refusals(acme) == ["saml_in_response_to"]


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/documents/", "/documents/"),
        ("https://evil.example/", "/chat/"),
        ("//evil.example", "/chat/"),
        ("/\\evil.example", "/chat/"),
        ("javascript:alert(1)", "/chat/"),
    ],
)
def test_where_sign_in_may_begin_at_the_provider_its_page_is_one_of_ours(saml, acme_saml, wanted, leads):
    update(acme_saml, provider_initiated=True)
    saml.start(unsolicited=f"http://testserver/accounts/saml/{acme_saml.pk}/metadata/")
    place, fields = saml.answer(f"{saml.issuer}/sso", "dana")
    client = Client()
    assert deliver(client, place, fields | {"RelayState": wanted}).headers["Location"] == leads
    assert "_auth_user_id" in client.session


def test_relay_state_of_an_answer_leads_nowhere(saml):
    client = Client()
    place, fields = saml.answer(begin(client, "dana@acme.example"), "dana")
    reply = deliver(client, place, fields | {"RelayState": "https://evil.example/"})
    assert reply.headers["Location"] == "/chat/"


@pytest.mark.parametrize("where", ["email", "name identifier"])
def test_a_comment_does_not_cut_an_address(saml, acme, acme_saml, bob, arrive, where):
    """`bob@acme.example<!---->.evil.example` is signed as one address, and is read as one."""
    long = "bob@acme.example.evil.example"
    saml.knows(long, email=long if where == "email" else None)
    client = Client()
    reply = arrive(
        long,
        email="dana@acme.example",
        client=client,
        change=lambda xml: xml.replace("bob@acme.example.evil", "bob@acme.example<!---->.evil"),
    )
    assert reply.status_code == 403
    assert "_auth_user_id" not in client.session
    assert refusals(acme) == ["foreign_domain"]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_no_entities_and_no_document_types(acme, arrive, doctype):
    client = Client()
    assert arrive("dana", client=client, change=lambda xml: doctype + xml).status_code == 403
    assert nobody_came_in(client)
    assert refusals(acme) == ["saml_unreadable"]


@pytest.mark.parametrize("text", ["", "no base64!", "PGE+", "PGE", "A" * 300_000])
def test_nonsense(acme, acme_saml, text):
    place = f"/accounts/saml/{acme_saml.pk}/acs/"
    assert Client().post(place, {"SAMLResponse": text}).status_code == 403
    assert refusals(acme)[0] in ("saml_unreadable", "saml_invalid")
    assert Client().get(place).status_code == 405


def test_finishing_what_was_never_begun(acme, acme_saml):
    assert Client().get(f"/accounts/saml/{acme_saml.pk}/finish/").status_code == 403
    assert refusals(acme) == ["state"]


@pytest.mark.parametrize("email", ["carol@globex.example", "x@gmail.example", "x@sub.acme.example", ""])
def test_addresses_of_other_domains(saml, acme, globex_saml, carol, arrive, email):
    saml.knows("mallory", email=email or None)
    client = Client()
    assert arrive("mallory", email="dana@acme.example", client=client).status_code == 403
    assert "_auth_user_id" not in client.session
    assert refusals(acme)[0] in ("foreign_domain", "no_email")


def test_globexs_provider_lets_nobody_into_acme(saml, acme, globex, globex_saml, bob, arrive):
    """Globex's admin owns its provider, and has it say that somebody is Bob."""
    saml.knows("bob")
    client = Client()
    assert arrive("bob", email="carol@globex.example", client=client).status_code == 403
    assert "_auth_user_id" not in client.session
    assert refusals(globex) == ["foreign_domain"]


def test_the_answer_of_one_organisations_provider_at_the_address_of_another(
    saml, acme, globex, globex_saml, acme_saml
):
    """Mix-up: one provider serves both, and its answer for Acme is taken to Globex."""
    client = Client()
    place, fields = saml.answer(begin(client, "dana@acme.example"), "dana")
    elsewhere = place.replace(str(acme_saml.pk), str(globex_saml.pk))
    assert deliver(client, elsewhere, fields).status_code == 403
    assert nobody_came_in(client)
    assert refusals(globex) == ["saml_destination"]


def test_what_waits_for_one_organisation_is_not_finished_at_another(
    saml, acme, globex, globex_saml, acme_saml
):
    client = Client()
    _, fields = saml.answer(begin(client, "dana@acme.example"), "dana")
    stranger = Client()
    stranger.post(f"/accounts/saml/{acme_saml.pk}/acs/", fields)
    client.cookies["saml-acs-session"] = stranger.cookies["saml-acs-session"].value
    assert client.get(f"/accounts/saml/{globex_saml.pk}/finish/").status_code == 403
    assert nobody_came_in(client)
    assert refusals(globex) == ["state"]


@pytest.mark.parametrize("verified", [None, "false", "no"])
def test_an_address_that_is_not_vouched_for_takes_no_account_over(
    saml, acme, acme_saml, bob, arrive, verified
):
    update(acme_saml, trust_email=verified is not None)
    saml.knows("mallory", email="bob@acme.example", email_verified=verified)
    client = Client()
    assert arrive("mallory", client=client).status_code == 403
    assert "_auth_user_id" not in client.session
    assert refusals(acme) == ["email_not_verified"]


def test_an_attribute_named_as_a_claim_of_ours_decides_nothing(saml, acme, acme_saml, bob, arrive):
    saml.knows("mallory", sub="bob", email="mallory@acme.example", groups=["x"])
    client = Client()
    arrive("mallory", client=client)
    assert client.session["_auth_user_id"] != str(bob.pk)
    with every_tenant():
        assert Membership.objects.filter(user__email="mallory@acme.example").count() == 1


def test_a_provider_that_is_off_unknown_or_of_the_other_kind_does_not_exist(acme_saml):
    known = f"/accounts/saml/{acme_saml.pk}"
    update(acme_saml, active=False)
    for path in (known, "/accounts/saml/0192f0c1-2b3c-7def-8000-000000000000", "/accounts/saml/x"):
        assert Client().post(f"{path}/acs/", {"SAMLResponse": "x"}).status_code == 404
        assert Client().get(f"{path}/finish/").status_code == 404
    update(acme_saml, active=True, protocol="oidc")
    assert Client().post(f"{known}/acs/", {"SAMLResponse": "x"}).status_code == 404
    assert Client().get(f"{known}/metadata/").status_code == 404
    update(acme_saml, protocol="saml")
    assert Client().get(f"/accounts/oidc/{acme_saml.pk}/login/callback/?code=a&state=b").status_code == 404


def test_the_session_is_a_new_one_after_the_sign_in(saml):
    """Session fixation."""
    client = Client()
    place, fields = saml.answer(begin(client, "dana@acme.example"), "dana")
    before = client.session.session_key
    deliver(client, place, fields)
    assert client.session.session_key != before
