"""Groups within groups: who is in an inner group reads what the outer ones may."""

import pytest
from django.urls import reverse

from ingestion.access import readable_collections
from ingestion.models import Collection
from tenants.access import require_member
from tenants.models import AuditEvent, Group
from tenants.nesting import way_in
from tenants.scoping import tenant_scope


@pytest.fixture
def chain(acme, bob) -> list[Group]:
    """Team in department in company; Bob is in the team, and the plans are the company's."""
    with tenant_scope(acme.id):
        team, department, company = (
            Group.objects.create(name=name) for name in ("Team", "Department", "Company")
        )
        team.members.add(bob)
        department.inner.add(team)
        company.inner.add(department)
        plans = Collection.objects.create(name="Plans")
        plans.groups.add(company)
    return [team, department, company]


def names_for(user, tenant) -> list[str]:
    with tenant_scope(tenant.id):
        keys = readable_collections(require_member(user.pk, tenant=tenant.pk))
        return sorted(Collection.objects.filter(pk__in=keys).values_list("name", flat=True))


def test_an_inner_groups_members_read_what_the_outermost_may_and_others_do_not(
    chain, acme, bob, carol, globex
) -> None:
    assert names_for(bob, acme) == ["Plans"]
    assert names_for(carol, globex) == []
    with tenant_scope(acme.id):
        assert way_in(bob.pk, {chain[2].pk}) == ["Team", "Department", "Company"]
        chain[1].inner.remove(chain[0])
        assert way_in(bob.pk, {chain[2].pk}) == []
    assert names_for(bob, acme) == []


def test_members_of_the_outer_group_do_not_read_what_the_inner_one_may(chain, acme, manager, bob) -> None:
    with tenant_scope(acme.id):
        outsider = Collection.objects.create(name="Company's own")
        outsider.groups.add(chain[0])
        chain[2].members.add(bob)
        chain[0].members.remove(bob)
    assert names_for(bob, acme) == ["Plans"]


def test_a_circle_and_two_ways_to_one_group_give_each_collection_once(chain, acme, bob) -> None:
    team, department, company = chain
    with tenant_scope(acme.id):
        team.inner.add(company, team)
        company.inner.add(team)
        department.members.add(bob)
    assert names_for(bob, acme) == ["Plans"]


def test_another_organisations_group_leads_nowhere(chain, acme, globex, bob, carol) -> None:
    """A link that no page makes: the database is told to keep to one organisation all the same."""
    with tenant_scope(globex.id):
        theirs = Group.objects.create(name="Spies")
        theirs.members.add(bob)
        secret = Collection.objects.create(name="Globex only")
        secret.groups.add(theirs)
        theirs.inner.add(chain[0])
    assert names_for(bob, acme) == ["Plans"]
    with tenant_scope(acme.id):
        chain[2].inner.add(theirs)
    with tenant_scope(globex.id):
        theirs.members.set([carol])
    assert names_for(carol, globex) == ["Globex only"]


def test_an_admin_nests_groups_and_a_circle_is_refused_in_words(chain, acme, alice, browser_of) -> None:
    team, _, company = chain
    alices = browser_of(alice)
    address = reverse("admin:tenants_group_change", args=[team.pk])
    page = alices.post(address, {"name": "Team", "members": [], "inner": [str(company.pk)]})
    assert "Company cannot be in this group, since this group is in it already." in page.content.decode()
    outer = reverse("admin:tenants_group_change", args=[company.pk])
    assert alices.post(outer, {"name": "Company", "members": [], "inner": [str(team.pk)]}).status_code == 302
    with tenant_scope(acme.id):
        assert [row.name for row in company.inner.all()] == ["Team"]
        change = AuditEvent.objects.get(action="group.changed").detail
    assert (change["added"], change["removed"]) == ({"inner": ["Team"]}, {"inner": ["Department"]})
    assert "Team" in alices.get(reverse("admin:tenants_group_changelist")).content.decode()


def test_groups_are_nested_by_admins_alone_and_only_with_their_own(
    chain, acme, globex, manager, carol, browser_of
) -> None:
    with tenant_scope(globex.id):
        theirs = Group.objects.create(name="Spies")
    data = {"name": "Spies", "members": [], "inner": [str(chain[0].pk)]}
    page = browser_of(carol).post(reverse("admin:tenants_group_change", args=[theirs.pk]), data)
    assert "not one of the available choices" in page.content.decode()
    with tenant_scope(globex.id):
        assert not theirs.inner.exists()
    address = reverse("admin:tenants_group_change", args=[chain[0].pk])
    assert browser_of(manager).post(address, data).status_code == 403
