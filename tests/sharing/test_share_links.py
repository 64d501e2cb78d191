"""Who opens a link, until when, and who can make, see and withdraw it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.actions import delete_conversation, restore_conversation
from chat.models import Message
from chat.sharing.models import Share, SharingRules
from tenants.access import require_member
from tenants.members import remove_member
from tenants.models import Group
from tenants.scoping import every_tenant, tenant_scope
from tests.sharing.conftest import add_answer, post

CLOSED = "This link does not work"


@pytest.fixture
def conversation(talk, open_paper):
    return talk(("What may a hotel cost?", "180 euros [1].", [open_paper]))


def test_every_member_opens_a_link_and_nobody_else_does(
    conversation, share, opens, alice, manager, bob, dora, carol, operator
) -> None:
    row = share(conversation)
    assert [opens(user, row) for user in (alice, manager, bob, dora)] == [200] * 4
    assert [opens(user, row) for user in (carol, operator)] == [404] * 2
    nobody = Client().get(f"/shared/{row.key}/")
    assert (nobody.status_code, nobody.url) == (302, f"/accounts/login/?next=/shared/{row.key}/")


def test_a_closed_link_and_an_unknown_one_look_the_same(conversation, share, carol, browser_of) -> None:
    row = share(conversation)
    foreign, unknown = (browser_of(carol).get(f"/shared/{key}/") for key in (row.key, "x" * 32))
    assert foreign.content == unknown.content
    assert CLOSED in foreign.content.decode()
    assert "Costs" not in foreign.content.decode()


def test_a_link_is_no_id_and_cannot_be_guessed(conversation, share) -> None:
    row = share(conversation)
    assert len(row.key) == 32
    assert row.key not in (row.pk.hex, conversation.pk.hex)


def test_only_people_who_are_named_open_a_narrowed_link(
    conversation, share, opens, alice, dora, manager, bob
) -> None:
    row = share(conversation, everyone=False, people=["Dora@acme.example"])
    assert [opens(user, row) for user in (dora, bob, manager, alice)] == [200, 200, 404, 404]


def test_only_members_of_a_named_group_open_a_narrowed_link(
    conversation, share, opens, acme, bob, dora, alice
) -> None:
    with tenant_scope(acme.id):
        team = Group.objects.create(name="Team")
        team.members.add(bob, dora)
    row = share(conversation, everyone=False, groups=[str(team.pk)])
    assert [opens(user, row) for user in (dora, alice)] == [200, 404]
    with tenant_scope(acme.id):
        team.members.remove(dora)
    assert opens(dora, row) == 404
    team.delete()
    assert opens(bob, row) == 200  # it is still his


@pytest.mark.parametrize(
    ("audience", "code"),
    [
        ({"everyone": False}, "nobody_named"),
        ({"everyone": False, "people": ["carol@globex.example"]}, "unknown_person"),
        ({"everyone": False, "people": ["nobody@acme.example"]}, "unknown_person"),
        ({"everyone": False, "people": ["x@acme.example"] * 51}, "too_many"),
        ({"everyone": "yes"}, "malformed"),
        ({"everyone": False, "people": "bob"}, "malformed"),
        ({"everyone": False, "groups": ["no id"]}, "malformed"),
    ],
)
def test_an_audience_that_is_none_is_refused(conversation, bob, carol, browser_of, audience, code) -> None:
    response = post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/save", **audience)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_groups_that_one_is_not_in_are_neither_told_nor_taken(
    conversation, acme, globex, bob, browser_of
) -> None:
    groups = []
    for tenant in (acme, globex):
        with tenant_scope(tenant.id):
            groups.append(Group.objects.create(name="Secret board"))
    path = f"/api/conversations/{conversation.pk}/share"
    assert browser_of(bob).get(path).json()["groups"] == []
    for group in groups:
        response = post(browser_of(bob), f"{path}/save", everyone=False, groups=[str(group.pk)])
        assert response.json()["error"]["code"] == "unknown_group"


@pytest.mark.parametrize("verb", ["", "/save", "/update", "/withdraw"])
def test_nobody_else_makes_changes_or_withdraws_a_link(
    conversation, share, alice, carol, browser_of, verb
) -> None:
    row = share(conversation)
    path = f"/api/conversations/{conversation.pk}/share{verb}"
    for client, status in ((browser_of(alice), 404), (browser_of(carol), 404), (Client(), 401)):
        response = post(client, path) if verb else client.get(path)
        assert response.status_code == status
        assert row.key not in response.content.decode()
    with every_tenant():
        assert Share.objects.get().shown_until == row.shown_until


def test_a_withdrawn_link_closes_at_once_and_a_new_one_is_another(
    conversation, share, opens, bob, dora, browser_of
) -> None:
    row = share(conversation)
    assert (
        post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/withdraw").json()["share"] is None
    )
    assert opens(dora, row) == 404
    again = share(conversation)
    assert again.key != row.key
    assert [opens(dora, each) for each in (row, again)] == [404, 200]


def test_links_are_listed_and_withdrawn_without_a_script(
    conversation, share, opens, bob, dora, browser_of
) -> None:
    row = share(conversation)
    assert row.key in browser_of(bob).get("/shared/").content.decode()
    assert row.key not in browser_of(dora).get("/shared/").content.decode()
    browser_of(dora).post("/shared/", {"withdraw": row.key})
    assert opens(dora, row) == 200
    browser_of(bob).post("/shared/", {"withdraw": row.key})
    assert opens(dora, row) == 404


def test_a_deleted_conversation_is_closed_until_that_is_undone(
    conversation, share, opens, acme, bob, dora
) -> None:
    row = share(conversation)
    with tenant_scope(acme.id):
        delete_conversation(conversation)
    assert [opens(user, row) for user in (dora, bob)] == [404, 404]
    with tenant_scope(acme.id):
        restore_conversation(conversation.pk, require_member(bob.id, tenant=acme.id))
    assert opens(dora, row) == 200


def test_the_links_of_a_deactivated_owner_are_closed(conversation, share, opens, bob, dora) -> None:
    row = share(conversation)
    bob.is_active = False
    bob.save()
    assert opens(dora, row) == 404


def test_the_links_of_an_owner_who_has_left_are_closed(
    conversation, share, opens, acme, bob, dora, alice, membership_of
) -> None:
    row = share(conversation)
    with tenant_scope(acme.id):
        remove_member(membership_of(bob, acme))
    assert opens(dora, row) == 404


def test_a_named_reader_who_left_and_came_back_is_not_named_any_more(
    conversation, share, opens, acme, bob, dora, alice, membership_of
) -> None:
    row = share(conversation, everyone=False, people=[dora.email])
    with tenant_scope(acme.id):
        membership = membership_of(dora, acme)
        remove_member(membership)
    assert opens(dora, row) == 404
    with tenant_scope(acme.id):
        membership.save(force_insert=True)
    assert opens(dora, row) == 404


def test_a_role_that_nobody_has_thought_of_opens_and_shares_nothing(
    conversation, share, opens, acme, bob, dora, membership_of, browser_of
) -> None:
    """Guests are such: who may read links is said by role, and not by being a member."""
    row = share(conversation)
    for user in (dora, bob):
        with tenant_scope(acme.id):
            membership = membership_of(user, acme)
            membership.role, membership.expires = "guest", timezone.now() + timedelta(days=1)
            membership.save()
        assert opens(dora, row) == 404
    assert post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/save").status_code == 400


def test_an_organisation_can_switch_sharing_off(
    conversation, share, opens, acme, alice, bob, dora, browser_of
) -> None:
    row = share(conversation)
    admin = browser_of(alice)
    page = admin.get("/admin/sharing/sharingrules/", follow=True)
    assert page.status_code == 200
    rules = page.redirect_chain[-1][0]
    admin.post(rules, {})
    with tenant_scope(acme.id):
        assert SharingRules.objects.get().allowed is False
    assert [opens(user, row) for user in (dora, bob, alice)] == [404] * 3
    refused = post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/save")
    assert refused.json()["error"]["code"] == "sharing_off"
    assert post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/update").status_code == 400
    assert post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/withdraw").status_code == 200


def test_nobody_but_an_admin_changes_the_sharing_rules(acme, alice, manager, bob, carol, browser_of) -> None:
    path = browser_of(alice).get("/admin/sharing/sharingrules/").url
    for user in (manager, bob, carol):
        browser_of(user).post(path, {})
    with tenant_scope(acme.id):
        assert SharingRules.objects.get().allowed


def test_the_link_shows_the_moment_it_was_made_until_its_owner_updates_it(
    conversation, share, read, acme, bob, dora, browser_of
) -> None:
    row = share(conversation)
    with tenant_scope(acme.id):
        question = Message.objects.filter(conversation=conversation, role="question").get()
        add_answer(question, "Another answer to the same.")
        more = Message.objects.create(
            conversation=conversation, user=bob, role="question", text="A private thought"
        )
        add_answer(more, "Indeed.")
        Message.objects.create(conversation=conversation, user=bob, role="question", text="Unanswered")
        conversation.title = "Renamed"
        conversation.save()
    assert [item["text"] for item in read(dora, row)] == ["What may a hotel cost?", "180 euros [1]."]
    path = f"/api/conversations/{conversation.pk}/share"
    assert browser_of(bob).get(path).json()["share"]["newer"]
    share(conversation)  # saving the audience anew does not move the moment
    assert len(read(dora, row)) == 2
    assert not post(browser_of(bob), f"{path}/update").json()["share"]["newer"]
    assert [item["text"] for item in read(dora, row)][1:] == [
        "Another answer to the same.",
        "A private thought",
        "Indeed.",
    ]
    assert "Renamed" in browser_of(dora).get(f"/shared/{row.key}/").content.decode()


def test_an_answer_that_is_being_written_is_not_shared(talk, acme, bob, browser_of) -> None:
    conversation = talk()
    with tenant_scope(acme.id):
        asked = Message.objects.create(conversation=conversation, user=bob, role="question", text="Q")
        answer = add_answer(asked, "Half")
        Message.objects.filter(pk=answer.pk).update(status="streaming", finished_at=None)
    response = post(browser_of(bob), f"/api/conversations/{conversation.pk}/share/save")
    assert response.json()["error"]["code"] == "nothing_to_share"


def test_sharing_opening_and_withdrawing_are_audited_without_a_word_of_it(
    conversation, share, read, audited, bob, dora, browser_of
) -> None:
    row = share(conversation, everyone=False, people=[dora.email])
    read(dora, row)
    path = f"/api/conversations/{conversation.pk}/share"
    post(browser_of(bob), f"{path}/update")
    browser_of(dora).post(f"/shared/{row.key}/continue")
    post(browser_of(bob), f"{path}/withdraw")
    events = audited()
    assert [(event.action.split(".")[1], event.actor_id) for event in events] == [
        ("shared", bob.id),
        ("share_opened", dora.id),
        ("share_updated", bob.id),
        ("share_continued", dora.id),
        ("share_withdrawn", bob.id),
    ]
    assert events[0].detail["people"] == [dora.email]
    assert len(events[1].detail["answers"]) == 1
    said = str([event.detail for event in events])
    assert not any(word in said for word in (row.key, "hotel", "180", "Costs", "Travel"))


def test_a_post_from_another_site_is_refused(conversation, share, bob) -> None:
    row = share(conversation)
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    for path in (
        f"/api/conversations/{conversation.pk}/share/withdraw",
        f"/shared/{row.key}/continue",
        "/shared/",
    ):
        assert client.post(path, {"withdraw": row.key}).status_code == 403
    assert timezone.now() > row.created
    with every_tenant():
        assert Share.objects.count() == 1
