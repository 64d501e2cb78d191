"""An admin adds, changes and removes people."""

from http import HTTPStatus

import pytest
from django.urls import reverse

from tenants.actions import add_member
from tenants.models import AuditEvent, Group, Membership, Role, User
from tenants.scoping import tenant_scope

ADD = "admin:tenants_membership_add"


@pytest.fixture
def alices(alice, browser_of):
    return browser_of(alice)


def change(client, membership, **data):
    fields = {"name": membership.user.name, "role": membership.role, "active": "on"} | data
    if not fields["active"]:
        del fields["active"]
    return client.post(reverse("admin:tenants_membership_change", args=[membership.pk]), fields)


def test_new_member_gets_a_password_that_is_shown_once_and_works(alices, acme):
    response = alices.post(reverse(ADD), {"email": "Dan@Acme.example", "name": "Dan Dale", "role": "member"})
    password = response.context["password"]
    assert password in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert User.objects.get(email="dan@acme.example").check_password(password)
    with tenant_scope(acme.id):
        assert Membership.objects.get(user__email="dan@acme.example").role == Role.MEMBER
        events = AuditEvent.objects.filter(action="member.added", detail__name="Dan Dale")
        assert password not in str(list(events.values()))


def test_member_cannot_be_added_twice(alices, bob):
    page = alices.post(
        reverse(ADD), {"email": "bob@acme.example", "name": "Bob", "role": "member"}
    ).content.decode()
    assert "bob@acme.example is already a member" in page


@pytest.mark.parametrize("email", ["carol@globex.example", "olga@platform.example"])
def test_accounts_of_others_cannot_be_taken(alices, carol, operator, acme, email):
    before = User.objects.get(email=email).password
    page = alices.post(reverse(ADD), {"email": email, "name": "Mine", "role": "member"}).content.decode()
    assert "This address cannot be added here" in page
    assert "Globex" not in page
    after = User.objects.get(email=email)
    assert (after.password, after.name) != (before, "Mine")
    assert after.password == before


def test_last_admin_cannot_step_down(alices, alice, acme, membership_of):
    page = change(alices, membership_of(alice, acme), role="member").content.decode()
    assert "Alice Arnold is the last admin" in page
    assert membership_of(alice, acme).role == Role.ADMIN


def test_last_admin_cannot_be_locked_out(alices, alice, acme, membership_of):
    page = change(alices, membership_of(alice, acme), active="").content.decode()
    assert "is the last admin" in page
    alice.refresh_from_db()
    assert alice.is_active


def test_last_admin_cannot_be_removed(alices, alice, acme, membership_of):
    address = reverse("admin:tenants_membership_delete", args=[membership_of(alice, acme).pk])
    page = alices.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "is the last admin" in page
    assert membership_of(alice, acme).role == Role.ADMIN


def test_admin_whose_only_colleague_is_deactivated_is_the_last(alices, alice, bob, acme, membership_of):
    add_member(acme, email=bob.email, name="", role=Role.ADMIN)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "is the last admin" in change(alices, membership_of(alice, acme), role="member").content.decode()


def test_admin_steps_down_once_there_is_another(alices, alice, bob, acme, membership_of):
    assert change(alices, membership_of(bob, acme), role="admin").status_code == HTTPStatus.FOUND
    assert change(alices, membership_of(alice, acme), role="member").status_code == HTTPStatus.FOUND
    assert membership_of(alice, acme).role == Role.MEMBER


def test_deactivated_member_is_out_at_once(alices, bob, acme, membership_of, browser_of):
    bobs = browser_of(bob)
    change(alices, membership_of(bob, acme), active="")
    bob.refresh_from_db()
    assert not bob.is_active
    assert bobs.get("/documents/0192f0c1-2b3c-7def-8000-000000000000/file/").status_code == HTTPStatus.FOUND


def test_account_shared_with_another_organisation_is_not_changed_from_one(
    alices, bob, acme, globex, membership_of
):
    add_member(globex, email=bob.email, name="", role=Role.MEMBER)
    membership = membership_of(bob, acme)
    change(alices, membership, name="Renamed", active="", role="manager")
    bob.refresh_from_db()
    assert (bob.name, bob.is_active) == ("Bob Berg", True)
    assert membership_of(bob, acme).role == Role.MANAGER
    password = bob.password
    alices.post(reverse("admin:tenants_membership_password", args=[membership.pk]))
    bob.refresh_from_db()
    assert bob.password == password


def test_removed_member_leaves_the_groups_too(alices, bob, acme, membership_of):
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Engineering")
        group.members.add(bob)
    address = reverse("admin:tenants_membership_delete", args=[membership_of(bob, acme).pk])
    assert alices.post(address, {"post": "yes"}).status_code == HTTPStatus.FOUND
    with tenant_scope(acme.id):
        assert not Membership.objects.filter(user=bob).exists()
        assert not group.members.exists()
        assert AuditEvent.objects.filter(action="member.removed").exists()
    assert User.objects.filter(pk=bob.pk).exists()


def test_new_password_is_shown_once_and_ends_sessions(alices, bob, acme, membership_of, browser_of):
    bobs = browser_of(bob)
    address = reverse("admin:tenants_membership_password", args=[membership_of(bob, acme).pk])
    assert alices.get(address).status_code == HTTPStatus.NOT_FOUND
    password = alices.post(address).context["password"]
    bob.refresh_from_db()
    assert bob.check_password(password)
    assert "_auth_user_id" not in browser_session(bobs)


def browser_session(client):
    response = client.get("/admin/", follow=True)
    return response.wsgi_request.session if response.wsgi_request.user.is_authenticated else {}


def test_former_members_account_returns_under_a_new_password(alices, bob, acme, membership_of):
    with tenant_scope(acme.id):
        Membership.objects.get(user=bob).delete()
    password = alices.post(reverse(ADD), {"email": bob.email, "name": "Robert", "role": "member"}).context[
        "password"
    ]
    bob.refresh_from_db()
    assert bob.check_password(password)
    assert bob.name == "Robert"


def test_group_name_is_taken_once_in_an_organisation(alices, acme):
    alices.post(reverse("admin:tenants_group_add"), {"name": "Engineering"})
    page = alices.post(reverse("admin:tenants_group_add"), {"name": "Engineering"}).content.decode()
    assert "already has one with this name" in page


def test_audit_events_cannot_be_written(alices, acme):
    with tenant_scope(acme.id):
        event = AuditEvent.objects.create(action="member.added")
    assert alices.get(reverse("admin:tenants_auditevent_add")).status_code == HTTPStatus.FORBIDDEN
    address = reverse("admin:tenants_auditevent_change", args=[event.pk])
    assert alices.get(address).status_code == HTTPStatus.OK
    assert alices.post(address, {"action": "nothing"}).status_code == HTTPStatus.FORBIDDEN


def test_operator_creates_an_account_that_can_sign_in(operator, acme, browser_of):
    data = {
        "email": "New@Platform.example",
        "name": "New",
        "new_password": "mauve-elephant-42",
        "is_active": "on",
    }
    browser_of(operator).post(reverse("admin:tenants_user_add"), data)
    assert User.objects.get(email="new@platform.example").check_password("mauve-elephant-42")


def test_operator_edits_an_account_of_no_organisation_without_touching_its_password(operator, browser_of):
    user = User.objects.create_user("pat@platform.example", "mauve-elephant-42")
    address = reverse("admin:tenants_user_change", args=[user.pk])
    browser_of(operator).post(address, {"email": user.email, "name": "Pat", "is_active": "on"})
    user.refresh_from_db()
    assert user.name == "Pat"
    assert user.check_password("mauve-elephant-42")
