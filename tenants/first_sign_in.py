"""The first sign-in of an installation: a password of our own, in a file for the person who started it."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class SignIn:
    heading: str
    email: str
    password: str


def sign_in_file() -> Path:
    path: Path = settings.VAR_DIR / "first-sign-in.txt"
    return path


def write_sign_in(*sign_ins: SignIn) -> None:
    """For its owner alone: mode 600."""
    path = sign_in_file()
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"Address:  {settings.PUBLIC_URL or f'http://localhost:{settings.PORT}'}/\n")
        for sign_in in sign_ins:
            heading = f"\n{sign_in.heading}\n" if sign_in.heading else ""
            file.write(f"{heading}E-mail:   {sign_in.email}\nPassword: {sign_in.password}\n")
