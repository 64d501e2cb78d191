"""`manage.py reconcile`: make index and storage equal to the database again."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingestion.errors import IngestionError
from ingestion.reconciling import reconcile
from tenants.models import Tenant
from tenants.single import AlreadyRunning, one_at_a_time


class Command(BaseCommand):
    help = (
        "Compare the search index and the stored files with the database, and mend what differs. Runs every night by "
        "itself; can be stopped and run again. Exits with 1 when something is left that only people can mend."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="only this organisation, by name")
        parser.add_argument("--dry-run", action="store_true", help="only say what differs")

    def handle(self, *args: Any, tenant: str | None, dry_run: bool, **options: Any) -> None:
        row = Tenant.objects.filter(name__iexact=tenant).first() if tenant else None
        if tenant and row is None:
            raise CommandError(f"There is no organisation “{tenant}”.")
        try:
            with one_at_a_time("reconcile"):
                found = reconcile(tenant=row.pk if row else None, mend=not dry_run, say=self.stdout.write)
        except AlreadyRunning as error:
            raise CommandError("It is running already.") from error
        except IngestionError as error:
            raise CommandError(f"{error.sentence} What is mended is kept: run the command again.") from error
        self.stdout.write(f"{'Found' if dry_run else 'Found and mended'}: {found}.")
        if found.missing_files or (dry_run and str(found) != "no differences"):
            sys.exit(1)
