"""Originals in S3-compatible object storage: private objects, and links to them that hold for a minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from ingestion.errors import StorageUnavailable

LINK_SECONDS = 60
IN_MEMORY = 4 * 2**20  # of a file on its way; the rest is on disk
CLIENT = {"connect_timeout": 3, "read_timeout": 30, "retries": {"max_attempts": 3, "mode": "standard"}}


class S3Originals(S3Storage):  # type: ignore[misc]
    """Raises StorageUnavailable when the storage does not answer or refuses, and FileNotFoundError as files do."""

    def get_default_settings(self) -> dict[str, Any]:
        # Stores other than AWS's own are named by their address, and keep buckets in the path.
        style = "path" if settings.S3_ENDPOINT_URL else "auto"
        ours: dict[str, Any] = {
            "bucket_name": settings.S3_BUCKET,
            "endpoint_url": settings.S3_ENDPOINT_URL or None,
            "region_name": settings.S3_REGION or None,
            "access_key": settings.S3_ACCESS_KEY_ID or None,
            "secret_key": settings.S3_SECRET_ACCESS_KEY or None,
            "default_acl": None,
            "max_memory_size": IN_MEMORY,
            "client_config": Config(signature_version="s3v4", s3={"addressing_style": style}, **CLIENT),
        }
        return {**super().get_default_settings(), **ours}

    def link(
        self, name: str, *, file_name: str, media_type: str = "application/octet-stream", shown: bool = False
    ) -> str:
        """An address that gives the object to whoever holds it, for a minute: to be saved, or `shown`."""
        outside = S3Originals(endpoint_url=settings.S3_PUBLIC_ENDPOINT_URL)
        said = {
            "ResponseContentDisposition": (
                f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(file_name, safe='')}"
            ),
            "ResponseContentType": media_type,
            "ResponseCacheControl": "private, no-store",
        }
        return str(outside.url(name, parameters=said, expire=LINK_SECONDS))

    def _save(self, name: str, content: Any) -> str:
        with answering():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with answering():
            return super()._open(name, mode)

    def part(self, name: str, first: int, last: int) -> Any:
        """Bytes `first` to `last` of an object, as a stream that is to be closed."""
        try:
            with answering():
                found = self.bucket.Object(self._normalize_name(clean_name(name)))
                return found.get(Range=f"bytes={first}-{last}")["Body"]
        except StorageUnavailable as error:
            said = getattr(error.__cause__, "response", {}).get("Error", {})
            if said.get("Code") == "NoSuchKey":
                raise FileNotFoundError(name) from error
            raise

    def exists(self, name: str) -> bool:
        with answering():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with answering():
            super().delete(name)

    def sizes(self, beginning: str) -> list[tuple[str, int]]:
        """The objects whose names begin so, with their sizes, from the bucket's own list."""
        with answering():
            return [(o.key, o.size) for o in self.bucket.objects.filter(Prefix=beginning)]

    def listdir(self, path: str) -> Any:
        with answering():
            return super().listdir(path)


@contextmanager
def answering() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise StorageUnavailable(f"{REFUSED} ({error.response['Error'].get('Code', 'no code')})") from error
    except BotoCoreError as error:
        raise StorageUnavailable(AWAY) from error


AWAY = "The file storage does not answer. It will be tried again."
REFUSED = "The file storage refused this. Check S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY"
