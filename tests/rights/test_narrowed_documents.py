"""A document for some of its collection's readers: everywhere, with all that came in it, and also once it is gone."""

import asyncio
from collections.abc import Callable

import pytest
from django.db import transaction
from django.urls import reverse

from assistant import retrieve as retrieving
from assistant.retrieve import retrieve
from chat.models import AnswerPassage, Conversation, Message
from chat.presentation import message_list
from ingestion import narrowing
from ingestion.errors import UploadRefused
from ingestion.models import Document, Narrowing, Passage
from ingestion.store import Hit
from tenants.access import Member, require_member
from tenants.errors import NotAllowed
from tenants.members import remove_member
from tenants.models import AuditEvent, Group, Membership
from tenants.scoping import tenant_scope

SECRET = "Severance"


@pytest.fixture
def as_member(acme) -> Callable[..., Member]:
    return lambda user: require_member(user.pk, tenant=acme.pk)


@pytest.fixture
def document(handbook, add_document) -> Document:
    return add_document(handbook, SECRET)


@pytest.fixture
def narrow(acme, alice, document, as_member) -> Callable[..., None]:
    def to(*readers, to: Document = document) -> None:
        with tenant_scope(acme.id):
            groups = [reader for reader in readers if isinstance(reader, Group)]
            people = [reader for reader in readers if not isinstance(reader, Group)]
            narrowing.narrow_document(to, groups=groups, people=people, member=as_member(alice))

    return to


def reads(user, acme, as_member, document: Document) -> bool:
    with tenant_scope(acme.id):
        return Document.objects.readable_by(as_member(user)).filter(pk=document.pk).exists()


def test_named_people_and_groups_read_it_and_other_readers_of_the_collection_do_not(
    acme, alice, manager, bob, as_member, document, narrow
) -> None:
    assert reads(bob, acme, as_member, document)
    narrow(alice)
    assert not reads(bob, acme, as_member, document)
    assert reads(manager, acme, as_member, document)  # who tends the collection reads all of it
    narrow(bob)
    assert reads(bob, acme, as_member, document)
    with tenant_scope(acme.id):
        inner, outer = Group.objects.create(name="Inner"), Group.objects.create(name="Outer")
        outer.inner.add(inner)
    narrow(outer)
    assert not reads(bob, acme, as_member, document)
    with tenant_scope(acme.id):
        inner.members.add(bob)
    assert reads(bob, acme, as_member, document)


def test_it_narrows_and_never_opens(acme, bob, as_member, plans, add_document, narrow) -> None:
    closed = add_document(plans)
    narrow(bob, to=closed)
    assert not reads(bob, acme, as_member, closed)


def test_a_manager_of_chosen_collections_reads_all_of_its_own_and_elsewhere_as_a_member(
    acme, chosen_manager, as_member, plans, document, add_document, narrow
) -> None:
    own = add_document(plans)
    narrow(to=own)
    narrow(to=document)
    assert reads(chosen_manager, acme, as_member, own)
    assert not reads(chosen_manager, acme, as_member, document)
    with tenant_scope(acme.id), pytest.raises(NotAllowed):
        narrowing.widen_document(document, member=as_member(chosen_manager))


def test_files_and_pages_follow(acme, bob, alice, document, narrow, browser_of) -> None:
    file = f"/documents/{document.current_version_id}/file/"
    assert browser_of(bob).get(file).status_code == 200
    narrow(alice)
    assert browser_of(bob).get(file).status_code == 404
    assert browser_of(alice).get(file).status_code == 200
    assert SECRET not in browser_of(bob).get("/chat/").content.decode()


def test_a_quote_in_history_closes_and_stays_closed_when_the_document_is_gone(
    acme, bob, alice, as_member, document, handbook, narrow
) -> None:
    with tenant_scope(acme.id):
        talk = Conversation.objects.create(user=bob, title="About")
        question = Message.objects.create(conversation=talk, user=bob, role="question", text="?")
        answer = Message.objects.create(
            conversation=talk, user=bob, role="answer", question=question, text="x"
        )
        AnswerPassage.objects.create(
            message=answer, number=1, version=document.current_version, collection=handbook, title=SECRET,
            start=0, end=3, score=1, quote="Ten weeks", quote_start=0, quote_end=3,
        )  # fmt: skip

    def shown() -> str:
        with tenant_scope(acme.id):
            return str(message_list(talk, as_member(bob)))

    assert "Ten weeks" in shown()
    narrow(alice)
    assert "Ten weeks" not in shown()
    assert SECRET not in shown()
    with tenant_scope(acme.id):
        Document.objects.get(pk=document.pk).delete()
        assert Narrowing.objects.count() == 1
        assert "Ten weeks" not in shown()
        Narrowing.objects.get().people.add(bob)
        assert "Ten weeks" in shown()


