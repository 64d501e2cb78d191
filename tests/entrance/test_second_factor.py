"""A second factor: set up, asked for, required by an organisation, and reset by its admin."""

import io
import re
from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from asgiref.sync import sync_to_async
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tenants.actions import add_member
from tenants.crypto import Undecryptable, decrypt
from tenants.entrance.factors import encrypt_factors_anew
from tenants.scoping import tenant_scope
from tests.conftest import PASSWORD
from tests.entrance.conftest import FIREFOX, LOGIN, try_to_sign_in

INDEX, AUTHENTICATE = "/accounts/2fa/", "/accounts/2fa/authenticate/"
AGAIN = "/accounts/reauthenticate/"
ACTIVATE, DEACTIVATE = "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/"


class App:
    """An authenticator app, and the clock that it shares with the server."""

    counter = 50_000_000
    secret = ""

    def code(self) -> str:
        """A new one each time: half a minute passes."""
        self.counter += 1
        return auth.format_hotp_value(auth.hotp_value(self.secret, self.counter))


@pytest.fixture
def app(monkeypatch) -> App:
    app = App()
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([app.counter]))
    return app


def set_up(client: Client, app: App) -> list[str]:
    """Set the app up as a person does, and read the recovery codes."""
    assert client.get(ACTIVATE).url.startswith(AGAIN)
    client.post(AGAIN, {"password": PASSWORD})
    page = client.get(ACTIVATE).content.decode()
    app.secret = re.search(r'class="secret">([A-Z2-7]+)<', page)[1]
    response = client.post(ACTIVATE, {"code": app.code()}, follow=True)
    return re.findall(r"<li>(\d{8})</li>", response.content.decode())


def half_way(user, agent: str = FIREFOX) -> Client:
    """A browser in which the password has been given, and the code not yet."""
    client = Client(headers={"user-agent": agent})
    assert try_to_sign_in(client, user.email).url.startswith(AUTHENTICATE)
    return client


def test_app_is_set_up_and_asked_for_from_then_on(bob, app, sign_in):
    codes = set_up(sign_in(bob), app)
    assert len(set(codes)) == 10
    client = half_way(bob)
    assert client.get("/chat/").status_code == HTTPStatus.FOUND
    assert client.post(AUTHENTICATE, {"code": app.code()}).status_code == HTTPStatus.FOUND
    assert client.get("/chat/").status_code == HTTPStatus.OK


@pytest.mark.django_db(transaction=True)
def test_its_owner_is_written_to(bob, app, sign_in, settings):
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    set_up(sign_in(bob), app)
    assert [letter.to for letter in mail.outbox] == [[bob.email]]
    assert app.secret not in mail.outbox[0].body


def test_the_password_alone_opens_nothing(bob, app, sign_in):
    set_up(sign_in(bob), app)
    client = half_way(bob)
    for url in (
        "/chat/",
        "/admin/",
        "/accounts/sessions/",
        INDEX,
        DEACTIVATE,
        "/accounts/2fa/recovery-codes/",
    ):
        at, _ = client.get(url, follow=True).redirect_chain[-1]
        assert at.startswith((LOGIN, AUTHENTICATE)), url
    assert client.get("/api/conversations/").status_code == HTTPStatus.UNAUTHORIZED


def test_a_code_works_once_and_a_wrong_one_never(bob, app, sign_in):
    set_up(sign_in(bob), app)
    code = app.code()
    assert half_way(bob).post(AUTHENTICATE, {"code": code}).status_code == HTTPStatus.FOUND
    for given in (code, "000000", ""):
        client = half_way(bob)
        client.post(AUTHENTICATE, {"code": given})
        assert client.get("/chat/").status_code == HTTPStatus.FOUND


def test_a_recovery_code_works_once(bob, app, sign_in):
    [code, *_] = set_up(sign_in(bob), app)
    first, second = half_way(bob), half_way(bob)
    assert first.post(AUTHENTICATE, {"code": code}).status_code == HTTPStatus.FOUND
    assert first.get("/chat/").status_code == HTTPStatus.OK
    second.post(AUTHENTICATE, {"code": code})
    assert second.get("/chat/").status_code == HTTPStatus.FOUND


def test_recovery_codes_are_shown_once(bob, app, sign_in):
    client = sign_in(bob)
    codes = set_up(client, app)
    again = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert not [code for code in codes if code in again]


