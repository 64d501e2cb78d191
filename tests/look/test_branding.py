"""An organisation's own logo, colour and name: set by its admin, shown to its people, and to nobody else."""

import io

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tenants.branding import colour
from tenants.branding.brand import brand_of
from tenants.branding.models import Branding
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tenants.sso.models import EmailDomain

pytestmark = pytest.mark.django_db
PAGE = "/admin/branding/branding/"


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "#123456").save(out, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", out.getvalue())


def save(client: Client, **fields: object) -> str:
    path = client.get(PAGE).headers["Location"]
    return client.post(path, {"name": "", "accent": ""} | fields, follow=True).content.decode()


def test_members_managers_outsiders_and_nobody_cannot_change_it(
    bob, manager, carol, acme, alice, browser_of
) -> None:
    save(browser_of(alice), name="Acme")
    with tenant_scope(acme.id):
        path = f"{PAGE}{Branding.objects.get().pk}/change/"
    for client in (browser_of(bob), browser_of(manager), browser_of(carol), Client()):
        client.post(path, {"name": "Mine", "accent": ""})
        assert brand_of(acme.id).name == "Acme"


def test_name_logo_and_colour_are_on_the_pages_of_the_organisation_alone(
    acme, alice, bob, carol, browser_of
) -> None:
    save(browser_of(alice), name="Acme Answers", accent="#7a1fa2", picture=picture())
    brand = brand_of(acme.id)
    page = browser_of(bob).get("/chat/").content.decode()
    assert brand.name in page and brand.logo in page and brand.styles in page
    foreign = browser_of(carol).get("/chat/").content.decode()
    assert "Acme Answers" not in foreign and "/brand/" not in foreign
    assert "Acme Answers" not in Client().get("/accounts/login/").content.decode()
    logo = Client().get(brand.logo)
    assert logo.headers["Content-Type"] == "image/png" and "immutable" in logo.headers["Cache-Control"]
    assert "--accent: light-dark(#7a1fa2, " in Client().get(brand.styles).content.decode()


def test_an_address_that_is_made_up_shows_nothing(acme, globex, alice, browser_of) -> None:
    save(browser_of(alice), accent="#7a1fa2", picture=picture())
    brand = brand_of(acme.id)
    for path in (brand.logo.replace(str(acme.id), str(globex.id)), f"/brand/{acme.id}/{'0' * 16}.png"):
        assert Client().get(path).status_code == 404


def test_the_sign_in_page_shows_it_once_the_address_tells_the_organisation(acme, alice, browser_of) -> None:
    save(browser_of(alice), name="Acme Answers")
    with tenant_scope(acme.id):
        EmailDomain.objects.create(domain="acme.example", verified_at="2026-01-01T00:00:00Z")

    def after(address: str) -> str:
        return Client().post("/accounts/login/", {"login": address}).content.decode()

    assert "Acme Answers" in after("nobody.we.know@acme.example")
    assert "Acme Answers" not in after("bob@other.example")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            SimpleUploadedFile(
                "logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
            ),
            "no picture",
        ),
        (SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n" + b"x" * 99), "no picture"),
        (SimpleUploadedFile("logo.png", b"<html><script>alert(1)</script>"), "no picture"),
        (SimpleUploadedFile("logo.png", b"x" * (1024 * 1024 + 1)), "larger than 1 MB"),
        (picture(size=(5000, 10)), "larger than 4096 pixels"),
    ],
    ids=["svg", "broken", "html", "heavy", "huge"],
)
def test_what_is_no_small_picture_is_refused_with_a_plain_word(file, words, acme, alice, browser_of) -> None:
    file.seek(0)
    assert words in save(browser_of(alice), picture=file)
    assert not brand_of(acme.id).logo.endswith(".png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_anew_and_what_hides_behind_it_is_gone(kind, acme, alice, browser_of) -> None:
    file = picture(kind)
    hidden = SimpleUploadedFile(file.name, file.read() + b"<script>alert(1)</script>")
    save(browser_of(alice), picture=hidden)
    content = Client().get(brand_of(acme.id).logo).content
    assert b"script" not in content
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (480, 160))


def test_a_colour_that_cannot_be_read_is_adjusted_and_said(acme, alice, browser_of) -> None:
    page = save(browser_of(alice), accent="#ffee00")
    assert "would be hard to read" in page
    assert "Write a colour as" in save(browser_of(alice), accent="red;}*")


@pytest.mark.parametrize("accent", ["#ffee00", "#000000", "#ffffff", "#0f766e", "#7a1fa2", "#ff0000"])
def test_an_accent_can_be_read_in_both_themes(accent: str) -> None:
    light, dark = colour.for_light(accent), colour.for_dark(accent)
    assert min(colour.contrast(light, ground) for ground in colour.LIGHT_GROUNDS) >= 4.5
    assert min(colour.contrast(dark, ground) for ground in colour.DARK_GROUNDS) >= 4.5
    assert colour.contrast(light, "#ffffff") >= 4.5
    assert colour.contrast(dark, "#0b0f0e") >= 4.5


def test_letters_come_in_its_name_and_changes_are_audited(acme, alice, browser_of, settings) -> None:
    from tenants.entrance.invitations import deliver, invite

    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example", "colloquy@mail.example"
    save(browser_of(alice), name='Acme "Answers" <x@y>')
    with tenant_scope(acme.id):
        deliver(invite("ivy@acme.example", role="member", groups=[], actor=alice), actor=alice)
        assert AuditEvent.objects.filter(action="branding.changed").exists()
    assert mail.outbox[0].message()["From"].endswith("<colloquy@mail.example>")
