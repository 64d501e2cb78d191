"""`manage.py extract`: print the text of a file that would be indexed."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ingestion.extract import add_arguments, extract


class Command(BaseCommand):
    help = (
        "Print exactly the text of FILE that would be indexed; remarks go to standard error. Exits with 1 and one "
        "sentence when the file gives no text. Needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, file: str, password: str, as_json: bool, **options: Any) -> None:
        status = extract(Path(file), password=password, as_json=as_json, out=self.stdout, err=self.stderr)  # type: ignore[arg-type]
        if status:
            sys.exit(status)
