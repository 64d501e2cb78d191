"""`manage.py prepare_database`: the application's role and the tables, ready for this version. Can be run again."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection


class Command(BaseCommand):
    help = (
        "Bring the database up to date. On PostgreSQL, with DATABASE_OWNER_URL set, also create the role of "
        "DATABASE_URL if it is missing, and let it read and write rows, but change no table."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "postgresql" and settings.DATABASE_OWNER_URL:
            self._prepare_with_role(options["verbosity"])
        else:
            self._migrate(options["verbosity"])
        self.stdout.write("The database is ready.")

    def _prepare_with_role(self, verbosity: int) -> None:
        from tenants.postgresql.roles import CannotPrepare, prepared_role

        try:
            with prepared_role():
                self._migrate(verbosity)
        except CannotPrepare as error:
            raise CommandError(str(error)) from error

    def _migrate(self, verbosity: int) -> None:
        call_command("migrate", interactive=False, verbosity=verbosity, stdout=self.stdout)
