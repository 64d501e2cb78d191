"""A provider decides who is in which group, and with it who may read what."""

from http import HTTPStatus

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ingestion.access import readable_collections
from ingestion.models import Collection
from tenants.access import require_member
from tenants.models import Group, Membership, User
from tenants.scim.models import ScimUser
from tenants.scoping import tenant_scope
from tests.scim.conftest import GROUP

UNKNOWN = "0192f0c1-2b3c-7def-8000-000000000000"
ADDED = {"op": "Add", "path": "members"}


@pytest.fixture
def bob_there(provider, bob) -> str:
    [found] = provider.find("Users", 'userName eq "bob@acme.example"')
    return found["id"]


def members_of(tenant, name: str) -> set[str]:
    with tenant_scope(tenant.id):
        return set(Group.objects.get(name=name).members.values_list("email", flat=True))


def test_provisioned_membership_opens_and_shuts_a_collection_at_once(provider, acme, bob, bob_there) -> None:
    group = provider.group("Engineering")
    with tenant_scope(acme.id):
        plans = Collection.objects.create(name="Plans")
        plans.groups.add(Group.objects.get(pk=group["id"]))
        member = require_member(bob.pk, tenant=acme.pk)
        assert readable_collections(member) == []
        provider.patch(f"Groups/{group['id']}", {**ADDED, "value": [{"value": bob_there}]})
        assert readable_collections(member) == [plans.pk]
        provider.patch(f"Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{bob_there}"]'})
        assert readable_collections(member) == []


def test_group_shows_its_members_and_members_their_groups(provider, bob_there) -> None:
    group = provider.group("Engineering", bob_there)
    [member] = provider.get(f"Groups/{group['id']}").json()["members"]
    assert (member["value"], member["display"], member["type"]) == (bob_there, "Bob Berg", "User")
    [of_bob] = provider.get(f"Users/{bob_there}").json()["groups"]
    assert (of_bob["value"], of_bob["display"]) == (group["id"], "Engineering")
    assert "members" not in provider.get(f"Groups/{group['id']}?excludedAttributes=members").json()
    assert "members" not in provider.get("Groups?attributes=displayName").json()["Resources"][0]


FILTERS = [
        'displayName eq "ENGINEERING"', 'externalId eq "g-1"', 'members eq "{bob}"', 'members.value eq "{bob}"',
        'members[value eq "{bob}"]', 'id eq "{group}" and members eq "{bob}"', 'displayName sw "Eng"',
        'not (displayName eq "Sales")', 'members pr', 'members[display co "Berg"]',
]  # fmt: skip


def test_groups_are_found(provider, bob_there) -> None:
    group = provider.group("Engineering", bob_there)
    provider.patch(f"Groups/{group['id']}", {"op": "add", "path": "externalId", "value": "g-1"})
    provider.group("Sales")
    for wanted in FILTERS:
        found = provider.find("Groups", wanted.format(bob=bob_there, group=group["id"]))
        assert [row["displayName"] for row in found] == ["Engineering"], wanted


def test_members_are_set_added_and_removed_in_every_form(provider, acme, bob_there) -> None:
    amy, ben, cem = (provider.user(name)["id"] for name in ("amy", "ben", "cem"))
    group = provider.group("Engineering", bob_there)
    path = f"Groups/{group['id']}"

    def after(*operations) -> set[str]:
        answer = provider.patch(path, *operations)
        assert answer.status_code == HTTPStatus.NO_CONTENT, answer.content
        assert answer["ETag"] == provider.get(path)["ETag"]
        return {address.split("@")[0] for address in members_of(acme, "Engineering")}

    assert after({**ADDED, "value": [{"value": amy}, {"value": ben}]}) == {"bob", "amy", "ben"}
    assert after({**ADDED, "value": {"value": amy}}) == {"bob", "amy", "ben"}
    assert after({"op": "add", "value": {"members": [{"value": cem}]}}) == {"bob", "amy", "ben", "cem"}
    gone = f'members[value eq "{amy}" or value eq "{ben}"]'
    assert after({"op": "remove", "path": gone}) == {"bob", "cem"}
    assert after({"op": "Remove", "path": "members", "value": [{"value": cem}]}) == {"bob"}
    assert after({"op": "remove", "path": 'members[display co "Berg"]'}) == set()
    assert after({"op": "replace", "path": "members", "value": [{"value": amy}]}) == {"amy"}
    assert after({"op": "replace", "value": {"displayName": "Engineering", "members": [{"value": ben}]}}) == {
        "ben"
    }
    assert after({"op": "remove", "path": "members"}) == set()
    assert after({"op": "remove", "path": f'members[value eq "{UNKNOWN}"]'}) == set()


