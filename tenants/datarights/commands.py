"""What the commands about data share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.management.base import CommandError

from tenants.models import Tenant, User


def tenant_named(name: str) -> Tenant:
    row = Tenant.objects.filter(name__iexact=name.strip()).first()
    if row is None:
        raise CommandError(f"There is no organisation “{name}”.")
    return row


def person_with(email: str) -> User:
    row = User.objects.filter(email=User.objects.normalise(email)).first()
    if row is None:
        raise CommandError(f"There is no account of {email}.")
    return row


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner alone, which is there only once it is whole; interrupted, it is begun again."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
