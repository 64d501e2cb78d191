"""The installation as its operator sees it: each organisation in numbers. No title, no name and no word of theirs."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from ingestion.models import Document, DocumentVersion, Status
from tenants.models import Membership, Role, Tenant
from tenants.scoping import every_tenant


@dataclass
class Figures:
    tenant: Tenant
    members: int = 0
    admins: int = 0
    documents: int = 0
    busy: int = 0
    stored: int = 0
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> str:
        """“3 encrypted, 1 too_large”: how often which code."""
        return ", ".join(f"{count} {code}" for code, count in sorted(self.failures.items()))


def figures_of_all() -> list[Figures]:
    """A fixed number of queries, however many organisations there are."""
    found = {tenant.pk: Figures(tenant) for tenant in Tenant.objects.order_by("name")}
    with every_tenant():
        for tenant, members, admins in _members():
            found[tenant].members, found[tenant].admins = members, admins
        for tenant, stored in DocumentVersion.objects.values_list("tenant").annotate(total=Sum("size")):
            found[tenant].stored = stored or 0
        by_tenant: dict[UUID, list[tuple[str, str, int]]] = defaultdict(list)
        for tenant, status, code, count in _documents():
            by_tenant[tenant].append((status, code, count))
    for tenant, rows in by_tenant.items():
        figures = found[tenant]
        figures.documents = sum(count for *_, count in rows)
        figures.busy = sum(count for status, _, count in rows if status in (Status.QUEUED, Status.PROCESSING))
        figures.failures = {
            code or "unknown": count for status, code, count in rows if status == Status.FAILED
        }
    return list(found.values())


def _members() -> list[tuple[UUID, int, int]]:
    active = Membership.objects.filter(user__is_active=True)
    return list(
        active.values_list("tenant").annotate(
            people=Count("pk"), admins=Count("pk", filter=Q(role=Role.ADMIN))
        )
    )


def _documents() -> list[tuple[UUID, str, str, int]]:
    """How many documents of each tenant are in which state, by their newest version, and with which code."""
    newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    rows = Document.objects.live().annotate(
        status=Subquery(newest.values("status")[:1]), code=Subquery(newest.values("error_code")[:1])
    )
    return list(rows.values_list("tenant", "status", "code").annotate(count=Count("pk")))
