"""`manage.py restore FILE`: a backup into an empty installation."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.backup import BackupError
from assistant.backup.restore import restore


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty installation, which may run on another database and storage than the one that "
        "was saved, then build the search index. Stop web and workers before."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            restore(file, say=self.stdout.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Building the search index")
        call_command("reindex", stdout=self.stdout)
        self.stdout.write("Restored.")
