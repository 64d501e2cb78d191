"""`manage.py verify_audit`: whether anybody has tampered with the audit log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.audit.chain import take_in
from tenants.audit.verify import verify
from tenants.models import Tenant
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = "Walk the audit log of every organisation, say the first broken place, and print each head to note down."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", default="", help="only the organisation of this name")
        parser.add_argument(
            "--head",
            default="",
            help="with --tenant: a head hash noted earlier, which must still be in the log",
        )
        parser.add_argument(
            "--take-in",
            action="store_true",
            help="chain what an earlier version wrote during an upgrade, first",
        )

    def handle(self, *args: Any, tenant: str, head: str, take_in: bool, **options: Any) -> None:
        if head and not tenant:
            raise CommandError("--head belongs to one organisation: name it with --tenant.")
        tenants = Tenant.objects.order_by("name")
        if tenant:
            tenants = tenants.filter(name=tenant)
            if not tenants:
                raise CommandError(f"There is no organisation “{tenant}”.")
        broken = [row.name for row in tenants if not self.is_whole(row, head=head.strip(), adopt=take_in)]
        if broken:
            raise CommandError(f"The audit log is broken: {', '.join(broken)}.", returncode=1)

    def is_whole(self, tenant: Tenant, *, head: str, adopt: bool) -> bool:
        if adopt:
            with tenant_scope(tenant.pk):
                if count := take_in(tenant.pk):
                    self.stdout.write(
                        f"{tenant.name}: {count} events of an earlier version are in the chain now."
                    )
        verdict = verify(tenant.pk, noted=head)
        if verdict.broken:
            self.stdout.write(f"{tenant.name}: {verdict.broken}")
            return False
        self.stdout.write(
            f"{tenant.name}: {verdict.count} events, unbroken up to event {verdict.sequence}; head {verdict.hash}"
        )
        return True
