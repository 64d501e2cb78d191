"""The audit log of an organisation is locked for as short a time as can be: what may have to wait comes first."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.models import Group
from tenants.scoping import tenant_scope

HEAD, EVENT = "audit_auditchain", "tenants_auditevent"


@pytest.mark.sqlite  # on PostgreSQL each statement is captured behind its scope
@pytest.mark.parametrize("kind", ["tenants_membership", "tenants_group", "ingestion_collection"])
def test_a_deletion_in_the_admin_is_recorded_after_it(
    kind, acme, alice, bob, handbook, membership_of, browser_of
) -> None:
    with tenant_scope(acme.id):
        group = Group.objects.create(name="Sales")
    row = {
        "tenants_membership": membership_of(bob, acme), "tenants_group": group, "ingestion_collection": handbook,
    }[kind]  # fmt: skip
    client = browser_of(alice)
    with CaptureQueriesContext(connection) as queries:
        client.post(reverse(f"admin:{kind}_delete", args=[row.pk]), {"post": "yes"})
    said = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    deleted = max(i for i, sql in enumerate(said) if sql.startswith("DELETE") and kind in sql)
    [recorded] = [i for i, sql in enumerate(said) if sql.startswith("INSERT") and EVENT in sql]
    locked = min(i for i, sql in enumerate(said) if HEAD in sql)
    assert deleted < locked < recorded
    assert all(HEAD in sql or EVENT in sql or "tenants_user" in sql for sql in said[locked : recorded + 2]), (
        said[locked:]
    )
