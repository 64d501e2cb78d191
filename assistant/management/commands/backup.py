"""`manage.py backup FILE`: the whole installation in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.backup import BackupError
from assistant.backup.backup import back_up


class Command(BaseCommand):
    help = (
        "Save everything of this installation but the search index into one file, as it is at one moment, while people "
        "go on working. The file holds all documents and the key of the stored secrets: keep it as you keep those."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--without-secrets",
            action="store_true",
            help="leave out the key; model keys are then typed in again",
        )

    def handle(self, *args: Any, file: Path, without_secrets: bool, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists already. Name another file, or remove it first.")
        try:
            back_up(file, secrets=not without_secrets, say=self.stdout.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Saved {file} ({file.stat().st_size / 1_000_000:.1f} MB).")
