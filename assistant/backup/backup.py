"""`back_up`: the whole installation, as it is at one moment, into one file."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryFile

from django.core.files.storage import default_storage

from assistant.backup import KEY, ORIGINALS, TABLES
from assistant.backup.archive import Writer, writing
from assistant.backup.rows import applied_migrations, columns_of, dump, kept_models, snapshot
from ingestion.models import DocumentVersion
from tenants.crypto import current_keys
from tenants.scoping import every_tenant

Say = Callable[[str], None]


def back_up(path: Path, *, secrets: bool, say: Say) -> None:
    """Originals that are deleted while this runs are left out, and named. Raises BackupError."""
    kept = kept_models()
    manifest = {
        "version": colloquy_version(),
        "made": datetime.now(UTC).isoformat(),
        "migrations": applied_migrations(),
        "columns": {model._meta.db_table: columns_of(model) for model in kept},
    }
    with every_tenant(), snapshot(), writing(path, manifest) as archive:
        for model in kept:
            with TemporaryFile(dir=path.parent) as rows:
                count = dump(model, rows)
                size = rows.tell()
                rows.seek(0)
                archive.add(f"{TABLES}{model._meta.db_table}.jsonl", rows, size)
            say(f"{model._meta.verbose_name_plural}: {count}")
        say(f"original files: {add_originals(archive, say)}")
        if secrets:
            archive.add_text(KEY, "\n".join(current_keys()))


def add_originals(archive: Writer, say: Say) -> int:
    names = DocumentVersion.objects.exclude(file="").order_by("pk").values_list("file", flat=True)
    count = 0
    for name in names.iterator(chunk_size=2000):
        try:
            with default_storage.open(name) as original:
                archive.add(f"{ORIGINALS}{name}", original, original.size)
                count += 1
        except FileNotFoundError:
            say(f"The original {name} is missing and is not in the backup.")
    return count


def colloquy_version() -> str:
    try:
        return version("colloquy")
    except PackageNotFoundError:  # run from a clone
        return "unreleased"
