"""`manage.py delete_tenant NAME --confirm NAME`: an organisation with everything it has, and the proof as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.datarights.commands import tenant_named
from tenants.datarights.erasing_tenant import as_json, erase, request_erasure
from tenants.datarights.models import TenantErasure
from tenants.errors import Refused


class Command(BaseCommand):
    help = (
        "Delete an organisation: people, documents, files, search index, conversations, audit trail. Prints a receipt, "
        "which it keeps. Can be run again when it was interrupted. Take an export first: there is no way back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--confirm", required=True, metavar="NAME", help="the name once more")

    def handle(self, *args: Any, name: str, confirm: str, **options: Any) -> None:
        row = TenantErasure.objects.filter(name__iexact=name.strip(), done_at=None).first()
        tenant = None if row else tenant_named(name)
        wanted = row.name if row else tenant.name if tenant else ""
        if confirm.strip() != wanted:
            raise CommandError(f"Nothing was deleted: --confirm must be exactly “{wanted}”.")
        try:
            if tenant:
                row = request_erasure(tenant, asked_by="manage.py delete_tenant")
            assert row
            erase(row.pk)
        except Refused as error:
            raise CommandError(error.sentence) from error
        row.refresh_from_db()
        self.stdout.write(json.dumps(as_json(row), indent=2))
