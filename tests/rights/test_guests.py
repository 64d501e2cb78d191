"""Guests read what names them, see nobody else, and are out from a moment on."""

from datetime import timedelta

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assistant.answer import nothing_found
from assistant.retrieve import read_again
from benchmarks.upstream import Script
from chat import guests, presentation, protocol
from chat.models import Message, MessageStatus
from ingestion.models import Collection, Document
from ingestion.store import Hit
from tenants.access import member_of, require_member
from tenants.entrance.invitations import accept, open_invitation
from tenants.entrance.models import Invitation
from tenants.errors import NotAllowed, Refused
from tenants.guests import end_expired
from tenants.models import AuditEvent, Group, Membership, Role, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import text_of
from tests.entrance.conftest import closing_code
from tests.journey.conftest import wait_for

ENDLESS = Script(text="Eltern bekommen sechzehn Wochen. " * 5000, rate=60)


def change(client, membership, **data):
    fields = {"name": membership.user.name, "role": membership.role, "active": "on"} | data
    return client.post(reverse("admin:tenants_membership_change", args=[membership.pk]), fields)


def moment(when) -> dict[str, str]:
    """As the admin's form sends it."""
    local = timezone.localtime(when)
    return {"expires_0": f"{local:%Y-%m-%d}", "expires_1": f"{local:%H:%M:%S}"}


def put_back(user: User, acme, **expiry) -> None:
    with tenant_scope(acme.id):
        Membership.objects.filter(user=user).update(expires=timezone.now() + timedelta(**expiry))


def test_guest_reads_what_names_them_and_nothing_that_is_open_to_everyone(
    acme, gina, handbook, plans
) -> None:
    with tenant_scope(acme.id):
        member = require_member(gina.pk, tenant=acme.pk)
        assert list(Collection.objects.readable_by(member)) == []
        plans.people.add(gina)
        assert list(Collection.objects.readable_by(member)) == [plans]
        plans.people.remove(gina)
        team, around = Group.objects.create(name="Partners"), Group.objects.create(name="Outside")
        team.members.add(gina)
        around.inner.add(team)
        plans.groups.add(around)
        assert list(Collection.objects.readable_by(member)) == [plans]


def test_guest_is_out_from_the_moment_on_without_any_sweep(acme, gina, plans, browser_of) -> None:
    with tenant_scope(acme.id):
        plans.people.add(gina)
    client = browser_of(gina)
    assert client.get("/chat/").status_code == 200
    put_back(gina, acme, seconds=-1)
    assert member_of(gina.pk) is None
    with pytest.raises(NotAllowed):
        require_member(gina.pk, tenant=acme.pk)
    assert client.get("/chat/").status_code == 403
    assert client.get("/api/conversations/").status_code == 403


def test_sweep_ends_each_guest_once_and_nobody_before_their_time(acme, gina, bob) -> None:
    assert end_expired() == 0
    put_back(gina, acme, seconds=-1)
    assert [end_expired(), end_expired()] == [1, 0]
    with tenant_scope(acme.id):
        assert AuditEvent.objects.get(action="guest.expired").detail["name"] == "Gina Guest"


@pytest.mark.parametrize("how", ["by the clock", "put back by an admin"])
async def test_sockets_close_and_the_running_answer_stops_when_the_guests_time_is_over(
    installation, acme, alice, gina, handbook, upload, tab, web, membership_of, monkeypatch, how
) -> None:
    monkeypatch.setattr(guests, "LONGEST", 0.1)  # so that it asks again before tomorrow

    def prepare() -> tuple[str, dict[str, str]]:
        upload(alice, handbook)
        with tenant_scope(acme.id):
            handbook.people.add(gina)
        client = Client()
        client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
        csrf = "a" * 32
        cookie = f"sessionid={client.cookies['sessionid'].value}; csrftoken={csrf}"
        address = reverse("admin:tenants_membership_change", args=[membership_of(gina, acme).pk])
        return address, {"Cookie": cookie, "X-CSRFToken": csrf}

    address, headers = await sync_to_async(prepare)()
    installation.enqueue(ENDLESS)
    async with tab(gina) as t:
        await t.send(type="ask", client_id="c1", conversation=None, text="How long is parental leave?")
        seen = await t.until("delta", "failed")
        if how == "by the clock":
            await sync_to_async(put_back)(gina, acme, seconds=-1)
        else:
            data = {"name": "Gina Guest", "role": "guest", "active": "on"}
            data |= moment(timezone.now() - timedelta(minutes=1))
            async with httpx.AsyncClient(base_url=f"http://{web}") as admin:
                assert (await admin.post(address, data=data, headers=headers)).status_code == 302
        assert await closing_code(t) == protocol.SIGNED_OUT

    def ending() -> Message | None:
        with tenant_scope(acme.id):
            return Message.objects.filter(role="answer").exclude(status=MessageStatus.STREAMING).first()

    answer = await sync_to_async(wait_for)(ending)
    assert answer.status == MessageStatus.INTERRUPTED
    assert answer.text.startswith(text_of(seen))
    assert len(answer.text) < len(ENDLESS.text)


