"""A knowledge manager of chosen collections tends these, reads what a member would, and knows of nothing else."""

import io
from http import HTTPStatus

import pytest
from django.urls import reverse

from assistant.answer import nothing_found
from ingestion import actions, tending
from ingestion.access import tended_document
from ingestion.errors import NotFound
from ingestion.models import Collection, Document
from ingestion.sources.actions import start_run
from ingestion.sources.models import Source
from tenants.access import Member, require_member
from tenants.errors import NotAllowed
from tenants.scoping import tenant_scope

SECRET = "Zebraplan"


@pytest.fixture
def closed(acme) -> Collection:
    with tenant_scope(acme.id):
        return Collection.objects.create(name="Boardroom")


@pytest.fixture
def member(acme, chosen_manager) -> Member:
    return require_member(chosen_manager.pk, tenant=acme.pk)


def test_it_reads_its_own_and_what_is_open_to_members(acme, member, plans, handbook, closed) -> None:
    with tenant_scope(acme.id):
        assert list(Collection.objects.readable_by(member)) == [handbook, plans]
        assert list(Collection.objects.tended_by(member)) == [plans]
        plans.managers.clear()
        assert list(Collection.objects.readable_by(member)) == [handbook]
        assert list(Collection.objects.tended_by(member)) == []


def test_admins_tend_all_whatever_else_is_said_of_them(acme, alice, plans, closed, membership_of) -> None:
    with tenant_scope(acme.id):
        row = membership_of(alice, acme)
        row.tends_chosen = True
        row.save()
        assert Collection.objects.tended_by(require_member(alice.pk, tenant=acme.pk)).count() == 2