def test_a_failed_operation_undoes_those_before_it(provider, acme, bob_there) -> None:
    group = provider.group("Engineering")
    answer = provider.patch(
        f"Groups/{group['id']}",
        {**ADDED, "value": [{"value": bob_there}]},
        {**ADDED, "value": [{"value": UNKNOWN}]},
    )
    assert answer.json()["scimType"] == "invalidValue"
    assert members_of(acme, "Engineering") == set()


def test_thousands_of_members_take_a_few_queries(provider, acme) -> None:
    with tenant_scope(acme.id):
        users = User.objects.bulk_create(User(email=f"u{number}@acme.example") for number in range(1500))
        Membership.objects.bulk_create(Membership(tenant=acme, user=user) for user in users)
        provider.get("Users?count=0")
        ids = [str(key) for key in ScimUser.objects.values_list("pk", flat=True)]
    group = provider.group("Everyone")
    path = f"Groups/{group['id']}"
    with CaptureQueriesContext(connection) as queries:
        provider.patch(path, {**ADDED, "value": [{"value": key} for key in ids]})
        provider.patch(
            path, {"op": "remove", "path": "members", "value": [{"value": key} for key in ids[1:]]}
        )
    assert len(queries) < 100
    assert len(members_of(acme, "Everyone")) == 1


def test_a_group_in_a_group_opens_what_the_outer_one_may_read(provider, acme, bob, bob_there) -> None:
    inner, outer = provider.group("Inner", bob_there), provider.group("Outer")
    with tenant_scope(acme.id):
        plans = Collection.objects.create(name="Plans")
        plans.groups.add(Group.objects.get(pk=outer["id"]))
        member = require_member(bob.pk, tenant=acme.pk)
        for entry in ({"value": inner["id"]}, {"value": inner["id"], "type": "Group"}):
            assert readable_collections(member) == []
            tag = provider.get(f"Groups/{outer['id']}")["ETag"]
            provider.patch(f"Groups/{outer['id']}", {**ADDED, "value": [entry]})
            assert readable_collections(member) == [plans.pk]
            shown = provider.get(f"Groups/{outer['id']}")
            [nested] = shown.json()["members"]
            assert (nested["value"], nested["type"], nested["display"]) == (inner["id"], "Group", "Inner")
            assert nested["$ref"].endswith(f"/Groups/{inner['id']}")
            assert shown["ETag"] != tag
            [found] = provider.find("Groups", f'members.value eq "{inner["id"]}"')
            assert found["id"] == outer["id"]
            gone = {"op": "remove", "path": f'members[value eq "{inner["id"]}"]'}
            assert provider.patch(f"Groups/{outer['id']}", gone).status_code == HTTPStatus.NO_CONTENT


def test_groups_that_contain_each_other_do_no_harm(provider, acme, bob, bob_there) -> None:
    inner, outer = provider.group("Inner", bob_there), provider.group("Outer")
    for holding, held in ((outer, inner), (inner, outer), (inner, inner)):
        answer = provider.patch(f"Groups/{holding['id']}", {**ADDED, "value": [{"value": held["id"]}]})
        assert answer.status_code == HTTPStatus.NO_CONTENT
    with tenant_scope(acme.id):
        plans = Collection.objects.create(name="Plans")
        plans.groups.add(Group.objects.get(pk=outer["id"]))
        assert readable_collections(require_member(bob.pk, tenant=acme.pk)) == [plans.pk]


def test_a_group_of_another_organisation_cannot_be_put_into_ones_own(provider_of, acme, globex) -> None:
    ours, theirs = provider_of(acme).group("Engineering"), provider_of(globex)
    group = theirs.group("Spies")
    answers = [
        theirs.patch(f"Groups/{group['id']}", {**ADDED, "value": [{"value": key, "type": "Group"}]})
        for key in (ours["id"], UNKNOWN)
    ]
    assert [answer.status_code for answer in answers] == [HTTPStatus.BAD_REQUEST] * 2
    assert answers[0].content == answers[1].content
    assert "members" not in theirs.get(f"Groups/{group['id']}").json()


