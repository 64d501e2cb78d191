"""`manage.py delete_person EMAIL [--tenant T]`: a person with everything of theirs, and the proof as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.datarights.commands import person_with, tenant_named
from tenants.datarights.erasing import erase_now, tenants_with
from tenants.errors import Refused


class Command(BaseCommand):
    help = (
        "Delete a person from one organisation, or from all of them, and the account once nothing is held under it. "
        "Prints a receipt for each organisation, which it keeps. Can be run again when it was interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--tenant", help="only from this organisation, by name")
        parser.add_argument("--confirm", required=True, metavar="EMAIL", help="the address once more")

    def handle(self, *args: Any, email: str, tenant: str | None, confirm: str, **options: Any) -> None:
        user = person_with(email)
        if user.email != confirm.strip().lower():
            raise CommandError(f"Nothing was deleted: --confirm must be {user.email}.")
        tenants = [tenant_named(tenant).pk] if tenant else tenants_with(user.pk)
        try:
            receipts = erase_now(user, tenants=tenants)
        except Refused as error:
            raise CommandError(error.sentence) from error
        self.stdout.write(json.dumps(receipts, indent=2))
