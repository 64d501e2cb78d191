"""`manage.py seed_sample`: the sample organisation, in an installation that has none."""

from typing import Any

from django.core.management.base import BaseCommand

from assistant.sample.seed import seed


class Command(BaseCommand):
    help = (
        "Create the sample organisation Acme with two collections; does nothing when an organisation exists."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        created = seed()
        self.stdout.write(
            "The sample organisation was created." if created else "There is an organisation already."
        )