def test_guessing_codes_is_held_up(bob, app, sign_in):
    set_up(sign_in(bob), app)
    client = half_way(bob)
    for _ in range(5):
        client.post(AUTHENTICATE, {"code": "000000"})
    page = client.post(AUTHENTICATE, {"code": app.code()}).content.decode()
    assert "Wait a quarter of an hour" in page


def test_secrets_lie_encrypted_and_move_to_a_new_key(bob, app, sign_in, settings):
    set_up(sign_in(bob), app)
    row = Authenticator.objects.get(type="totp")
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert app.secret not in str(row.data) and decrypt(row.data["secret"]) == app.secret
    decrypt(seed)
    settings.ENCRYPTION_KEY_FALLBACKS, settings.ENCRYPTION_KEY = [settings.ENCRYPTION_KEY], "a new key"
    call_command("rotate_encryption_key", stdout=io.StringIO())
    settings.ENCRYPTION_KEY_FALLBACKS = []
    with pytest.raises(Undecryptable):
        decrypt(seed)
    assert half_way(bob).post(AUTHENTICATE, {"code": app.code()}).url == "/chat/"
    settings.ENCRYPTION_KEY = "a third key, without the second"
    assert [row.user for row in encrypt_factors_anew()[1]] == [bob, bob]


def test_setting_up_the_first_factor_ends_sessions_without_it(
    bob, acme, app, sign_in, audited, django_capture_on_commit_callbacks
):
    thief, owner = sign_in(bob), sign_in(bob)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(owner, app)
    assert thief.get("/chat/").status_code == HTTPStatus.FOUND
    assert owner.get("/chat/").status_code == HTTPStatus.OK
    assert "second_factor.added" in audited(acme)


# --- Required by the organisation ---------------------------------------------------------------------------------


def test_whoever_lacks_it_is_led_to_set_it_up_and_can_then_go_on(bob, acme, policy, app, sign_in):
    policy(acme, second_factor=True)
    client = sign_in(bob)
    page = client.get("/chat/", follow=True)
    assert page.redirect_chain == [(f"{INDEX}?next=%2Fchat%2F", HTTPStatus.FOUND)]
    assert "requires a second factor" in page.content.decode()
    set_up(client, app)
    assert client.get("/chat/").status_code == HTTPStatus.OK


EVERYWHERE = [
    "/chat/", "/admin/", "/documents/", "/accounts/sessions/", "/accounts/password/change/", "/accounts/email/",
    "/admin/tenants/membership/", "/admin/entrance/signinpolicy/", "/admin/../chat/", "//chat/", "/accounts/2fa",
]  # fmt: skip


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_no_address_lets_them_round_it(who, acme, policy, sign_in, request):
    """Admins are held to it too."""
    policy(acme, second_factor=True)
    client = sign_in(request.getfixturevalue(who))
    for url in EVERYWHERE:
        assert client.get(url).status_code != HTTPStatus.OK, url
    for url in ("/api/conversations/", "/documents/api/"):
        response = client.get(url, headers={"accept": "application/json"})
        assert (response.status_code, response.json()["error"]["code"]) == (
            HTTPStatus.FORBIDDEN,
            "second_factor",
        )
    for url in (*EVERYWHERE, "/documents/api/act", "/documents/api/upload"):
        assert client.post(url).status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND), url


def test_an_admin_cannot_lift_the_rule_without_the_factor(alice, acme, policy, sign_in):
    row = policy(acme, second_factor=True)
    url = reverse("admin:entrance_signinpolicy_change", args=[row.pk])
    assert sign_in(alice).post(url, {}).status_code == HTTPStatus.FORBIDDEN
    with tenant_scope(acme.id):
        row.refresh_from_db()
    assert row.second_factor


def test_they_may_leave(bob, acme, policy, sign_in):
    policy(acme, second_factor=True)
    client = sign_in(bob)
    assert client.post("/accounts/logout/").url == LOGIN


async def test_no_socket_answers_without_it(bob, acme, policy, installation, tab, sign_in) -> None:
    client = await sync_to_async(sign_in)(bob)
    async with tab(bob, client=client) as t:
        await t.ask("Hi")
        await sync_to_async(policy)(acme, second_factor=True)
        asked = len(installation.chats)
        [said] = await t.ask("Hi again", client_id="c2")
    assert (said["type"], said["code"]) == ("failed", "not_allowed")
    assert "second factor" in said["text"]
    assert len(installation.chats) == asked


