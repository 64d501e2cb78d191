"""A provider creates, changes and deactivates people of its organisation, and of no other."""

from http import HTTPStatus

import pytest
from django.urls import reverse

from tenants.access import member_of
from tenants.actions import add_member
from tenants.entrance.invitations import agree, invite
from tenants.models import Membership, Role, User
from tenants.scim.models import ScimUser
from tenants.scoping import every_tenant, tenant_scope
from tests.conftest import PASSWORD
from tests.scim.conftest import USER

UNKNOWN = "0192f0c1-2b3c-7def-8000-000000000000"


def row_of(user: User, tenant) -> ScimUser:
    with tenant_scope(tenant.id):
        return ScimUser.objects.get(user=user)


def test_created_person_is_a_member_without_a_password(provider, acme, events_of) -> None:
    shown = provider.user("dan", name={"givenName": "Dan", "familyName": "Dale"})
    user = User.objects.get(email="dan@acme.example")
    assert (user.name, user.has_usable_password(), user.is_active) == ("Dan Dale", False, True)
    assert member_of(user.pk, tenant=acme.pk).role == Role.MEMBER
    assert shown["active"] is True
    assert shown["meta"]["location"].endswith(f"/scim/v2/Users/{shown['id']}")
    [event] = events_of(acme, "member.added")
    assert (event.actor, event.detail["token"], event.detail["after"]["externalId"]) == (
        None,
        "Entra ID",
        "ext-dan",
    )


def test_created_inactive_person_cannot_come_in(provider, acme) -> None:
    provider.user("dan", active=False)
    user = User.objects.get(email="dan@acme.example")
    assert not user.is_active
    assert member_of(user.pk, tenant=acme.pk) is None


def test_members_added_by_hand_are_shown_and_taken_over(provider, acme, bob) -> None:
    [found] = provider.find("Users", 'userName eq "BOB@acme.example"')
    changed = provider.patch(f"Users/{found['id']}", {"op": "add", "path": "externalId", "value": "42"})
    assert changed.json()["externalId"] == "42"
    assert [user["id"] for user in provider.find("Users", 'externalId eq "42"')] == [found["id"]]


def test_user_name_is_taken_once(provider) -> None:
    provider.user("dan")
    again = provider.post("Users", {"schemas": [USER], "userName": "DAN@acme.example"})
    assert (again.status_code, again.json()["scimType"]) == (HTTPStatus.CONFLICT, "uniqueness")
    assert again["Content-Type"] == "application/scim+json"


