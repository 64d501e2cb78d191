"""A guest at Acme, and a collection that names nobody yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingestion.models import Collection
from tenants.actions import add_member
from tenants.models import Membership, Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401
from tests.conftest import PASSWORD


@pytest.fixture
def gina(acme: Tenant) -> User:
    """A guest until tomorrow."""
    return add_member(
        acme,
        email="gina@partner.example",
        name="Gina Guest",
        role=Role.GUEST,
        password=PASSWORD,
        expires=timezone.now() + timedelta(days=1),
    )


@pytest.fixture
def plans(acme: Tenant) -> Collection:
    with tenant_scope(acme.id):
        return Collection.objects.create(name="Plans")


@pytest.fixture
def chosen_manager(acme: Tenant, manager: User, plans: Collection) -> User:
    """Mia tends the plans, and nothing else."""
    with tenant_scope(acme.id):
        Membership.objects.filter(user=manager).update(tends_chosen=True)
        plans.managers.add(manager)
    return manager