def test_parts_follow_and_are_not_narrowed_by_themselves(
    acme, bob, alice, as_member, document, handbook, add_document, narrow
) -> None:
    part, inner = add_document(handbook, "Part"), add_document(handbook, "Inner")
    with tenant_scope(acme.id):
        Document.objects.filter(pk=part.pk).update(parent=document)
        Document.objects.filter(pk=inner.pk).update(parent=part)
        inner.refresh_from_db()
    narrow(alice)
    assert not any(reads(bob, acme, as_member, each) for each in (document, part, inner))
    with pytest.raises(UploadRefused, match="Change them there"):
        narrow(bob, to=inner)
    with tenant_scope(acme.id):
        narrowing.widen_document(document, member=as_member(alice))
        assert not Narrowing.objects.exists()
    assert all(reads(bob, acme, as_member, each) for each in (document, part, inner))


def test_who_leaves_and_comes_back_is_not_named_any_more(
    acme, bob, as_member, document, narrow, membership_of
) -> None:
    narrow(bob)
    with tenant_scope(acme.id):
        with transaction.atomic():
            remove_member(membership_of(bob, acme))
        Membership.objects.create(user=bob)
    assert not reads(bob, acme, as_member, document)


def test_a_deleted_group_leaves_a_document_narrowed(acme, bob, as_member, document, narrow) -> None:
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Team")
        group.members.add(bob)
    narrow(group)
    with tenant_scope(acme.id):
        group.delete()
    assert not reads(bob, acme, as_member, document)


def test_an_admin_narrows_it_on_its_page_and_others_cannot(
    acme, alice, bob, carol, globex, as_member, document, browser_of
) -> None:
    address = reverse("admin:ingestion_document_change", args=[document.pk])
    data = {"title": SECRET, "collection": str(document.collection_id), "tags": ""}
    limited = data | {"narrowed": "on", "narrowed_people": [str(alice.pk)]}
    for outsider in (bob, carol):
        browser_of(outsider).post(address, limited)
        assert reads(bob, acme, as_member, document)
    alices = browser_of(alice)
    foreign = alices.post(address, data | {"narrowed": "on", "narrowed_people": [str(carol.pk)]})
    assert "not one of the available choices" in foreign.content.decode()
    assert alices.post(address, limited).status_code == 302
    assert not reads(bob, acme, as_member, document)
    assert "Only for some readers" in alices.get("/admin/ingestion/document/").content.decode()
    assert alices.post(address, data).status_code == 302
    assert reads(bob, acme, as_member, document)
    with tenant_scope(acme.id):
        told = AuditEvent.objects.filter(action__in=["document.narrowed", "document.widened"]).order_by(
            "sequence"
        )
        assert [event.detail["after"]["readers"] for event in told] == ["Alice Arnold", "the collection's"]


class Shelf:
    """An index of many passages, of which the first ones are all narrowed to others."""

    def __init__(self, passages: list) -> None:
        self.passages = passages
        self.limits: list[int] = []

    async def search(self, tenant, *, limit: int, **asked) -> list[Hit]:
        self.limits.append(limit)
        return [Hit(key, 1.0) for key in self.passages[:limit]]


@pytest.mark.django_db(transaction=True)
def test_search_fills_its_limit_past_many_narrowed_hits(
    acme, alice, bob, as_member, document, handbook, add_document, narrow, monkeypatch
) -> None:
    narrow(alice)
    open_one = add_document(handbook, "Open")

    def passages(of: Document, count: int) -> list:
        with tenant_scope(acme.id):
            rows = Passage.objects.bulk_create(
                Passage(
                    tenant=acme, version=of.current_version, position=n, text=f"{n}", start=0, end=1, tokens=1,
                    content_hash=f"{n}",
                )
                for n in range(count)
            )  # fmt: skip
        return [row.pk for row in rows]

    shelf = Shelf([*passages(document, 200), *passages(open_one, 10)])
    monkeypatch.setattr(retrieving, "active_store", lambda: shelf)

    async def found(member: Member) -> list[str]:
        with tenant_scope(acme.id):
            rows = await retrieve("x", member=member, limit=8, mode="keyword")
        return [row.title for row in rows]

    bobs, alices = as_member(bob), as_member(alice)
    assert asyncio.run(found(bobs)) == ["Open"] * 8
    assert shelf.limits == [24, 120, 600]
    shelf.limits.clear()
    assert asyncio.run(found(alices)) == [SECRET] * 8
    assert shelf.limits == [24]
