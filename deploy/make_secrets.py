#!/usr/bin/env python3
"""Makes every secret of the production stack: `python deploy/make_secrets.py /secrets [--rotate NAME]`.

`kept/` holds the secrets themselves, each made once and kept until it is rotated. The other folders hold what one
service each may read, and are written anew from `kept/` at every run. Every folder is a volume of its own, so that a
service never sees another's.
"""

import argparse
import os
import secrets
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
    "metrics-token",
)

# Of these the earlier ones still count, newest first, until `--forget NAME`.
WITH_FALLBACKS = ("secret-key", "encryption-key")

# The file that a service reads, and what stands in it.
FILES = {
    "app/secret-key": "{secret-key}",
    "app/encryption-key": "{encryption-key}",
    "app/secret-key-fallbacks": "{secret-key-fallbacks}",
    "app/encryption-key-fallbacks": "{encryption-key-fallbacks}",
    "app/database-url": "postgres://colloquy:{database-password}@postgres:5432/colloquy",
    "app/redis-url": "redis://:{redis-password}@redis:6379/0",
    "app/channel-layer-url": "redis://:{redis-password}@redis:6379/1",
    "app/cache-url": "redis://:{redis-password}@redis:6379/2",
    "app/weaviate-api-key": "{weaviate-api-key}",
    "app/embedding-key": "{embedding-key}",
    "app/metrics-token": "{metrics-token}",
    "owner/database-owner-url": "postgres://owner:{owner-password}@postgres:5432/colloquy",
    "postgres/password": "{owner-password}",
    "redis/valkey.conf": "requirepass {redis-password}",
    "weaviate/api-key": "{weaviate-api-key}",
    "embedder/key": "{embedding-key}",
}


def kept(folder: Path, name: str) -> str:
    """The secret of this name, made when it is not there."""
    path = folder / name
    if not path.exists():
        put(path, "".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), mode=0o400)
    return path.read_text()


def fallbacks(folder: Path, name: str) -> str:
    path = folder / f"{name}-fallbacks"
    return path.read_text() if path.exists() else ""


def rotate(folder: Path, name: str) -> None:
    """A new secret at the next look; an earlier one that still counts is remembered first."""
    path = folder / name
    if name in WITH_FALLBACKS and path.exists():
        earlier = fallbacks(folder, name).split(",") if fallbacks(folder, name) else []
        put(folder / f"{name}-fallbacks", ",".join([path.read_text(), *earlier]), mode=0o400)
    path.unlink(missing_ok=True)


def put(path: Path, text: str, *, mode: int) -> None:
    """All at once: a machine that stops half way leaves no short secret behind."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
    draft.replace(path)


def make(root: Path) -> None:
    folder = folder_of(root / "kept")
    values = {name: kept(folder, name) for name in NAMES}
    values |= {f"{name}-fallbacks": fallbacks(folder, name) for name in WITH_FALLBACKS}
    for name, template in FILES.items():
        text = template
        for value in values:
            text = text.replace(f"{{{value}}}", values[value])
        path = root / name
        folder_of(path.parent)
        if not path.exists() or path.read_text() != text:
            # Each server reads under an account of its own: who may read is decided by who has the volume.
            put(path, text, mode=0o444)


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Make what is missing of the production stack's secrets.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rotate", choices=NAMES, help="make this one anew")
    parser.add_argument("--forget", choices=WITH_FALLBACKS, help="let its earlier ones no longer count")
    options = parser.parse_args()
    folder = folder_of(options.folder / "kept")
    if options.rotate:
        rotate(folder, options.rotate)
    if options.forget:
        (folder / f"{options.forget}-fallbacks").unlink(missing_ok=True)
    make(options.folder)


if __name__ == "__main__":
    main()
