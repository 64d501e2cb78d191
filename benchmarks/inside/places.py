"""The organisation, its tender and its collection that the benchmarks work in."""

from ingestion.models import Collection
from tenants.access import Member, require_member
from tenants.actions import add_member, create_tenant
from tenants.models import Role, Tenant
from tenants.scoping import tenant_scope

NAME = "Benchmark"


def benchmark_tenant() -> Tenant:
    return Tenant.objects.filter(name=NAME).first() or create_tenant(NAME)


def tender(tenant: Tenant) -> Member:
    user = add_member(tenant, email="tender@benchmark.example", name="Tender", role=Role.MANAGER)
    return require_member(user.id, tenant=tenant.id)


def benchmark_collection(tenant: Tenant) -> Collection:
    """Everyone may read it."""
    with tenant_scope(tenant.id):
        collection, _ = Collection.objects.get_or_create(name=NAME, defaults={"everyone": True})
        return collection
