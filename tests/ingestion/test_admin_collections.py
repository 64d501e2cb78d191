"""Collections in the admin."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ingestion.models import Collection, Document
from tenants.actions import add_member
from tenants.members import remove_member
from tenants.models import AuditEvent, Group, Role
from tenants.scoping import tenant_scope

ADD = "admin:ingestion_collection_add"


@pytest.fixture
def mias(manager, browser_of):
    return browser_of(manager)


@pytest.fixture(autouse=True)
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


def test_collection_is_made_with_its_readers(mias, bob):
    group = Group.objects.create(name="Engineering")
    mias.post(reverse(ADD), {"name": "Plans", "people": [bob.pk], "groups": [group.pk]})
    plans = Collection.objects.get()
    assert (list(plans.people.all()), list(plans.groups.all())) == ([bob], [group])
    assert AuditEvent.objects.filter(action="collection.added", object_id=plans.pk).exists()


def test_name_is_taken_once_in_an_organisation(mias, handbook):
    page = mias.post(reverse(ADD), {"name": "Handbook"}).content.decode()
    assert "already has one with this name" in page


def test_same_name_in_another_organisation_is_nobodys_business(carol, globex, handbook, browser_of):
    browser_of(carol).post(reverse(ADD), {"name": "Handbook"})
    with tenant_scope(globex.id):
        assert Collection.objects.filter(name="Handbook").exists()


def test_list_says_who_reads_and_how_much_there_is(mias, handbook, add_document):
    Collection.objects.create(name="Board")
    add_document(handbook)
    body = mias.get(reverse("admin:ingestion_collection_changelist")).content.decode()
    assert "Everyone" in body
    assert "Managers and admins only" in body


def test_full_collection_is_not_deleted(mias, handbook, add_document):
    add_document(handbook)
    address = reverse("admin:ingestion_collection_delete", args=[handbook.pk])
    page = mias.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "“Handbook” still holds 1 document. Move or delete them first." in page
    assert Collection.objects.exists()


def test_collection_waits_for_its_documents_to_be_purged(mias, handbook, add_document):
    add_document(handbook)
    Document.objects.update(deleted_at=timezone.now())
    address = reverse("admin:ingestion_collection_delete", args=[handbook.pk])
    page = mias.post(address, {"post": "yes"}, follow=True).content.decode()
    assert "are still being deleted" in page
    assert Collection.objects.exists()


def test_empty_collection_is_deleted(mias, handbook):
    mias.post(reverse("admin:ingestion_collection_delete", args=[handbook.pk]), {"post": "yes"})
    assert not Collection.objects.exists()
    assert AuditEvent.objects.filter(action="collection.removed").exists()


def test_who_leaves_and_comes_back_is_no_longer_a_reader(acme, globex, bob, membership_of):
    plans = Collection.objects.create(name="Plans")
    plans.people.add(bob)
    add_member(globex, email=bob.email, name="", role=Role.MEMBER)
    with tenant_scope(globex.id):
        theirs = Collection.objects.create(name="Plans")
        theirs.people.add(bob)
    remove_member(membership_of(bob, acme))
    add_member(acme, email=bob.email, name="", role=Role.MEMBER)
    assert not plans.people.exists()
    with tenant_scope(globex.id):
        assert list(theirs.people.all()) == [bob]
