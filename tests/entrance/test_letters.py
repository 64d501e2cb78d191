"""Letters carry the organisation's name and accent, link to this installation alone, and load nothing."""

import re
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.test import Client

from ingestion.models import Document
from ingestion.reviewing import remind
from tenants.branding.letters import letter
from tenants.branding.models import Branding
from tenants.entrance.invitations import deliver, invite
from tenants.entrance.mail import post
from tenants.models import Role
from tenants.scoping import tenant_scope

HERE = "https://chat.acme.example"
HOSTILE = """<img src=x onerror=alert(1)> https://evil.example/x "><script>alert(1)</script> \u202egnp"""


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.example", HERE


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]


def html_of(message) -> str:
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    return html


def test_an_invitation_comes_in_the_organisations_name_and_accent_with_a_button(acme, globex, alice):
    with tenant_scope(acme.id):
        Branding.objects.create(name="Acme Answers", accent="#8a1c6b")
        deliver(invite("ivy@acme.example", role=Role.MEMBER, groups=[], actor=alice), actor=alice)
    [message] = mail.outbox
    html, address = html_of(message), re.search(r"https://\S+", message.body)[0]
    assert Page(html).links == [address]
    assert ">Continue</a>" in html
    assert "Acme Answers" in html
    assert "#8a1c6b" in html
    assert "Acme Answers" not in html_of(letter("Hello", "Words.", "carol@globex.example", tenant=globex.pk))


def test_hostile_titles_are_words_and_no_link(acme, handbook, add_document, manager):
    document = add_document(handbook, "Travel")
    with tenant_scope(acme.id):
        Document.objects.filter(pk=document.pk).update(title=HOSTILE, review_on="2026-01-01", owner=manager)
    assert remind() == 1
    html = html_of(mail.outbox[0])
    page = Page(html)
    assert set(page.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "p",
        "h1",
        "ul",
        "li",
        "br",
        "a",
        "small",
    }
    assert page.attributes <= {"lang", "dir", "charset", "name", "content", "class", "href"}
    assert page.links == [
        f"{HERE}/admin/ingestion/document/{document.pk}/change/",
        f"{HERE}/admin/ingestion/document/?standing=due",
    ]
    assert "&lt;script&gt;" in html


def test_nothing_is_loaded_by_a_letter():
    html = html_of(letter("Hello", f"See\n\n{HERE}/chat/\n\n- one\n- two", "bob@acme.example"))
    assert not re.search(r"<(?:img|link|script|iframe)|url\(|@import|src=", html)


def test_a_look_alike_of_our_address_is_no_link():
    html = html_of(
        letter("Hello", f"Go to {HERE}.evil.example/x or {HERE}@evil.example/", "bob@acme.example")
    )
    assert Page(html).links == []


def test_a_letter_is_in_the_language_of_its_words():
    assert post("Willkommen", f"Hier:\n\n{HERE}/chat/", "bob@acme.example", language="de")
    assert post("مرحبا", f"هنا\n\n{HERE}/chat/", "bob@acme.example", language="ar")
    german, arabic = map(html_of, mail.outbox)
    assert '<html lang="de" dir="ltr">' in german
    assert ">Weiter</a>" in german
    assert '<html lang="ar" dir="rtl">' in arabic


def test_a_link_to_a_new_password_comes_in_our_words_and_only_to_who_has_an_account(bob):
    for address in (bob.email, "nobody@acme.example"):
        assert Client().post("/accounts/password/reset/", {"email": address}).status_code == 302
    message = next(each for each in mail.outbox if each.to == [bob.email])
    assert message.subject == "Choose a new password · Colloquy"
    assert message.body.startswith("Somebody asked for a link")
    [link] = Page(html_of(message)).links
    assert link in message.body
    assert Client().get(re.sub(r"^https?://[^/]+", "", link), follow=True).status_code == 200
    others = [each for each in mail.outbox if each.to != [bob.email]]
    assert not any("/accounts/password/reset/key/" in each.body + html_of(each) for each in others)
