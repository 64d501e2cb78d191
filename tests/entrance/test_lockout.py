"""Guessing passwords: held up where it happens, told to the owner, and of no use against others."""

from http import HTTPStatus

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tenants.actions import add_member
from tenants.entrance import lockout
from tenants.entrance.tasks import tell_of_lockout
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.conftest import PASSWORD
from tests.entrance.conftest import try_to_sign_in

OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def told(monkeypatch) -> list[tuple]:
    """What is handed to the worker."""
    calls: list[tuple] = []
    monkeypatch.setattr(tell_of_lockout, "delay", lambda *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def few(settings) -> None:
    """The limits against strangers at ten, instead of fifty."""
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {
        lockout.BY_STRANGERS: "10/15m/ip,10/h/key",
    }


def guess(email: str, times: int, ip: str = OFFICE, client: Client | None = None) -> str:
    client = client or Client()
    for number in range(times):
        page = try_to_sign_in(client, email, f"wrong {number}", REMOTE_ADDR=ip).content.decode()
    return page


def signs_in(email: str, ip: str = OFFICE, client: Client | None = None) -> bool:
    return try_to_sign_in(client or Client(), email, REMOTE_ADDR=ip).status_code == HTTPStatus.FOUND


def test_after_five_wrong_passwords_even_the_right_one_waits(bob, told):
    assert "Too many" not in guess(bob.email, 5)
    page = try_to_sign_in(Client(), bob.email, REMOTE_ADDR=OFFICE).content.decode()
    assert "Too many attempts. Wait 15 minutes" in page
    assert told == [(bob.email, OFFICE, 15)]


def test_four_wrong_ones_hold_up_nobody(bob, told):
    guess(bob.email, 4)
    assert signs_in(bob.email)
    assert told == []


def test_success_does_not_wash_failures_away(bob, told):
    """Else somebody with an account of their own could try for ever, signing in to it now and then."""
    guess(bob.email, 4)
    assert signs_in(bob.email)
    guess(bob.email, 1)
    assert not signs_in(bob.email)


def test_the_wait_ends(bob, told, monkeypatch):
    guess(bob.email, 6)
    now = lockout.time.time()
    monkeypatch.setattr("time.time", lambda: now + 15 * 60 + 1)
    assert signs_in(bob.email)


def test_the_owner_signs_in_from_elsewhere_meanwhile(bob, told):
    guess(bob.email, 10)
    assert signs_in(bob.email, ip=ELSEWHERE)


def test_a_colleague_behind_the_same_address_is_not_held_up(bob, alice, told):
    guess(bob.email, 10)
    assert signs_in(alice.email)


def test_one_address_that_tries_many_accounts_is_held_up(bob, alice, told, few):
    for number in range(3):
        guess(f"nobody{number}@acme.example", 5)
    assert "Too many attempts" in guess("new@acme.example", 1)
    assert not signs_in(alice.email)


def test_known_browsers_come_in_whatever_strangers_do(bob, told, few):
    """Neither one address that tries everything nor many addresses that try one account shut its owner out."""
    home = Client()
    assert signs_in(bob.email, client=home)
    home.post("/accounts/logout/")
    for number in range(3):
        guess(f"nobody{number}@acme.example", 5)
    for number in range(4):
        guess(bob.email, 4, ip=f"192.0.2.{number}")
    assert not signs_in(bob.email, ip=ELSEWHERE)
    assert signs_in(bob.email, client=home)


def test_the_mark_of_a_known_browser_is_of_one_account_and_cannot_be_made(bob, alice, told, few):
    home = Client()
    signs_in(alice.email, client=home)
    home.post("/accounts/logout/")
    for number in range(4):
        guess(bob.email, 4, ip=f"192.0.2.{number}")
    assert not signs_in(bob.email, client=home)
    forged = Client()
    forged.cookies[lockout.DEVICE] = bob.email
    assert not signs_in(bob.email, client=forged, ip=ELSEWHERE)


def test_the_header_of_a_proxy_does_not_change_the_address(bob, told):
    client = Client()
    for number in range(6):
        forwarded = {"HTTP_X_FORWARDED_FOR": f"192.0.2.{number}"}
        try_to_sign_in(client, bob.email, "wrong", REMOTE_ADDR=OFFICE, **forwarded)
    assert not signs_in(bob.email)


def test_an_unknown_address_gets_the_same_answers_and_the_same_work(bob, told, monkeypatch):
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *a, **k: hashed.append("") or encode(self, *a, **k)
    )
    pages, work = [], []
    for email in (bob.email, "who@acme.example"):
        answers = [guess(email, 1) for _ in range(6)]
        pages.append([forms_said(answer) for answer in answers])
        work.append(len(hashed))
        hashed.clear()
    assert pages[0] == pages[1]
    assert work[0] == work[1] > 0
    assert [email for email, *_ in told] == [bob.email, "who@acme.example"]


def forms_said(page: str) -> str:
    return page.split('role="alert">')[1].split("</p>")[0]


def test_owner_is_written_to_once_and_every_organisation_is_told(bob, acme, globex, settings):
    settings.EMAIL_HOST = "mail.example"
    add_member(globex, email=bob.email, name=bob.name, role="member")
    tell_of_lockout("Bob@Acme.example", OFFICE, 15)
    tell_of_lockout(bob.email, ELSEWHERE, 15)
    [letter] = mail.outbox
    assert letter.to == [bob.email]
    assert OFFICE in letter.body and "15 minutes" in letter.body
    for tenant in (acme, globex):
        with tenant_scope(tenant.id):
            rows = AuditEvent.objects.filter(action="account.locked_out").order_by("created")
            assert [row.detail["address"] for row in rows] == [OFFICE, ELSEWHERE]


def test_nothing_is_sent_for_an_address_without_account_or_without_mail_server(bob, acme, settings):
    tell_of_lockout("who@acme.example", OFFICE, 15)
    settings.EMAIL_HOST = ""
    tell_of_lockout(bob.email, OFFICE, 15)
    assert mail.outbox == []


def test_each_lock_out_is_told_once(bob, told):
    guess(bob.email, 9)
    assert len(told) == 1
    cache.clear()
    guess(bob.email, 6)
    assert len(told) == 2


def test_passwords_are_in_no_letter_and_no_event(bob, acme, told):
    guess(bob.email, 6)
    assert PASSWORD not in str(told) and "wrong" not in str(told)
