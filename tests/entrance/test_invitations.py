"""People join by a link that works once."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.actions import add_member
from tenants.entrance.invitations import SALT, accept, open_invitation
from tenants.entrance.models import Invitation
from tenants.errors import Refused
from tenants.models import AuditEvent, Group, Membership, User
from tenants.scoping import every_tenant, tenant_scope
from tenants.sso.models import IdentityProvider
from tests.conftest import PASSWORD

ADD = "admin:entrance_invitation_add"
GOOD = {"name": "Dan Dale", "password": "a quiet green lamp"}
EMAIL = "dan@acme.example"


@pytest.fixture
def alices(alice, browser_of):
    return browser_of(alice)


def invited(client, addresses: str = EMAIL, **data) -> list[str]:
    """The links shown after inviting, as paths."""
    page = client.post(reverse(ADD), {"addresses": addresses, "role": "member"} | data)
    assert page.status_code == HTTPStatus.OK
    return links(page.content.decode())


def links(text: str) -> list[str]:
    return re.findall(r"/accounts/invitation/[^/\s]+/", text)


def url(name: str, row: Invitation) -> str:
    return reverse(f"admin:entrance_invitation_{name}", args=[row.pk])


def invitation() -> Invitation:
    with every_tenant():
        return Invitation.objects.get()


def test_several_people_are_invited_at_once_with_role_and_groups(alices, acme):
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Sales")
    found = invited(
        alices, "Dan@Acme.example, eve@acme.example\nfay@acme.example", role="manager", groups=group.pk
    )
    assert len(set(found)) == 3
    new = Client()
    assert new.post(found[0], GOOD).url == "/chat/"
    assert new.get("/chat/").status_code == HTTPStatus.OK
    with tenant_scope(acme.id):
        assert Membership.objects.get(user__email=EMAIL).role == "manager"
        assert [user.name for user in group.members.all()] == ["Dan Dale"]
    assert User.objects.get(email=EMAIL).check_password(GOOD["password"])


def test_link_goes_by_e_mail_where_that_is_set_up_and_is_then_not_shown(alices, acme, settings):
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.example", "https://chat.acme.example"
    assert invited(alices) == []
    [letter] = mail.outbox
    assert letter.to == [EMAIL]
    assert "https://chat.acme.example/accounts/invitation/" in letter.body
    assert Client().get(links(letter.body)[0]).status_code == HTTPStatus.OK


def test_link_is_shown_when_the_letter_cannot_be_sent(alices, settings, monkeypatch):
    settings.EMAIL_HOST = "mail.example"

    def down(*arguments: object) -> None:
        raise OSError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", down)
    assert len(invited(alices)) == 1


def test_an_account_that_was_left_behind_is_taken_over_and_its_old_sessions_end(
    alices, bob, acme, browser_of
):
    bobs = browser_of(bob)
    with tenant_scope(acme.id):
        Membership.objects.get(user=bob).delete()
    [link] = invited(alices, bob.email)
    new = Client()
    assert new.post(link, GOOD).url == "/chat/"
    assert new.get("/chat/").status_code == HTTPStatus.OK
    assert bobs.get("/chat/").status_code == HTTPStatus.FOUND


def test_link_works_once(alices, acme, audited):
    [link] = invited(alices)
    Client().post(link, GOOD)
    for _ in range(3):
        again = Client().post(link, GOOD | {"password": "another long one"})
    assert again.status_code == HTTPStatus.GONE
    assert audited(acme).count("invitation.refused") == 1
    assert "accepted already" in again.content.decode()
    assert User.objects.get(email=EMAIL).check_password(GOOD["password"])


def test_two_at_the_same_moment_make_one_member(alices, acme):
    [link] = invited(alices)
    first, second = (open_invitation(link.split("/")[-2]) for _ in range(2))
    with tenant_scope(acme.id):
        accept(first, name="Dan", password=GOOD["password"])
        with pytest.raises(Refused):
            accept(second, name="Eve", password="another long one")
        assert Membership.objects.filter(user__email=EMAIL).count() == 1


def test_link_expires_after_a_week(alices):
    [link] = invited(alices)
    with every_tenant():
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    for response in (Client().get(link), Client().post(link, GOOD)):
        assert response.status_code == HTTPStatus.GONE
        assert "has expired" in response.content.decode()
    assert not User.objects.filter(email=EMAIL).exists()


def test_link_taken_back_opens_nothing(alices, acme, audited):
    [link] = invited(alices)
    alices.post(url("revoke", invitation()))
    assert "taken back" in Client().post(link, GOOD).content.decode()
    assert not User.objects.filter(email=EMAIL).exists()
    assert [a for a in audited(acme) if a.startswith("invitation")] == [
        "invitation.sent",
        "invitation.revoked",
        "invitation.refused",
    ]


def test_sent_again_the_earlier_link_stops(alices):
    [old] = invited(alices)
    [new] = links(alices.post(url("send_again", invitation())).content.decode())
    assert "sent again since" in Client().get(old).content.decode()
    assert Client().post(new, GOOD).url == "/chat/"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        lambda token: "nonsense",
        lambda token: signing.dumps(["0" * 32, "secret"], salt=SALT),
        lambda token: signing.dumps({"an": "object"}, salt=SALT),
        lambda token: signing.dumps(signing.loads(token, salt=SALT), salt="another"),
    ],
)
def test_changed_link_is_refused(alices, change):
    [link] = invited(alices)
    changed = f"/accounts/invitation/{change(link.split('/')[-2])}/"
    assert Client().post(changed, GOOD).status_code == HTTPStatus.GONE
    assert not User.objects.filter(email=EMAIL).exists()


def test_role_and_address_come_from_the_invitation_and_not_from_the_form(alices, acme):
    [link] = invited(alices)
    Client().post(
        link, GOOD | {"role": "admin", "email": "boss@acme.example", "is_superuser": "1", "tenant": "x"}
    )
    user = User.objects.get(email=EMAIL)
    assert not user.is_superuser
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=user).role == "member"


def test_weak_password_is_refused_and_the_link_stays_good(alices):
    [link] = invited(alices)
    assert "too common" in Client().post(link, GOOD | {"password": "password"}).content.decode()
    assert Client().post(link, GOOD).status_code == HTTPStatus.FOUND


def test_members_cannot_be_invited_and_of_other_addresses_nothing_is_told(alices, bob, carol, operator):
    addresses = f"{bob.email} {carol.email} {operator.email} {EMAIL}"
    page = alices.post(reverse(ADD), {"addresses": addresses, "role": "member"}).content.decode()
    assert "bob@acme.example is already a member" in page
    assert "Globex" not in page
    assert len(links(page)) == 3


def test_whoever_has_an_account_elsewhere_agrees_signed_in_as_themselves(
    alices, carol, globex, acme, browser_of, audited
):
    [link] = invited(alices, carol.email, role="manager")
    carols = browser_of(carol)
    assert "will belong to Acme too" in carols.get(link).content.decode()
    assert carols.post(link).url == "/chat/"
    assert "Acme" in carols.get("/chat/").content.decode()
    carol.refresh_from_db()
    assert (carol.name, carol.check_password(PASSWORD)) == ("Carol Cole", True)
    with tenant_scope(acme.id):
        assert Membership.objects.get(user=carol).role == "manager"
    assert audited(acme)[-1] == "invitation.accepted"
    assert audited(globex)[-1] == "account.shared"
    with tenant_scope(globex.id):
        told = AuditEvent.objects.get(action="account.shared")
    assert "Acme" not in str([told.detail, told.actor_name])
    assert carols.post(link).status_code == HTTPStatus.GONE


@pytest.mark.parametrize("who", ["nobody", "bob", "alice"])
def test_a_link_alone_joins_nobody_elses_account(request, who, alices, bob, carol, acme, browser_of):
    """Not even for the admin who has sent it, and reads it where no letter could be sent."""
    [link] = invited(alices, carol.email)
    client = Client() if who == "nobody" else browser_of(request.getfixturevalue(who))
    page = client.post(link, GOOD).content.decode()
    assert "has an account already" in page
    carol.refresh_from_db()
    assert carol.check_password(PASSWORD)
    assert invitation().accepted_at is None
    with tenant_scope(acme.id):
        assert not Membership.objects.filter(user=carol).exists()


def test_an_account_without_a_password_cannot_be_shared(alices, carol, browser_of):
    [link] = invited(alices, carol.email)
    carol.set_unusable_password()
    carol.save()
    assert "has no password" in browser_of(carol).post(link).content.decode()
    assert invitation().accepted_at is None


@pytest.mark.parametrize("which", ["acme", "globex"])
def test_nor_where_an_organisation_has_its_own_sign_in_alone(
    request, which, alices, carol, acme, globex, browser_of
):
    """No provider speaks for an account of two organisations: its owner could not sign in any more."""
    [link] = invited(alices, carol.email)
    with tenant_scope(request.getfixturevalue(which).pk):
        IdentityProvider.objects.create(
            name="Acme ID", issuer="https://id.example", client_id="a", active=True, sso_only=True
        )
    assert "own sign-in service alone" in browser_of(carol).post(link).content.decode()
    assert invitation().accepted_at is None
    with tenant_scope(acme.id):
        assert not Membership.objects.filter(user=carol).exists()


def test_whoever_got_an_account_elsewhere_meanwhile_is_asked_to_sign_in(alices, globex):
    [link] = invited(alices)
    add_member(globex, email=EMAIL, name="Dan", role="member", password="an old password")
    response = Client().post(link, GOOD)
    assert "has an account already" in response.content.decode()
    assert User.objects.get(email=EMAIL).check_password("an old password")
    assert invitation().accepted_at is None


def test_whoever_became_a_member_meanwhile_is_refused(alices, acme):
    [link] = invited(alices)
    add_member(acme, email=EMAIL, name="Dan", role="member", password="an old password")
    assert "member already" in Client().post(link, GOOD).content.decode()
    assert User.objects.get(email=EMAIL).check_password("an old password")


def test_second_invitation_of_one_address_points_to_the_first(alices):
    invited(alices)
    page = alices.post(reverse(ADD), {"addresses": EMAIL, "role": "admin"}).content.decode()
    assert "has been invited already" in page and links(page) == []


@pytest.mark.parametrize(
    "addresses", ["", "not-an-address", " ".join(f"p{n}@acme.example" for n in range(101))]
)
def test_unfit_addresses_invite_nobody(alices, addresses):
    assert alices.post(reverse(ADD), {"addresses": addresses, "role": "member"}).status_code == HTTPStatus.OK
    with every_tenant():
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["manager", "bob"])
def test_only_admins_invite(who, request, browser_of):
    client = browser_of(request.getfixturevalue(who))
    assert client.post(reverse(ADD), {"addresses": EMAIL, "role": "admin"}).status_code != HTTPStatus.OK
    with every_tenant():
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["revoke", "send_again"])
def test_another_organisations_admin_cannot_touch_an_invitation(name, alices, carol, browser_of):
    [link] = invited(alices)
    hers, row = browser_of(carol), invitation()
    assert hers.post(url(name, row)).status_code == HTTPStatus.NOT_FOUND
    assert EMAIL not in hers.get(reverse("admin:entrance_invitation_changelist")).content.decode()
    assert EMAIL not in hers.get(url("change", row), follow=True).content.decode()
    assert Client().get(link).status_code == HTTPStatus.OK


def test_groups_of_another_organisation_cannot_be_given(alices, globex):
    with tenant_scope(globex.id):
        group = Group.objects.create(name="Board")
    page = alices.post(reverse(ADD), {"addresses": EMAIL, "role": "member", "groups": group.pk})
    assert links(page.content.decode()) == [] and "Board" not in page.content.decode()


def test_posts_of_another_site_are_refused(alice, alices):
    [link] = invited(alices)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link, GOOD).status_code == HTTPStatus.FORBIDDEN
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    for target in (reverse(ADD), url("revoke", invitation()), url("send_again", invitation())):
        assert (
            strict.post(target, {"addresses": "x@acme.example", "role": "admin"}).status_code
            == HTTPStatus.FORBIDDEN
        )
    assert invitation().state == "Waiting"


def test_somebody_signed_in_is_not_mixed_with_the_new_person(alices, bob, browser_of):
    [link] = invited(alices)
    bobs = browser_of(bob)
    old = bobs.session.session_key
    bobs.post(link, GOOD)
    assert bobs.session.session_key != old
    assert EMAIL in bobs.get("/chat/").content.decode()


def test_no_secret_is_kept_or_audited(alices, acme):
    [link] = invited(alices)
    secret = signing.loads(link.split("/")[-2], salt=SALT)[1]
    with tenant_scope(acme.id):
        kept = str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in kept
