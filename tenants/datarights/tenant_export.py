"""Everything an organisation has, written row by row and file by file: memory stays flat, whatever its size."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from tenants.datarights.archive import Archive
from tenants.datarights.models import DataRules
from tenants.datarights.registry import Holding, of_tenants, tenant_sections
from tenants.models import Tenant
from tenants.scoping import every_tenant, tenant_scope

PAGE = 1000
README = """# Everything of {name}

- `tables/*.jsonl`: the rows of each table, one JSON object a line, under the columns' names. Times are in UTC.
{sections}- `manifest.json`: when this was made, how many rows each table has, and the SHA-256 of every other file.

Secrets (passwords, keys, tokens and their hashes) are in none of it. {conversations}
Rows are read while people go on working: those of two tables can be minutes apart.
"""
WITHOUT = "Conversations are left out, as the organisation's data rules say."
WITH = "Conversations are in it, as the organisation's data rules say."


def write_tenant(tenant: UUID, archive: Archive) -> None:
    with tenant_scope(tenant):
        private = DataRules.objects.filter(export_conversations=True).exists()
    name = Tenant.objects.values_list("name", flat=True).get(pk=tenant)
    told = "".join(f"- `{section.name}`: {section.explained}\n" for section in tenant_sections.values())
    archive.text(
        "README.md", README.format(name=name, sections=told, conversations=WITH if private else WITHOUT)
    )
    counts = {}
    for entry in of_tenants():
        if private or not entry.private:
            counts[entry.label] = archive.json_lines(f"tables/{entry.label}.jsonl", rows_of(entry, tenant))
    for section in tenant_sections.values():
        section.write(tenant, archive)
    archive.finish({"organisation": {"id": tenant, "name": name}, "rows": counts})


def rows_of(entry: Holding, tenant: UUID) -> Iterator[dict[str, Any]]:
    """In pages by key, so that no transaction stays open while the file grows."""
    columns = [f.attname for f in entry.model._meta.concrete_fields if f.attname not in entry.secret]
    last = None
    while True:
        with every_tenant():
            rows = entry.model._base_manager.filter(**{entry.tenant: tenant}).order_by("pk")
            rows = rows.exclude(entry.left_out) if entry.left_out else rows
            page = list((rows.filter(pk__gt=last) if last else rows).values("pk", *columns)[:PAGE])
        if not page:
            return
        last = page[-1]["pk"]
        for row in page:
            row.pop("pk")
            yield row