def test_recovery_codes_alone_are_no_second_factor(bob, acme, policy, sign_in):
    policy(acme, second_factor=True)
    Authenticator.objects.create(user=bob, type="recovery_codes", data={})
    assert sign_in(bob).get("/chat/").url.startswith(INDEX)


def test_the_last_factor_stays_where_it_is_required(bob, acme, policy, app, sign_in):
    client = sign_in(bob)
    set_up(client, app)
    policy(acme, second_factor=True)
    page = client.post(DEACTIVATE).content.decode()
    assert "requires a second factor" in page
    assert Authenticator.objects.filter(type="totp").exists()


def test_whoever_signed_in_through_a_provider_is_asked_there(bob, acme, policy, browser_of):
    policy(acme, second_factor=True)
    client = browser_of(bob)
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": 0, "provider": "oidc"}]
    session["account_authentication_methods_user"] = str(bob.pk)
    session.save()
    assert client.get("/chat/").status_code == HTTPStatus.OK


def test_another_organisations_rule_holds_nobody_here(bob, globex, policy, sign_in):
    policy(globex, second_factor=True)
    assert sign_in(bob).get("/chat/").status_code == HTTPStatus.OK


# --- Reset by an admin --------------------------------------------------------------------------------------------


def reset_url(member) -> str:
    return reverse("admin:tenants_membership_reset_factors", args=[member.pk])


def test_admin_takes_lost_factors_off(
    alice,
    bob,
    acme,
    app,
    sign_in,
    browser_of,
    membership_of,
    audited,
    settings,
    django_capture_on_commit_callbacks,
):
    settings.EMAIL_HOST = "mail.example"
    bobs, member = sign_in(bob), membership_of(bob, acme)
    set_up(bobs, app)
    mail.outbox.clear()
    alices = browser_of(alice)
    page = alices.get(reverse("admin:tenants_membership_change", args=[member.pk])).content.decode()
    assert "authenticator app, recovery codes" in page and app.secret not in page
    with django_capture_on_commit_callbacks(execute=True):
        alices.post(reset_url(member))
    assert not Authenticator.objects.exists()
    assert bobs.get("/chat/").status_code == HTTPStatus.FOUND
    assert try_to_sign_in(Client(), bob.email).url == "/chat/"
    assert "member.second_factor_reset" in audited(acme)
    [letter] = mail.outbox
    assert letter.to == [bob.email] and "admin of Acme" in letter.body


@pytest.mark.parametrize("who", ["carol", "manager", "bob"])
def test_nobody_else_resets_factors(who, bob, acme, app, sign_in, browser_of, membership_of, request):
    member = membership_of(bob, acme)
    set_up(sign_in(bob), app)
    response = browser_of(request.getfixturevalue(who)).post(reset_url(member))
    assert response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.FOUND)
    assert Authenticator.objects.filter(user=bob).count() == 2


def test_an_account_of_two_organisations_is_left_alone(
    alice, bob, acme, globex, app, sign_in, browser_of, membership_of
):
    """Else an admin here could take down what protects the person there."""
    set_up(sign_in(bob), app)
    add_member(globex, email=bob.email, name=bob.name, role="member", password=PASSWORD)
    page = browser_of(alice).post(reset_url(membership_of(bob, acme)), follow=True).content.decode()
    assert "belongs to other organisations too" in page
    assert Authenticator.objects.filter(user=bob).count() == 2


def test_posts_of_another_site_are_refused(alice, bob, acme, app, sign_in, membership_of):
    member = membership_of(bob, acme)
    set_up(sign_in(bob), app)
    strict = Client(enforce_csrf_checks=True)
    for person, urls in (
        (alice, [reset_url(member)]),
        (bob, [ACTIVATE, DEACTIVATE, "/accounts/2fa/webauthn/add/"]),
    ):
        strict.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for url in urls:
            assert strict.post(url).status_code == HTTPStatus.FORBIDDEN, url
    assert Authenticator.objects.filter(user=bob).count() == 2


def test_taking_a_factor_off_asks_again_who_one_is(bob, app, sign_in):
    client = sign_in(bob)
    set_up(client, app)
    session = client.session
    session["account_authentication_methods"] = [
        record | {"at": 0} for record in session["account_authentication_methods"]
    ]
    session.save()
    assert client.post(DEACTIVATE).url.startswith(AGAIN)
    assert Authenticator.objects.filter(type="totp").exists()
    assert client.post(AGAIN, {"password": PASSWORD}).status_code == HTTPStatus.FOUND
