"""`manage.py rotate_encryption_key`: store every secret under the newest ENCRYPTION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from assistant.secrets import SECRETS
from tenants.crypto import Undecryptable, decrypt, encrypt
from tenants.entrance.factors import encrypt_factors_anew
from tenants.scoping import TenantModel, every_tenant


class Command(BaseCommand):
    help = (
        "Encrypt every stored key and password anew with ENCRYPTION_KEY. ENCRYPTION_KEY_FALLBACKS may be emptied then. "
        "Can be run again, and while everything runs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        lost: list[str] = []
        count = 0
        with every_tenant():
            for model, column in SECRETS:
                for pk in list(model.objects.exclude(**{column: ""}).values_list("pk", flat=True)):
                    try:
                        count += rotate(model, column, pk)
                    except Undecryptable:
                        lost.append(str(pk))
        factors, unread = encrypt_factors_anew()
        count += factors
        lost += [f"the second factor of {row.user.email}" for row in unread]
        self.stdout.write(f"{count} secrets are encrypted with the newest ENCRYPTION_KEY now.")
        if lost:
            raise CommandError(
                f"{len(lost)} secrets cannot be read with any key that is set; they must be entered again: "
                + ", ".join(lost)
            )


def rotate(model: type[TenantModel], column: str, pk: Any) -> int:
    """1 when a secret was encrypted anew; 0 when its row has just been deleted."""
    with transaction.atomic():  # a key that an admin types at this moment is not overwritten by the old one
        secret = model.objects.select_for_update().filter(pk=pk).values_list(column, flat=True).first()
        if not secret:
            return 0
        return model.objects.filter(pk=pk).update(**{column: encrypt(decrypt(secret))})
