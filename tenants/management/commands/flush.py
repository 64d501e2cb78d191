"""`manage.py flush`, which empties the audit log with everything else."""

from typing import Any

from django.core.management.commands import flush

from tenants.audit.guard import log_opened


class Command(flush.Command):
    def handle(self, **options: Any) -> Any:
        with log_opened():
            return super().handle(**options)