@pytest.mark.parametrize("address", ["carol@globex.example", "olga@platform.example"])
def test_accounts_of_others_cannot_be_taken(provider, carol, operator, address) -> None:
    before = User.objects.values().get(email=address)
    answer = provider.post("Users", {"schemas": [USER], "userName": address, "displayName": "Mine"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "Globex" not in answer.content.decode()
    dan = provider.user("dan")
    moved = provider.patch(f"Users/{dan['id']}", {"op": "replace", "path": "userName", "value": address})
    assert moved.status_code == HTTPStatus.CONFLICT
    assert User.objects.values().get(email=address) == before
    assert provider.get(f"Users/{dan['id']}").json()["userName"] == "dan@acme.example"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_organisations_people_do_not_exist(
    provider_of, acme, globex, bob, carol, method, events_of
) -> None:
    provider_of(acme).find("Users", 'userName eq "bob@acme.example"')
    theirs = provider_of(globex)
    key = row_of(bob, acme).pk
    body = {
        "schemas": [USER],
        "userName": "x@acme.example",
        "Operations": [{"op": "remove", "path": "externalId"}],
    }
    answers = [
        theirs.send(method, f"Users/{each}", None if method in ("GET", "DELETE") else body)
        for each in (key, UNKNOWN)
    ]
    assert [answer.status_code for answer in answers] == [HTTPStatus.NOT_FOUND] * 2
    assert answers[0].content == answers[1].content
    listed = theirs.get("Users").json()
    assert [user["userName"] for user in listed["Resources"]] == ["carol@globex.example"]
    [event] = events_of(globex, "access.refused")
    assert (event.object_id, event.detail["name"], event.detail["method"]) == (key, "Entra ID", method)
    assert events_of(acme, "access.refused") == []


def test_a_deactivated_account_is_locked_and_opens_again(provider, acme, bob, events_of) -> None:
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    off = provider.patch(f"Users/{found['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert (off.status_code, off.json()["active"]) == (HTTPStatus.OK, False)
    assert member_of(bob.pk, tenant=acme.pk) is None
    [event] = events_of(acme, "member.changed")
    assert (event.detail["before"], event.detail["after"]) == ({"active": True}, {"active": False})
    assert provider.find("Users", "active eq false")[0]["id"] == found["id"]
    provider.patch(f"Users/{found['id']}", {"op": "replace", "value": {"active": True}})
    assert member_of(bob.pk, tenant=acme.pk).role == Role.MEMBER


def test_old_sessions_do_not_come_back_with_the_account(provider, bob, browser_of) -> None:
    bobs = browser_of(bob)
    assert bobs.get("/chat/").status_code == HTTPStatus.OK
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    for active in (False, True):
        provider.patch(f"Users/{found['id']}", {"op": "replace", "path": "active", "value": active})
        assert bobs.get("/chat/").status_code == HTTPStatus.FOUND
    bob.refresh_from_db()
    assert browser_of(bob).get("/chat/").status_code == HTTPStatus.OK


def test_an_operator_ends_sessions_for_good_too(operator, bob, browser_of) -> None:
    bobs, address = browser_of(bob), reverse("admin:tenants_user_change", args=[bob.pk])
    for active in ({}, {"is_active": "on"}):
        browser_of(operator).post(address, {"email": bob.email, "name": bob.name, **active})
        assert bobs.get("/chat/").status_code == HTTPStatus.FOUND
    bob.refresh_from_db()
    assert bob.is_active


def test_account_of_two_organisations_only_leaves_this_one(provider, acme, globex, bob) -> None:
    add_member(globex, email=bob.email, name="", role=Role.MEMBER)
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    provider.patch(
        f"Users/{found['id']}",
        {
            "op": "replace",
            "value": {"active": False, "displayName": "Robert", "userName": "new@acme.example"},
        },
    )
    bob.refresh_from_db()
    assert (bob.is_active, bob.name, bob.email) == (True, "Bob Berg", "bob@acme.example")
    assert member_of(bob.pk, tenant=acme.pk) is None
    assert member_of(bob.pk, tenant=globex.pk) is not None
    assert provider.get(f"Users/{found['id']}").json()["active"] is False
    back = provider.patch(f"Users/{found['id']}", {"op": "replace", "path": "active", "value": True})
    assert (back.status_code, back.json()["scimType"]) == (HTTPStatus.CONFLICT, "uniqueness")
    assert "Invite them" in back.json()["detail"]
    assert member_of(bob.pk, tenant=acme.pk) is None
    provider.delete(f"Users/{found['id']}")
    bob.refresh_from_db()
    assert bob.is_active
    assert member_of(bob.pk, tenant=acme.pk) is None


def test_a_provider_takes_nobody_back_who_belongs_elsewhere_now(provider, acme, globex, bob) -> None:
    """Neither by activating nor by making them anew: the person would share an account without having agreed."""
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    provider.delete(f"Users/{found['id']}")
    User.objects.filter(pk=bob.pk).update(is_active=True)
    add_member(globex, email=bob.email, name="", role=Role.MEMBER)
    again = provider.post("Users", {"schemas": [USER], "userName": "bob@acme.example"})
    assert again.status_code == HTTPStatus.CONFLICT
    assert "Invite them" in again.json()["detail"] and "Globex" not in again.content.decode()
    assert member_of(bob.pk, tenant=acme.pk) is None
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_whoever_agreed_is_managed_by_the_provider_again(provider, acme, globex, bob, alice) -> None:
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    add_member(globex, email=bob.email, name="", role=Role.MEMBER)
    provider.patch(f"Users/{found['id']}", {"op": "replace", "path": "active", "value": False})
    with tenant_scope(acme.id):
        link = invite(bob.email, role=Role.MEMBER, groups=[], actor=alice)
        agree(link.row, bob)
    assert provider.get(f"Users/{found['id']}").json()["active"] is True


def test_operator_who_is_a_member_is_never_locked(provider, acme, operator) -> None:
    add_member(acme, email=operator.email, name="", role=Role.MEMBER)
    [found] = provider.find("Users", f'userName eq "{operator.email}"')
    provider.delete(f"Users/{found['id']}")
    operator.refresh_from_db()
    assert (operator.is_active, operator.is_superuser) == (True, True)


@pytest.mark.parametrize("how", ["patch", "put", "delete"])
def test_the_last_admin_stays(provider, acme, alice, how) -> None:
    [found] = provider.find("Users", 'userName eq "alice@acme.example"')
    path = f"Users/{found['id']}"
    answer = {
        "patch": lambda: provider.patch(path, {"op": "replace", "path": "active", "value": False}),
        "put": lambda: provider.put(path, {"schemas": [USER], "userName": alice.email, "active": False}),
        "delete": lambda: provider.delete(path),
    }[how]()
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "last admin" in answer.json()["detail"]
    assert member_of(alice.pk, tenant=acme.pk).administers


def test_deleted_person_is_gone_here_and_may_return(provider, acme, bob, events_of) -> None:
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    assert provider.delete(f"Users/{found['id']}").status_code == HTTPStatus.NO_CONTENT
    assert provider.get(f"Users/{found['id']}").status_code == HTTPStatus.NOT_FOUND
    assert member_of(bob.pk, tenant=acme.pk) is None
    assert events_of(acme, "member.removed")[0].detail["before"]["userName"] == "bob@acme.example"
    provider.user("bob")
    bob.refresh_from_db()
    assert not bob.has_usable_password()  # the old password does not open the account again
    assert member_of(bob.pk, tenant=acme.pk) is not None


PRIVILEGES = {
    "is_superuser": True, "is_staff": True, "isSuperuser": True, "role": "admin", "roles": [{"value": "admin"}],
    "tenant": UNKNOWN, "tenant_id": UNKNOWN, "user": UNKNOWN, "password": "known-to-me-1234", "session_epoch": 7,
}  # fmt: skip


def test_what_is_not_the_providers_to_say_is_ignored(provider, acme, globex) -> None:
    dan = provider.user("dan", id=UNKNOWN, groups=[{"value": UNKNOWN}], **PRIVILEGES)
    path = f"Users/{dan['id']}"
    assert dan["id"] != UNKNOWN
    provider.put(path, {"schemas": [USER], "userName": "dan@acme.example", "id": UNKNOWN, **PRIVILEGES})
    assert provider.patch(path, {"op": "add", "value": PRIVILEGES}).status_code == HTTPStatus.OK
    for name, value in PRIVILEGES.items():
        provider.patch(path, {"op": "replace", "path": name, "value": value})
    user = User.objects.get(email="dan@acme.example")
    assert (user.is_superuser, user.has_usable_password(), user.session_epoch) == (False, False, 0)
    with every_tenant():
        assert list(Membership.objects.filter(user=user).values_list("tenant", "role")) == [
            (acme.pk, "member")
        ]
    assert not set(PRIVILEGES) & set(provider.get(path).json())


def test_put_replaces_and_keeps_what_it_is_silent_about(provider, acme) -> None:
    dan = provider.user("dan", displayName="Dan Dale", active=False)
    answer = provider.put(f"Users/{dan['id']}", {"schemas": [USER], "userName": "daniel@acme.example"})
    shown = answer.json()
    assert (shown["userName"], shown["active"]) == ("daniel@acme.example", False)
    assert "displayName" not in shown and "externalId" not in shown
    user = User.objects.get(email="daniel@acme.example")
    assert user.name == "Dan Dale"


def test_the_primary_address_is_that_of_the_account(provider) -> None:
    emails = [
        {"value": "d@home.example", "type": "home"},
        {"value": "Dan.Dale@acme.example", "type": "work", "primary": True},
    ]
    dan = provider.user("d1234", emails=emails)
    user = User.objects.get(email="dan.dale@acme.example")
    path = 'emails[type eq "work"].value'
    provider.patch(f"Users/{dan['id']}", {"op": "replace", "path": path, "value": "dale@acme.example"})
    user.refresh_from_db()
    assert user.email == "dale@acme.example"
    assert provider.find("Users", 'emails.value eq "DALE@acme.example"')[0]["id"] == dan["id"]


def test_an_address_is_needed(provider) -> None:
    answer = provider.post("Users", {"schemas": [USER], "userName": "dan"})
    assert (answer.status_code, answer.json()["scimType"]) == (HTTPStatus.BAD_REQUEST, "invalidValue")


def test_entity_tags_keep_changes_from_being_overwritten(provider) -> None:
    dan = provider.user("dan")
    path = f"Users/{dan['id']}"
    tag = provider.get(path)["ETag"]
    assert tag == dan["meta"]["version"] and tag.startswith('W/"')
    assert provider.get(path, If_None_Match=tag).status_code == HTTPStatus.NOT_MODIFIED
    change = {"op": "replace", "path": "displayName", "value": "Dan"}
    changed = provider.patch(path, change, If_Match=tag)
    assert changed.status_code == HTTPStatus.OK
    assert changed["ETag"] != tag
    for late in (provider.patch(path, change, If_Match=tag), provider.delete(path, If_Match=tag)):
        assert late.status_code == HTTPStatus.PRECONDITION_FAILED
    assert provider.get(path, If_None_Match=tag).status_code == HTTPStatus.OK


def test_nothing_changed_is_not_recorded(provider, acme, events_of) -> None:
    dan = provider.user("dan", displayName="Dan")
    before = provider.get(f"Users/{dan['id']}").json()
    provider.patch(f"Users/{dan['id']}", {"op": "replace", "path": "displayName", "value": "Dan"})
    assert provider.get(f"Users/{dan['id']}").json() == before
    assert events_of(acme, "member.changed") == []


def test_attributes_are_chosen_and_left_out(provider) -> None:
    dan = provider.user("dan", displayName="Dan")
    few = provider.get(f"Users/{dan['id']}?attributes=userName").json()
    assert set(few) == {"schemas", "id", "userName"}
    rest = provider.get(f"Users/{dan['id']}?excludedAttributes=displayName,meta").json()
    assert {"displayName", "meta"} & set(rest) == set()
    assert "userName" in rest


def test_people_are_paged(provider) -> None:
    names = [provider.user(f"p{number}")["userName"] for number in range(5)]
    seen = []
    for start in (1, 3, 5, 7):
        page = provider.get(f"Users?startIndex={start}&count=2").json()
        assert (page["totalResults"], page["startIndex"]) == (5, start)
        seen += [user["userName"] for user in page.get("Resources", [])]
        assert page["itemsPerPage"] == len(page.get("Resources", []))
    assert seen == names
    assert provider.get("Users?count=0").json()["totalResults"] == 5
