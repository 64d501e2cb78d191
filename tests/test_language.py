"""The interface's language: the person's, else this browser's, else what the browser asks for."""

import json

import pytest
from django.test import Client
from django.utils import translation

from ingestion.models import DocumentVersion
from ingestion.progress import error_in_words
from tenants.language import catalog
from tenants.language.choice import language_of_socket
from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
EMPTY = "This file is empty (0 bytes). Check the original and upload it again."


def language_of_page(client: Client, path: str = LOGIN, **headers: str) -> str:
    page = client.get(path, headers=headers).content.decode()
    return page.split('<html lang="')[1].split('"')[0]


def test_a_page_follows_the_browser_and_falls_back_to_english(client: Client) -> None:
    assert language_of_page(client) == "en"
    assert language_of_page(client, accept_language="pt-BR,de-AT;q=0.8,en;q=0.5") == "de"
    assert language_of_page(client, accept_language="xx") == "en"


def test_a_choice_before_sign_in_stays_in_this_browser_until_it_is_taken_back(client: Client) -> None:
    answer = client.post("/language/", {"language": "fr", "next": LOGIN})
    assert answer.headers["Location"] == LOGIN
    assert language_of_page(client, accept_language="de") == "fr"
    client.post("/language/", {"language": ""})
    assert language_of_page(client, accept_language="de") == "de"


def test_a_choice_goes_with_the_account_to_another_browser(bob, manager, browser_of) -> None:
    first, second = browser_of(bob), browser_of(bob)
    first.post("/language/", {"language": "ar"})
    page = second.get("/chat/", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert language_of_page(browser_of(manager), "/chat/") == "en"


def test_the_admin_is_in_english_whoever_looks(alice, browser_of) -> None:
    browser = browser_of(alice)
    browser.post("/language/", {"language": "de"})
    page = browser.get("/admin/").content.decode()
    assert 'lang="en"' in page
    assert "Administration" not in page


def test_no_choice_leads_to_another_site(client: Client) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert client.post("/language/", {"language": "de", "next": target}).headers["Location"] == "/"


def test_the_catalog_of_the_scripts_is_kept_by_browsers_under_the_address_of_its_content(
    client: Client,
) -> None:
    page = client.get(LOGIN, headers={"accept-language": "de"}).content.decode()
    assert catalog.address("de") in page
    answer = client.get(catalog.address("de"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    words = json.loads(answer.content.decode().removeprefix("globalThis.colloquyWords = ").rstrip(";\n"))
    assert set(words) == {"texts", "plurals"}
    assert client.get("/words/de.000000000000.js").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/words/en.000000000000.js").status_code == 404
    assert "/words/" not in client.get(LOGIN).content.decode()


def test_a_socket_speaks_as_the_page_does(bob) -> None:
    asks = [(b"accept-language", b"fr;q=0.4, de")]
    assert language_of_socket(bob, {}, asks) == "de"
    assert language_of_socket(bob, {"language": "ar"}, asks) == "ar"
    assert language_of_socket(bob, {"language": "nonsense"}, []) == "en"
    bob.language = "fr"
    assert language_of_socket(bob, {"language": "ar"}, asks) == "fr"


def test_a_refused_sign_in_is_told_in_the_language_of_the_browser(acme, client: Client) -> None:
    with tenant_scope(acme.id):
        row = IdentityProvider.objects.create(
            name="Entra", issuer="https://127.0.0.1:9", client_id="colloquy", active=True
        )
    page = client.get(
        f"/accounts/oidc/{row.pk}/login/callback/?error=refused&state=none", headers={"accept-language": "de"}
    )
    text = page.content.decode()
    assert page.status_code == 403
    assert "Der Anmeldedienst Ihrer Organisation hat abgelehnt. Gehen Sie zur Anmeldeseite zurück" in text


@pytest.mark.parametrize(
    ("said", "code", "german"),
    [
        (EMPTY, "empty", "Diese Datei ist leer (0 Byte). Prüfen Sie das Original"),
        (
            "This file is larger than 7 MB, the most that is read. Split it up.",
            "too_large",
            "Diese Datei ist größer",
        ),
        ("What a plugin says.", "of_a_plugin", "What a plugin says."),
    ],
    ids=["as-it-was-told", "by-its-code", "unknown"],
)
def test_why_a_document_was_not_read_is_told_in_the_language_of_its_reader(said, code, german) -> None:
    version = DocumentVersion(status="failed", error=said, error_code=code)
    with translation.override("en"):
        assert error_in_words(version) == said
    with translation.override("de"):
        assert error_in_words(version).startswith(german)