def test_people_of_another_organisation_cannot_be_members(
    provider_of, acme, globex, bob, carol, events_of
) -> None:
    ours, theirs = provider_of(acme), provider_of(globex)
    [bob_here] = ours.find("Users", 'userName eq "bob@acme.example"')
    group = theirs.group("Spies")
    answers = [
        theirs.patch(f"Groups/{group['id']}", {**ADDED, "value": [{"value": key}]})
        for key in (bob_here["id"], UNKNOWN)
    ]
    assert [answer.status_code for answer in answers] == [HTTPStatus.BAD_REQUEST] * 2
    assert answers[0].content == answers[1].content
    assert members_of(globex, "Spies") == set()
    assert len(events_of(globex, "access.refused")) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_organisations_groups_do_not_exist(provider_of, acme, globex, method) -> None:
    group = provider_of(acme).group("Engineering")
    theirs = provider_of(globex)
    body = {"schemas": [GROUP], "displayName": "X", "Operations": [{"op": "remove", "path": "externalId"}]}
    for key in (group["id"], UNKNOWN):
        answer = theirs.send(method, f"Groups/{key}", None if method in ("GET", "DELETE") else body)
        assert answer.status_code == HTTPStatus.NOT_FOUND
    assert theirs.get("Groups").json()["totalResults"] == 0
    with tenant_scope(acme.id):
        assert Group.objects.get(pk=group["id"]).name == "Engineering"


def test_put_makes_the_group_what_it_says(provider, acme, bob_there) -> None:
    amy = provider.user("amy")["id"]
    group = provider.group("Engineering", bob_there)
    body = {"schemas": [GROUP], "displayName": "Builders", "externalId": "g", "members": [{"value": amy}]}
    shown = provider.put(f"Groups/{group['id']}", body).json()
    assert (shown["displayName"], shown["externalId"], len(shown["members"])) == ("Builders", "g", 1)
    assert members_of(acme, "Builders") == {"amy@acme.example"}


def test_group_name_is_taken_once_and_may_not_be_empty(provider) -> None:
    provider.group("Engineering")
    again = provider.post("Groups", {"schemas": [GROUP], "displayName": "Engineering"})
    assert (again.status_code, again.json()["scimType"]) == (HTTPStatus.CONFLICT, "uniqueness")
    for name in ("", "  ", "x" * 121):
        answer = provider.post("Groups", {"schemas": [GROUP], "displayName": name})
        assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_group_tags_change_with_members_and_are_asked_for(provider, bob_there) -> None:
    group = provider.group("Engineering")
    path, tag = f"Groups/{group['id']}", group["meta"]["version"]
    assert provider.get(path, If_None_Match=tag).status_code == HTTPStatus.NOT_MODIFIED
    add = {**ADDED, "value": [{"value": bob_there}]}
    assert provider.patch(path, add, If_Match=tag).status_code == HTTPStatus.NO_CONTENT
    late = provider.patch(path, {"op": "remove", "path": "members"}, If_Match=tag)
    assert late.status_code == HTTPStatus.PRECONDITION_FAILED
    assert provider.get("Groups").json()["Resources"][0]["meta"]["version"] == provider.get(path)["ETag"]


def test_changes_of_members_are_recorded_with_names(provider, acme, bob_there, events_of) -> None:
    group = provider.group("Engineering")
    provider.patch(f"Groups/{group['id']}", {**ADDED, "value": [{"value": bob_there}]})
    provider.patch(f"Groups/{group['id']}", {**ADDED, "value": [{"value": bob_there}]})
    provider.delete(f"Groups/{group['id']}")
    [change] = events_of(acme, "group.changed")
    who = {"count": 1, "who": ["bob@acme.example"]}
    assert (change.actor, change.detail["token"], change.detail["members_added"]) == (None, "Entra ID", who)
    assert events_of(acme, "group.removed")[0].detail["members"] == who


def test_admin_cannot_edit_what_the_provider_decides(
    provider, acme, alice, bob, bob_there, browser_of
) -> None:
    group = provider.group("Engineering", bob_there)
    alices = browser_of(alice)
    address = reverse("admin:tenants_group_change", args=[group["id"]])
    page = alices.get(address).content.decode()
    assert "Managed by your identity provider" in page
    assert 'name="members"' not in page
    alices.post(address, {"name": "Taken", "members": [str(alice.pk)]})
    assert members_of(acme, "Engineering") == {bob.email}
    delete = reverse("admin:tenants_group_delete", args=[group["id"]])
    assert alices.post(delete, {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN


def test_a_group_made_by_hand_is_edited_by_hand_until_the_provider_changes_it(
    provider, acme, alice, browser_of
) -> None:
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Engineering")
    address = reverse("admin:tenants_group_change", args=[group.pk])
    alices = browser_of(alice)
    assert provider.find("Groups", 'displayName eq "Engineering"')[0]["id"] == str(group.pk)
    assert 'name="members"' in alices.get(address).content.decode()
    provider.patch(f"Groups/{group.pk}", {"op": "add", "path": "externalId", "value": "g-1"})
    assert 'name="members"' not in alices.get(address).content.decode()