def test_guest_is_told_no_names_of_people(acme, gina, alice, manager, plans, add_document) -> None:
    document = add_document(plans, "Offer")
    with tenant_scope(acme.id):
        plans.people.add(gina)
        Document.objects.filter(pk=document.pk).update(owner=manager)
        version = document.current_version
        passage = version.passages.create(
            position=0, text="Ten euros", start=0, end=9, tokens=2, content_hash="x"
        )
        for user, named in ((gina, False), (alice, True)):
            member = require_member(user.pk, tenant=acme.pk)
            [found] = read_again([Hit(passage.pk, 1.0)], member=member, limit=1)
            assert bool(found.standing.owner) == named
            version.document.owner = manager
            shown = presentation.standing_of(version, member)
            assert bool(shown.owner) == named
            assert ("tended by" in nothing_found(member)) == named


def test_an_expiry_belongs_to_guests_and_to_nobody_else(
    acme, gina, bob, alice, membership_of, browser_of
) -> None:
    with tenant_scope(acme.id), transaction.atomic():
        Membership.objects.filter(user=bob).update(role=Role.GUEST)
        assert member_of(bob.pk) is None  # however it came about
        transaction.set_rollback(True)
    alices = browser_of(alice)
    page = change(alices, membership_of(bob, acme), role="guest").content.decode()
    assert "Say until when the guest may come in." in page
    assert change(alices, membership_of(gina, acme), role="member").status_code == 302
    assert membership_of(gina, acme).expires is None


def test_admin_extends_a_guest_and_lists_until_when_each_may_come_in(
    acme, gina, alice, manager, bob, membership_of, browser_of
) -> None:
    put_back(gina, acme, seconds=-1)
    end_expired()
    row, until = membership_of(gina, acme), timezone.now() + timedelta(days=30)
    for outsider in (manager, bob):
        assert change(browser_of(outsider), row, **moment(until)).status_code in (302, 403)
    assert member_of(gina.pk) is None
    assert "(over)" in browser_of(alice).get(reverse("admin:tenants_membership_changelist")).content.decode()
    assert change(browser_of(alice), row, **moment(until)).status_code == 302
    assert member_of(gina.pk) is not None
    put_back(gina, acme, seconds=-1)
    assert end_expired() == 1


def test_admin_invites_a_guest_to_collections_and_they_join_with_just_these(
    acme, alice, manager, handbook, plans, browser_of
) -> None:
    data = {
        "addresses": "paul@partner.example",
        "until": f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT%H:%M}",
        "collections": [str(plans.pk)],
    }
    address = reverse("admin:invite_guests")
    assert browser_of(manager).post(address, data).status_code == 403
    sent = browser_of(alice).post(address, data).context["sent"]
    row = open_invitation(sent[0].link.rstrip("/").rsplit("/", 1)[1])
    with tenant_scope(acme.id):
        user = accept(row, name="Paul", password="correct horse battery")
        member = require_member(user.pk, tenant=acme.pk)
        assert member.is_guest
        assert list(Collection.objects.readable_by(member)) == [plans]
        assert Membership.objects.get(user=user).expires == row.guest_until
        assert AuditEvent.objects.get(action="invitation.sent").detail["collections"] == ["Plans"]


@pytest.mark.parametrize(
    "wrong", [{"until": "2020-01-01T10:00"}, {"until": ""}, {"collections": ["nonsense"]}]
)
def test_an_invitation_of_a_guest_needs_an_end_to_come_and_known_collections(
    acme, alice, plans, browser_of, wrong
) -> None:
    data = {"addresses": "paul@partner.example", "until": "2099-01-01T10:00", "collections": []} | wrong
    assert browser_of(alice).post(reverse("admin:invite_guests"), data).context["form"].errors
    with tenant_scope(acme.id):
        assert not Invitation.objects.exists()


def test_an_invitation_does_not_outlive_the_guests_time(acme, alice, plans, browser_of) -> None:
    data = {"addresses": "paul@partner.example", "until": "2099-01-01T10:00", "collections": [str(plans.pk)]}
    [sent] = browser_of(alice).post(reverse("admin:invite_guests"), data).context["sent"]
    with tenant_scope(acme.id):
        Invitation.objects.update(guest_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused):
        open_invitation(sent.link.rstrip("/").rsplit("/", 1)[1])
