"""`manage.py export_tenant NAME --output FILE`: everything of an organisation, as a ZIP."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from tenants.actions import record
from tenants.datarights.archive import Archive
from tenants.datarights.commands import tenant_named, whole_file
from tenants.datarights.tenant_export import write_tenant
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = (
        "Write everything of an organisation: rows, original files, the audit trail with its hashes; no secrets, and "
        "conversations only if its data rules say so. After an interruption, run it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="NAME")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, tenant: str, output: Path, **options: Any) -> None:
        row = tenant_named(tenant)
        with whole_file(output) as file, Archive(file) as archive:
            write_tenant(row.pk, archive)
            with tenant_scope(row.pk), transaction.atomic():
                record("data_export.made", actor=None, subject=row.pk, name=row.name, kind="The organisation")
        self.stdout.write(f"{output} holds everything of {row.name}.")
