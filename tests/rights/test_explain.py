"""The explanation of access, and that it never says anything but what is decided."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.days import today
from ingestion.explain import explain
from ingestion.models import Collection, Document, DocumentVersion, Narrowing, Passage
from tenants.access import member_of
from tenants.models import Group, Membership, Role, User
from tenants.scoping import tenant_scope

# How a place may name the person: not at all, by themselves, by a group, by a group around that.
NAMED = st.lists(st.sampled_from(["person", "inner", "outer", "stranger"]), unique=True, max_size=3)
CASES = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["outsider", *Role.values]),
        "active": st.sampled_from([True, True, True, False]),
        "over": st.sampled_from([False, False, True]),
        "endless": st.sampled_from([False, False, False, True]),
        "chosen": st.booleans(),
        "manages": st.booleans(),
        "in_group": st.booleans(),
        "nested": st.booleans(),
        "everyone": st.booleans(),
        "collection": NAMED,
        "narrowed": st.none() | NAMED,
        "deleted": st.sampled_from([False, False, False, True]),
        "ready": st.sampled_from([True, True, True, False]),
        "text": st.sampled_from([True, True, True, False]),
        "from": st.sampled_from([None, -1, 0, 1]),
        "until": st.sampled_from([None, -1, 1]),
    }
)


@pytest.fixture
def scene(acme, bob, handbook, add_document):
    document = add_document(handbook)
    with tenant_scope(acme.id):
        inner, outer, other = (Group.objects.create(name=name) for name in ("Inner", "Outer", "Other"))
    return acme, bob, handbook, document, {"inner": inner, "outer": outer, "stranger": other}


def arrange(scene, case) -> None:
    _, bob, collection, document, groups = scene
    User.objects.filter(pk=bob.pk).update(is_active=case["active"])
    bob.is_active = case["active"]
    if case["role"] == "outsider":
        Membership.objects.filter(user=bob).delete()
    else:
        end = timezone.now() + timedelta(days=-1 if case["over"] else 1)
        Membership.objects.filter(user=bob).update(
            role=case["role"],
            tends_chosen=case["chosen"],
            expires=end if case["role"] == Role.GUEST and not case["endless"] else None,
        )
        if case["manages"]:
            collection.managers.add(bob)
    if case["in_group"]:
        groups["inner"].members.add(bob)
    if case["nested"]:
        groups["outer"].inner.add(groups["inner"])
    Collection.objects.filter(pk=collection.pk).update(everyone=case["everyone"])
    name(collection, case["collection"], bob, groups)
    narrowing = None
    if case["narrowed"] is not None:
        narrowing = Narrowing.objects.create()
        name(narrowing, case["narrowed"], bob, groups)
    day = {
        key: today() + timedelta(days=case[key]) if case[key] is not None else None
        for key in ("from", "until")
    }
    Document.objects.filter(pk=document.pk).update(
        narrowing=narrowing,
        deleted_at=timezone.now() if case["deleted"] else None,
        valid_from=day["from"],
        valid_until=day["until"],
        current_version=document.current_version if case["ready"] else None,
    )
    if not case["ready"]:
        DocumentVersion.objects.filter(document=document).update(status="failed")
    if case["text"]:
        Passage.objects.create(
            version_id=document.current_version_id,
            position=0,
            text="x",
            start=0,
            end=1,
            tokens=1,
            content_hash="x",
        )


def name(place, by, bob, groups) -> None:
    for who in by:
        if who == "person":
            place.people.add(bob)
        else:
            place.groups.add(groups[who])


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=CASES)
def test_the_explanation_is_the_decision_in_every_combination(scene, case) -> None:
    acme, bob, *_, document, _ = scene
    with tenant_scope(acme.id), transaction.atomic():
        arrange(scene, case)
        row = Document.objects.select_related("collection", "narrowing", "current_version").get(
            pk=document.pk
        )
        member = member_of(bob.pk, tenant=acme.pk)
        reads = member is not None and Document.objects.readable_by(member).filter(pk=row.pk).exists()
        answers = (
            member is not None and Passage.objects.readable_by(member).filter(version__document=row).exists()
        )
        told = explain(bob, row)
        assert (told.reads, told.answers) == (reads, answers), (case, told)
        assert told.decides.lets_in == answers
        transaction.set_rollback(True)


EVERYDAY = {
    "role": "member", "active": True, "over": False, "endless": False, "chosen": False, "manages": False, "in_group": False,
    "nested": False, "everyone": True, "collection": [], "narrowed": None, "deleted": False, "ready": True,
    "text": True, "from": None, "until": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "everyone"),
        ({"role": "outsider"}, "outsider"),
        ({"active": False}, "deactivated"),
        ({"role": "guest", "over": True}, "expired"),
        ({"role": "guest", "endless": True}, "endless"),
        ({"role": "guest"}, "guest"),
        ({"role": "admin", "everyone": False}, "admin"),
        ({"role": "manager", "everyone": False}, "manager"),
        ({"role": "manager", "chosen": True, "manages": True, "everyone": False}, "tends"),
        ({"everyone": False}, "not_named"),
        ({"everyone": False, "collection": ["person"]}, "named"),
        ({"everyone": False, "collection": ["outer"], "in_group": True, "nested": True}, "group"),
        ({"narrowed": ["stranger"]}, "narrowed"),
        ({"narrowed": ["person"]}, "named"),
        ({"deleted": True}, "deleted"),
        ({"ready": False}, "not_ready"),
        ({"text": False}, "no_text"),
        ({"from": 1}, "not_yet"),
    ],
)
def test_each_rule_is_named_when_it_decides(scene, acme, bob, change, code) -> None:
    with tenant_scope(acme.id):
        arrange(scene, EVERYDAY | change)
        told = explain(bob, Document.objects.get(pk=scene[3].pk))
    assert told.decides.code == code, told


def test_the_way_through_nested_groups_is_told(scene, acme, bob) -> None:
    with tenant_scope(acme.id):
        case = {"everyone": False, "collection": ["outer"], "in_group": True, "nested": True}
        arrange(scene, EVERYDAY | case)
        told = explain(bob, Document.objects.get(pk=scene[3].pk)).decides.text
    assert told == "Bob Berg is in the group Inner, which is in Outer, a reader of the collection “Handbook”."


def test_an_admin_finds_person_and_document_and_is_told_why(
    scene, acme, alice, bob, membership_of, browser_of
) -> None:
    alices, address, document = browser_of(alice), reverse("admin:explain_access"), scene[3]
    with tenant_scope(acme.id):
        arrange(scene, EVERYDAY)
    page = alices.get(address, {"who": "bob", "what": "travel"}).content.decode()
    person = membership_of(bob, acme).pk
    assert f"person={person}" in page
    assert f"document={document.pk}" in page
    page = alices.get(address, {"person": person, "document": document.pk}).content.decode()
    assert "Bob Berg can see it" in page
    assert "open to everyone in the organisation" in page
    assert (
        address in alices.get(reverse("admin:ingestion_document_change", args=[document.pk])).content.decode()
    )
    assert address in alices.get(reverse("admin:tenants_membership_change", args=[person])).content.decode()


def test_nobody_else_is_told_and_nothing_of_another_organisation(
    scene, acme, manager, bob, carol, membership_of, browser_of
) -> None:
    address = reverse("admin:explain_access")
    query = {"person": membership_of(bob, acme).pk, "document": scene[3].pk}
    assert browser_of(manager).get(address, query).status_code == 403
    assert browser_of(bob).get(address, query).status_code in (302, 403)
    carols = browser_of(carol)
    assert carols.get(address, query).status_code == 404
    for one in ("person", "document"):
        assert carols.get(address, {one: query[one]}).status_code == 404
        assert carols.get(address, {one: uuid4()}).status_code == 404
    page = carols.get(address, {"who": "bob", "what": "travel"}).content.decode()
    assert "Travel policy" not in page
    assert "bob@acme" not in page
