"""A bucket of S3-compatible storage, or what lies below a prefix of it.

boto3 signs, pages and understands; the requests themselves go out through `safe_http`, which checks where to.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.session import Session as BotoSession
from django import forms
from django.conf import settings

from ingestion.sources import safe_http
from ingestion.sources.connector import Connector, Event, Item, Session, Settings
from ingestion.sources.errors import AddressRefused, SourceError, TooMuch, Unreachable
from ingestion.sources.safe_http import Limits

SECONDS = 300.0
# No profile, no file of keys and no setting of the user that this process runs as.
APART = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
REFUSALS = {
    "NoSuchBucket": "There is no bucket of this name.",
    "AccessDenied": "The storage refuses access. Check the keys, and whether they may list and read this bucket.",
    "InvalidAccessKeyId": "The storage does not know this access key.",
    "SignatureDoesNotMatch": "The secret key does not fit the access key. Enter it again.",
}


class S3Settings(Settings):
    bucket = forms.CharField(max_length=63)
    key_prefix = forms.CharField(
        required=False, label="Prefix", help_text="Only what begins so, such as policies/2026/. Empty: all."
    )
    endpoint = forms.URLField(
        required=False,
        assume_scheme="https",
        label="Address of the storage",
        help_text="Empty for Amazon's own.",
    )
    region = forms.CharField(required=False, initial="us-east-1")
    access_key = forms.CharField(required=False, help_text="Empty for a bucket that everyone may read.")
    secret_key = forms.CharField(required=False)

    def clean_endpoint(self) -> str:
        try:
            address = self.cleaned_data["endpoint"].rstrip("/")
            return safe_http.place_of(address).origin if address else ""
        except AddressRefused as error:
            raise forms.ValidationError(error.sentence) from error


class Bucket(Connector):
    kind = "s3"
    label = "S3 bucket"
    description = "Objects of Amazon S3, MinIO, Ceph and others, all or below a prefix."
    icon = "cloud"
    Settings = S3Settings
    secret_field = "secret_key"  # noqa: S105  the name of a field
    secret_is_for = ("endpoint", "access_key")

    def check(self) -> str:
        with plainly():
            found = self._client().list_objects_v2(**self._where(), MaxKeys=100)
        count, more = found["KeyCount"], " or more" if found["IsTruncated"] else ""
        return f"The bucket can be read. Objects in it below this prefix: {count}{more}."

    def changes(self, session: Session) -> Iterator[Event]:
        client = self._client()
        pages = iter(client.get_paginator("list_objects_v2").paginate(**self._where()))
        while True:
            session.pause()
            with plainly():
                page = next(pages, None)
            if page is None:
                return
            for found in page.get("Contents", []):
                key = found["Key"]
                if not key.endswith("/") and found["Size"]:
                    yield Item(
                        key, key, found["ETag"].strip('"'), partial(opened, client, self._bucket, found)
                    )

    @property
    def _bucket(self) -> str:
        return str(self.options["bucket"])

    def _where(self) -> dict[str, str]:
        return {"Bucket": self._bucket, "Prefix": self.options.get("key_prefix", "")}

    def _client(self) -> Any:
        """Knows nothing but the options: no key, profile or address of the server's own environment."""
        key, endpoint = self.options.get("access_key"), self.options.get("endpoint")
        config = Config(
            signature_version="s3v4" if key else UNSIGNED,
            s3={"addressing_style": "path" if endpoint else "auto"},
            ignore_configured_endpoint_urls=True,
            retries={"max_attempts": 2, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with plainly():
            client = BotoSession(session_vars=APART).create_client(
                "s3",
                region_name=self.options.get("region") or "us-east-1",
                endpoint_url=endpoint or None,
                # Something, since nothing would have botocore look for keys of the machine.
                aws_access_key_id=key or "none",
                aws_secret_access_key=self.secret if key else "none",
                config=config,
            )
        client.meta.events.register("before-send.s3", send)
        return client


def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """In place of botocore's own connection. One that fails here is not tried elsewhere."""
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
        if name.lower() not in ("content-length", "user-agent", "host", "accept-encoding", "expect")
    }
    limits = Limits(bytes=settings.UPLOAD_MAX_BYTES, seconds=SECONDS)
    body: Any = SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115  read by botocore after this returns
    try:
        place = safe_http.place_of(request.url)
        with safe_http.request(
            place, limits=limits, method=request.method or "GET", headers=headers
        ) as answer:
            answer.save(body)
            return AWSResponse(request.url, answer.status, answer.headers, Raw(body))
    except SourceError as error:
        raise NotSent(error=error) from error


class NotSent(BotoCoreError):  # type: ignore[misc]
    """Not an HTTPClientError, which botocore would try again."""

    fmt = "{error}"


class Raw(io.RawIOBase):
    """A body as botocore reads it."""

    def __init__(self, body: BinaryIO) -> None:
        self.body = body

    def read(self, size: int | None = -1) -> bytes:
        return self.body.read(-1 if size is None else size)

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        while block := self.body.read(65536):
            yield block


@contextmanager
def opened(client: Any, bucket: str, found: dict[str, Any]) -> Iterator[BinaryIO]:
    """What was listed, and nothing that has been put in its place since."""
    if found["Size"] > settings.UPLOAD_MAX_BYTES:
        raise TooMuch(f"It is larger than {settings.UPLOAD_MAX_BYTES // 2**20} MB.")
    with plainly():
        answer = client.get_object(Bucket=bucket, Key=found["Key"], IfMatch=found["ETag"])
    with SpooledTemporaryFile(max_size=1024 * 1024) as file:
        for block in answer["Body"].iter_chunks(65536):
            file.write(block)
        file.seek(0)
        yield file  # type: ignore[misc]


@contextmanager
def plainly() -> Iterator[None]:
    try:
        yield
    except NotSent as error:
        raise error.kwargs["error"] from error
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise SourceError(
            REFUSALS.get(code, "The storage refused this. Check bucket, region and keys.")
        ) from error
    except (HTTPClientError, BotoCoreError, ValueError) as error:
        raise Unreachable(
            "The storage does not answer as one. Check its address and the bucket's name."
        ) from error
