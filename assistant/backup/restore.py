"""`restore`: a backup into an empty installation, on whatever database and storage that one runs."""

from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models, transaction

from assistant.backup import KEY, ORIGINALS, TABLES, BackupError
from assistant.backup.archive import Manifest, members, verified_manifest
from assistant.backup.rows import applied_migrations, load, reset_sequences
from assistant.secrets import SECRETS
from tenants.crypto import Undecryptable, decrypt, encrypt
from tenants.entrance.factors import encrypt_factors_anew
from tenants.models import Tenant, User
from tenants.scoping import every_tenant

Say = Callable[[str], None]


def restore(path: Path, *, say: Say) -> None:
    """Rows and originals; the index is to be built afterwards. Nothing is written unless the whole file is sound.

    Raises BackupError.
    """
    say("Checking the backup")
    manifest = verified_manifest(path)
    call_command("prepare_database", verbosity=0)
    require_fit(manifest)
    require_empty()
    say("Restoring original files")
    restore_originals(path)
    say("Restoring rows")
    with every_tenant(), transaction.atomic():
        keys = restore_rows(path, manifest)
        reset_sequences()
        encrypt_anew(keys, say)


def require_fit(manifest: Manifest) -> None:
    if manifest["migrations"] != applied_migrations():
        raise BackupError(
            f"This backup was made by another version ({manifest['version']}, {manifest['made'][:10]}) with another "
            "layout of the database. Restore it with that version, then upgrade."
        )


def require_empty() -> None:
    if Tenant.objects.exists() or User.objects.exists():
        raise BackupError(
            "This installation is not empty. Restore into a new one: another VAR_DIR or an empty database. "
            "If an earlier restore was stopped while it built the index, run `manage.py reindex`."
        )


def restore_originals(path: Path) -> None:
    for name, content, _ in members(path):
        if name.startswith(ORIGINALS):
            place = name.removeprefix(ORIGINALS)
            if default_storage.exists(place):  # of an earlier try
                default_storage.delete(place)
            default_storage.save(place, File(content))


def restore_rows(path: Path, manifest: Manifest) -> list[str]:
    """The encryption keys of the backup, none when it was made without secrets."""
    tables: dict[str, type[models.Model]] = {
        m._meta.db_table: m for m in apps.get_models(include_auto_created=True)
    }
    keys: list[str] = []
    for name, content, _ in members(path):
        if name.startswith(TABLES):
            table = name.removeprefix(TABLES).removesuffix(".jsonl")
            load(tables[table], manifest["columns"][table], content)
        elif name == KEY:
            keys = content.read().decode().splitlines()
    return keys


def encrypt_anew(keys: list[str], say: Say) -> None:
    """Stored secrets under this installation's encryption key; those that cannot be read are emptied."""
    for model, column in SECRETS:
        for row in model.objects.exclude(**{column: ""}):
            try:
                fresh = encrypt(decrypt(getattr(row, column), keys=keys))
            except Undecryptable:
                what = f"{model._meta.verbose_name} {row}"
                say(f"The key of the {what} is not in this backup: enter it again in the admin.")
                fresh = ""
            model.objects.filter(pk=row.pk).update(**{column: fresh})
    for factor in encrypt_factors_anew(keys)[1]:
        say(f"The second factor of {factor.user.email} is not in this backup: it has to be set up anew.")
        factor.delete()
