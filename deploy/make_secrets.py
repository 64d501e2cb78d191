#!/usr/bin/env python3
"""Makes every secret of the production stack: `python deploy/make_secrets.py /secrets`.

`kept/` holds the secrets themselves, each made once and never overwritten. The other folders hold what one service
each may read, and are written anew from `kept/` at every run: to rotate a secret, remove its file and run this again.
Every folder is a volume of its own, so that a service never sees another's.
"""

import os
import secrets
import sys
from pathlib import Path

# Letters and digits only: they stand in addresses and configuration files without any quoting.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 43  # 2 ** 250 possibilities

NAMES = (
    "secret-key",
    "encryption-key",
    "owner-password",
    "database-password",
    "redis-password",
    "weaviate-api-key",
    "embedding-key",
)

# The file that a service reads, and what stands in it.
FILES = {
    "app/secret-key": "{secret-key}",
    "app/encryption-key": "{encryption-key}",
    "app/database-url": "postgres://colloquy:{database-password}@postgres:5432/colloquy",
    "app/redis-url": "redis://:{redis-password}@redis:6379/0",
    "app/channel-layer-url": "redis://:{redis-password}@redis:6379/1",
    "app/cache-url": "redis://:{redis-password}@redis:6379/2",
    "app/weaviate-api-key": "{weaviate-api-key}",
    "app/embedding-key": "{embedding-key}",
    "owner/database-owner-url": "postgres://owner:{owner-password}@postgres:5432/colloquy",
    "postgres/password": "{owner-password}",
    "redis/valkey.conf": "requirepass {redis-password}",
    "weaviate/api-key": "{weaviate-api-key}",
    "embedder/key": "{embedding-key}",
}


def kept(folder: Path, name: str) -> str:
    """The secret of this name, made when it is not there."""
    path = folder / name
    draft = path.with_name(f".{name}")  # a machine that stops half way leaves no short secret behind
    if not path.exists():
        write(draft, "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), mode=0o400)
        draft.replace(path)
    return path.read_text()


def write(path: Path, text: str, *, mode: int) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)


def make(root: Path) -> None:
    values = {name: kept(folder_of(root / "kept"), name) for name in NAMES}
    for name, template in FILES.items():
        text = template
        for value in values:
            text = text.replace(f"{{{value}}}", values[value])
        path = root / name
        folder_of(path.parent)
        if not path.exists() or path.read_text() != text:
            draft = path.with_name(f".{path.name}")
            # Each server reads under an account of its own: who may read is decided by who has the volume.
            write(draft, text, mode=0o444)
            draft.replace(path)


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python deploy/make_secrets.py FOLDER")
    make(Path(sys.argv[1]))
