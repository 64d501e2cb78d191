"""Assistants of Acme: one for everybody, one for the lawyers alone, each with secrets in its instructions."""

from collections.abc import Callable

import pytest

from assistant.assistants.models import Assistant
from assistant.assistants.versions import note_version
from ingestion.models import Collection
from tenants.models import Group, Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, tab, upload, upstream, web  # noqa: F401
from tests.conftest import person

SECRET = "Speak like a harbour pilot."
LAWYERS_NAME = "Counsel for the merger"


@pytest.fixture
def make_assistant(acme: Tenant, alice: User) -> Callable[..., Assistant]:
    """As the admin would leave it."""

    def make(
        name: str = "Pilot",
        collections: list[Collection] | None = None,
        groups: list[Group] | None = None,
        **fields,
    ) -> Assistant:
        values = {
            "instructions": SECRET,
            "everyone": not groups,
            "every_collection": not collections,
        } | fields
        with tenant_scope(acme.id):
            row = Assistant.objects.create(name=name, **values)
            row.collections.set(collections or [])
            row.groups.set(groups or [])
            note_version(row, author=alice.pk)
        return row

    return make


@pytest.fixture
def pilot(make_assistant) -> Assistant:
    return make_assistant(
        description="Knows the harbour.", openers="When does the harbour open?\nWho is on duty?"
    )


@pytest.fixture
def dora(acme: Tenant) -> User:
    """A member of Acme, and a lawyer."""
    return person(acme, "Dora Dahl", Role.MEMBER)


@pytest.fixture
def lawyers(acme: Tenant, dora: User) -> Group:
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Lawyers")
        group.members.add(dora)
    return group


@pytest.fixture
def counsel(make_assistant, lawyers: Group) -> Assistant:
    return make_assistant(LAWYERS_NAME, groups=[lawyers], instructions="Never mention Initech.")


@pytest.fixture
def board(acme: Tenant, dora: User) -> Collection:
    """A collection that Dora may read and Bob may not."""
    with tenant_scope(acme.id):
        row = Collection.objects.create(name="Board papers")
        row.people.add(dora)
    return row
