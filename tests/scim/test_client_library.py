"""A client and a checker of SCIM servers that we did not write."""

from collections.abc import Iterator
from typing import Annotated

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import Group, PatchOp, Required, ScimProvider, SearchRequest
from scim2_tester import Status, check_server

from tenants.scim import resources


@pytest.fixture
def client(provider) -> Iterator[WSGISCIMClient]:
    """Without the end of a request closing the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGISCIMClient(
        get_wsgi_application(),
        "http://localhost/scim/v2",
        headers={"Authorization": f"Bearer {provider.token}"},
    )
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Email(resources.Email):
    value: Annotated[str | None, Required.true] = None


class User(resources.User):
    """Invented people have no address for a user name, so they need one beside it."""

    emails: Annotated[list[Email] | None, Required.true] = None


OUR_CHOICES = {
    # Searching users and groups in one request is optional, and no provider does.
    "User search_with_attributes: There is nothing at this address. ResourceTypes lists what there is.",
    "Group search_with_attributes: There is nothing at this address. ResourceTypes lists what there is.",
    # A person is active or not: who takes the attribute away has not said which.
    "User check_remove_attribute: PATCH modify() did not remove attribute 'active'",
    # Members come back with their names, which were not sent.
    "Group check_add_attribute: Attribute 'members' was not added or has unexpected value",
    "Group check_replace_attribute: Attribute 'members' was not replaced or has unexpected value",
}


def test_the_checker_finds_nothing_but_our_choices(client, alice) -> None:
    client.provider = ScimProvider(models=[User, resources.Group])
    results = check_server(client)
    faults = {
        f"{result.resource_type} {result.title}: {str(result.reason).splitlines()[0]}"
        for result in results
        if result.status in (Status.ERROR, Status.CRITICAL)
    }
    assert faults == OUR_CHOICES
    assert len(results) > 50


def test_a_client_discovers_and_provisions(client) -> None:
    client.discover()
    Person = client.get_resource_model("User")
    created = client.create(Person(user_name="dan@acme.example", display_name="Dan"))
    group = client.create(Group(display_name="Engineering"))
    change = PatchOp[Group](operations=[{"op": "add", "path": "members", "value": [{"value": created.id}]}])
    client.modify(Group, group.id, change)
    wanted = SearchRequest(filter='userName eq "dan@acme.example"')
    found = client.query(Person, query_parameters=wanted)
    assert [row.id for row in found.resources] == [created.id]
    client.delete(Person, created.id)
    assert client.query(Group, group.id).members is None
