"""`manage.py migrate`, as the owner of the tables where there is one."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        from tenants.postgresql.roles import as_owner

        with as_owner():
            return super().handle(*args, **options)
