"""`manage.py export_person EMAIL --tenant T --output FILE`: what an organisation holds about a person, as a ZIP."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from tenants.actions import record
from tenants.datarights.archive import Archive
from tenants.datarights.commands import person_with, tenant_named, whole_file
from tenants.datarights.exporting import subject_of, write_person
from tenants.scoping import tenant_scope


class Command(BaseCommand):
    help = (
        "Write what an organisation holds about a person, to be given to them. Their conversations are in it, so the "
        "file is nobody else's to read. The organisation's audit trail tells that it was made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--tenant", required=True, help="the organisation, by name")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, email: str, tenant: str, output: Path, **options: Any) -> None:
        row, user = tenant_named(tenant), person_with(email)
        with tenant_scope(row.pk), whole_file(output) as file, Archive(file) as archive:
            write_person(subject_of(user, row.pk, own=True), archive)
            with transaction.atomic():
                record("data_export.made", actor=None, subject=user.pk, name=str(user), kind="Own data")
        self.stdout.write(f"{output} holds the data of {user.email} at {row.name}.")
