"""The tenant scope: outside it, asking a tenant-owned model for rows raises instead of leaking.

with tenant_scope(tenant.id):
    Document.objects.all()          # that tenant's documents

with every_tenant():                # visible, greppable: platform-wide sweeps and the like
    Document.objects.all()
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models

from tenants.ids import new_id


class NoTenantScope(RuntimeError):
    """A tenant-owned model was used outside `tenant_scope`."""


class WrongTenant(RuntimeError):
    """A row of one tenant was to be saved inside the scope of another."""


_EVERY = "every tenant"
_scope: ContextVar[UUID | str | None] = ContextVar("tenant_scope", default=None)


@contextmanager
def tenant_scope(tenant: UUID) -> Iterator[None]:
    token = _scope.set(tenant)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def every_tenant() -> Iterator[None]:
    """Crosses tenants. For platform work only (sweeps, migrations, deleting a tenant), never for a person's request."""
    token = _scope.set(_EVERY)
    try:
        yield
    finally:
        _scope.reset(token)


def scoped_tenant() -> UUID | None:
    """The tenant of the scope, or None outside one (and inside `every_tenant`)."""
    scope = _scope.get()
    return scope if isinstance(scope, UUID) else None


def scope_name() -> str:
    """As the database's policies know it: the tenant's id, `*` for every tenant, or "" outside a scope."""
    scope = _scope.get()
    return "" if scope is None else str(scope) if isinstance(scope, UUID) else "*"


def current_tenant() -> UUID:
    """The tenant of the scope; raises `NoTenantScope` outside one."""
    tenant = scoped_tenant()
    if tenant is None:
        raise NoTenantScope("No tenant scope is open. Enter `with tenant_scope(tenant_id):` first.")
    return tenant


M = TypeVar("M", bound=models.Model)


class TenantManager(models.Manager[M], Generic[M]):
    """Every queryset it gives is cut to the tenant of the scope."""

    def get_queryset(self) -> models.QuerySet[M]:
        scope = _scope.get()
        if scope is None:
            raise NoTenantScope(
                f"{self.model.__name__} was queried outside a tenant scope. "
                "Enter `with tenant_scope(tenant_id):` first."
            )
        rows = super().get_queryset()
        return rows if scope == _EVERY else rows.filter(tenant_id=scope)


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    The tenant has no index of its own: every query names it, and a planner without statistics (SQLite's) would take
    that index before a better one and read all that the tenant has. Lists by tenant have an index that begins with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.CASCADE, editable=False, related_name="+", db_index=False
    )

    objects: TenantManager[Any] = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.claim_tenant()
        super().save(*args, **kwargs)

    def claim_tenant(self) -> None:
        """Take the scope's tenant when none is set; refuse another's."""
        scope = _scope.get()
        if getattr(self, "tenant_id", None) is None:
            self.tenant_id = current_tenant()
        elif scope is not None and scope not in (_EVERY, self.tenant_id):
            raise WrongTenant(
                f"{type(self).__name__} {self.pk} belongs to another tenant than the open scope."
            )
