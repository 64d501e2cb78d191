"""Files of exports, and all files of an organisation: where they lie, and a list of them that proves something.

Everything of an organisation lies in the storage under its id; exports in a folder of their own.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Q

from tenants.datarights.models import DataExport
from tenants.datarights.registry import Left

FOLDER = "exports"


class Unprovable(RuntimeError):
    """The storage does not say for sure what it holds."""

    sentence = "The folder of the files is missing, so nothing can be proved. Check that its disk is mounted."


def name_for(export: DataExport) -> str:
    return f"{export.tenant_id}/{FOLDER}/{export.pk}-{export.attempts}.zip"


def exports_of(tenant: UUID, user: UUID) -> list[str]:
    """Also those that admins had made of the person, and the organisation's that the person had made."""
    rows = DataExport.objects.filter(Q(about=user) | Q(recipient=user), tenant=tenant).exclude(file="")
    return list(rows.values_list("file", flat=True))


def clear(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def left_of_names(_user: UUID, names: list[str]) -> Left:
    if not names:
        return Left(0, "There was no file of an export.")
    there = set(listed(names[0].partition("/")[0]))
    count = len(there.intersection(names))
    return Left(count, f"The storage's own list names {count} of {len(names)} files.")


def clear_tenant(tenant: UUID) -> None:
    for name in listed(str(tenant), missing_ok=True):
        default_storage.delete(name)
    if not hasattr(default_storage, "sizes"):  # folders are things of their own
        for folder in (f"{tenant}/{FOLDER}", str(tenant)):
            default_storage.delete(folder)


def left_of_tenant(tenant: UUID, removed: dict[str, Any]) -> Left:
    had_files = removed.get("ingestion.DocumentVersion") or removed.get("datarights.DataExport")
    count = len(list(listed(str(tenant), missing_ok=not had_files)))
    return Left(count, f"The storage lists {count} files of the organisation.")


def listed(tenant: str, *, missing_ok: bool = False) -> Iterator[str]:
    """Every file of the organisation, from the storage's own list. Raises Unprovable where it cannot list."""
    storage: Any = default_storage
    if hasattr(storage, "sizes"):  # object storage lists by the beginning of a name
        yield from (name for name, _ in storage.sizes(f"{tenant}/"))
        return
    try:
        folders, _ = storage.listdir("")
    except FileNotFoundError as error:
        if missing_ok:
            return
        raise Unprovable(Unprovable.sentence) from error
    if tenant in folders:
        yield from _below(tenant)


def _below(folder: str) -> Iterator[str]:
    folders, names = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from _below(f"{folder}/{inner}")
