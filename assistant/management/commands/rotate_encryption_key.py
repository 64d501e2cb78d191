"""`manage.py rotate_encryption_key`: store keys and passwords under the newest ENCRYPTION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from assistant.models import ModelEndpoint
from ingestion.passwords import rotate_passwords
from tenants.crypto import Undecryptable, decrypt, encrypt
from tenants.scoping import every_tenant


class Command(BaseCommand):
    help = (
        "Encrypt every stored key and password anew with ENCRYPTION_KEY. ENCRYPTION_KEY_FALLBACKS may be emptied then. "
        "Can be run again, and while everything runs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        lost: list[str] = []
        count = 0
        with every_tenant():
            ids = ModelEndpoint.objects.exclude(encrypted_key="").values_list("pk", flat=True)
            for pk in list(ids):
                try:
                    count += rotate(pk)
                except Undecryptable:
                    lost.append(str(pk))
            passwords, locked = rotate_passwords()
        self.stdout.write(
            f"{count} keys and {passwords} passwords of documents are encrypted with the newest ENCRYPTION_KEY now."
        )
        if locked:
            raise CommandError(
                f"{len(locked)} passwords of documents cannot be read with any key that is set; they must be entered "
                f"again, for the versions {', '.join(locked)}"
            )
        if lost:
            raise CommandError(
                f"{len(lost)} keys cannot be read with any key that is set; they must be entered again: "
                + ", ".join(lost)
            )


def rotate(pk: Any) -> int:
    """1 when a key was encrypted anew; 0 when its model has just been deleted."""
    with transaction.atomic():  # a key that an admin types at this moment is not overwritten by the old one
        endpoint = ModelEndpoint.objects.select_for_update().filter(pk=pk).first()
        if endpoint is None or not endpoint.encrypted_key:
            return 0
        fresh = encrypt(decrypt(endpoint.encrypted_key))
        return ModelEndpoint.objects.filter(pk=pk).update(encrypted_key=fresh)