CHANGES = {
    "upload": lambda row, m: actions.accept_upload(
        io.BytesIO(b"x"), name="x.txt", collection=row.collection, member=m
    ),
    "delete": actions.delete_document,
    "rename": lambda row, m: actions.rename_document(row, "New", m),
    "move away": lambda row, m: actions.move_document(
        row, collection=Collection.objects.get(name="Plans"), member=m
    ),
    "read again": lambda row, m: actions.reindex_version(row.current_version, m),
    "retry": lambda row, m: actions.retry_version(row.current_version, m),
    "stop": lambda row, m: actions.cancel_version(row.current_version, m),
    "tag": lambda row, m: tending.change_document(row, member=m, tags=["a"]),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("where", ["open to all", "closed"])
def test_documents_of_other_collections_are_not_changed(
    acme, member, handbook, closed, add_document, change, where
) -> None:
    document = add_document(handbook if where == "open to all" else closed)
    with tenant_scope(acme.id), pytest.raises(NotAllowed):
        CHANGES[change](document, member)


def test_its_own_are_changed_but_moved_into_no_other(acme, member, plans, closed, add_document) -> None:
    document = add_document(plans)
    with tenant_scope(acme.id):
        with pytest.raises(NotAllowed):
            actions.move_document(document, collection=closed, member=member)
        actions.rename_document(document, "New", member)
        assert tended_document(document.pk, member).title == "New"


def test_a_deletion_elsewhere_is_not_taken_back(acme, member, alice, closed, add_document) -> None:
    document = add_document(closed)
    with tenant_scope(acme.id):
        actions.delete_document(document, require_member(alice.pk, tenant=acme.pk), undo=True)
        with pytest.raises(NotAllowed):
            actions.restore_document(document.pk, member)


def test_sources_of_other_collections_do_not_exist(acme, member, chosen_manager, closed, browser_of) -> None:
    with tenant_scope(acme.id):
        source = Source.objects.create(name=SECRET, kind="web", collection=closed)
        with pytest.raises(NotAllowed):
            start_run(source, member)
    client = browser_of(chosen_manager)
    assert SECRET not in client.get(reverse("admin:sources_source_changelist")).content.decode()
    assert client.post(reverse("admin:sources_source_sync", args=[source.pk])).status_code == 404


PAGES = [
    "/admin/",
    "/admin/ingestion/document/",
    "/admin/ingestion/document/?q=Zebraplan",
    "/admin/ingestion/document/upload/",
    "/admin/ingestion/collection/",
    "/admin/ingestion/deletionreceipt/",
    "/admin/sources/source/add/?kind=web",
    "/documents/",
    "/documents/api/",
    "/documents/api/summary",
    "/documents/api/choices",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_of_other_collections(
    acme, alice, chosen_manager, plans, closed, add_document, browser_of, page
) -> None:
    mine, other, gone = (
        add_document(plans, "Mine"),
        add_document(closed, SECRET),
        add_document(closed, f"{SECRET} 2"),
    )
    with tenant_scope(acme.id):
        Document.objects.filter(pk=other.pk).update(tags=[SECRET], name=f"{SECRET}/file.txt", owner=alice)
        actions.delete_document(gone, require_member(alice.pk, tenant=acme.pk))
    for person, told in ((alice, True), (chosen_manager, False)):
        answer = browser_of(person).get(page)
        assert answer.status_code == HTTPStatus.OK
        words = answer.content.decode().replace("?q=Zebraplan", "").replace('value="Zebraplan"', "")
        if not told:
            assert "Boardroom" not in words
            assert str(other.pk) not in words
            assert f"{SECRET}/" not in words
        elif page == "/documents/api/":
            assert str(mine.pk) in words
            assert str(other.pk) in words


def test_counts_are_of_its_own(acme, alice, chosen_manager, plans, closed, add_document, browser_of) -> None:
    add_document(plans, "Mine")
    for number in range(3):
        add_document(closed, f"{SECRET} {number}")
    for person, count in ((alice, 4), (chosen_manager, 1)):
        assert browser_of(person).get("/documents/api/summary").json()["counts"]["all"] == count
        assert browser_of(person).get("/admin/").context["overview"]["documents"] == count


@pytest.mark.parametrize("page", ["", "text", "passages"])
def test_another_collections_document_looks_like_none(
    acme, chosen_manager, member, closed, add_document, browser_of, page
) -> None:
    document = add_document(closed)
    client = browser_of(chosen_manager)
    assert client.get(f"/documents/api/{document.pk}/{page}").status_code == 404
    assert client.get(f"/documents/{document.current_version_id}/file/").status_code == 404
    # Django sends those who ask the admin for a row that is not theirs back to the first page.
    assert client.get(f"/admin/ingestion/document/{document.pk}/change/").status_code == 302
    body = {"action": "move", "documents": [str(document.pk)], "collection": str(closed.pk)}
    assert client.post("/documents/api/act", body, content_type="application/json").status_code == 404
    with tenant_scope(acme.id), pytest.raises(NotFound):
        tended_document(document.pk, member)


def test_it_decides_who_reads_its_own_but_not_who_tends(
    acme, chosen_manager, bob, plans, closed, browser_of
) -> None:
    client = browser_of(chosen_manager)
    address = reverse("admin:ingestion_collection_change", args=[plans.pk])
    assert 'name="managers"' not in client.get(address).content.decode()
    client.post(address, {"name": "Plans", "people": [str(bob.pk)], "managers": []})
    with tenant_scope(acme.id):
        assert list(plans.people.all()) == [bob]
        assert list(plans.managers.all()) == [chosen_manager]
    other = reverse("admin:ingestion_collection_change", args=[closed.pk])
    assert client.post(other, {"name": "Taken"}).status_code == 302
    assert client.get(reverse("admin:ingestion_collection_add")).status_code == 403
    assert client.post(reverse("admin:ingestion_collection_delete", args=[plans.pk])).status_code == 403
    with tenant_scope(acme.id):
        assert set(Collection.objects.values_list("name", flat=True)) == {"Plans", "Boardroom"}


def test_an_admin_names_managers_among_those_who_tend_chosen_ones(
    acme, alice, bob, chosen_manager, closed, browser_of
) -> None:
    address = reverse("admin:ingestion_collection_change", args=[closed.pk])
    alices = browser_of(alice)
    alices.post(address, {"name": "Boardroom", "managers": [str(chosen_manager.pk)]})
    page = alices.post(address, {"name": "Boardroom", "managers": [str(bob.pk)]})
    assert "not one of the available choices" in page.content.decode()
    with tenant_scope(acme.id):
        assert list(closed.managers.all()) == [chosen_manager]


def test_only_who_tends_the_collection_owns_its_documents(
    acme, chosen_manager, alice, closed, add_document
) -> None:
    document = add_document(closed)
    with tenant_scope(acme.id):
        member = require_member(alice.pk, tenant=acme.pk)
        with pytest.raises(tending.TendingRefused):
            tending.change_document(document, member=member, owner=chosen_manager)


def test_members_are_told_of_those_who_tend_what_they_read(acme, bob, chosen_manager, plans) -> None:
    with tenant_scope(acme.id):
        reader = require_member(bob.pk, tenant=acme.pk)
        assert "Mia" not in nothing_found(reader)
        plans.people.add(bob)
        assert "Mia" in nothing_found(reader)
