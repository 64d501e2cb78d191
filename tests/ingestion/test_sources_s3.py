"""A bucket on a real object store."""

import boto3
import pytest

from ingestion.sources.connectors.s3 import Bucket
from ingestion.sources.errors import AddressRefused, SourceError, Unreachable
from tests.ingestion.test_sources_web import Memory, run


@pytest.fixture
def store(object_store, settings):
    settings.SOURCES_ALLOWED_PORTS = [object_store.port]
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    folder = object_store.folder / "data" / object_store.bucket / "sources"
    folder.mkdir(exist_ok=True)
    yield object_store
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def put(store, name: str, body: bytes) -> None:
    client = boto3.client(
        "s3", endpoint_url=store.settings["S3_ENDPOINT_URL"], region_name="us-east-1",
        aws_access_key_id=store.key, aws_secret_access_key=store.secret,
    )  # fmt: skip
    client.put_object(Bucket=store.bucket, Key=name, Body=body)


def bucket(store, *, secret: str | None = None, **options) -> Bucket:
    defaults = {
        "bucket": store.bucket, "key_prefix": "sources/", "endpoint": store.settings["S3_ENDPOINT_URL"],
        "region": "us-east-1", "access_key": store.key,
    }  # fmt: skip
    return Bucket(defaults | options, secret=store.secret if secret is None else secret)


def test_objects_below_the_prefix_are_taken_and_changes_noticed(store) -> None:
    put(store, "sources/a b/ü.txt", b"one")
    put(store, "sources/b.txt", b"two")
    put(store, "elsewhere.txt", b"not this")
    memory = Memory()
    first = run(bucket(store), memory)
    assert first.items == {"sources/a b/ü.txt": b"one", "sources/b.txt": b"two"}
    put(store, "sources/b.txt", b"two, changed")
    again = run(bucket(store), memory)
    assert again.found["sources/b.txt"].fingerprint != first.found["sources/b.txt"].fingerprint
    assert again.found["sources/a b/ü.txt"].fingerprint == first.found["sources/a b/ü.txt"].fingerprint


def test_many_objects_come_page_by_page(store, monkeypatch) -> None:
    for n in range(5):
        put(store, f"sources/{n}.txt", b"x%d" % n)
    monkeypatch.setattr(
        Bucket, "_where", lambda self: {"Bucket": store.bucket, "Prefix": "sources/", "MaxKeys": 2}
    )
    assert len(run(bucket(store), Memory()).items) == 5


def test_connection_test_counts(store) -> None:
    put(store, "sources/a.txt", b"one")
    assert bucket(store).check() == "The bucket can be read. Objects in it below this prefix: 1."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bucket": "missing-bucket"}, "no bucket"),
        ({"secret": "wrong"}, "does not fit"),
        ({"access_key": "unknown"}, "does not know|refused this"),
    ],
)
def test_what_is_wrong_is_said(options, words, store) -> None:
    with pytest.raises(SourceError, match=words):
        bucket(store, **options).check()


def test_too_large_object_is_not_fetched(store, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 2000
    put(store, "sources/large.txt", bytes(3000))
    (event,) = bucket(store).changes(Memory())
    with pytest.raises(SourceError, match="larger"), event.open():
        pass


def test_private_address_is_refused_as_for_a_website(store, settings) -> None:
    settings.SOURCES_ALLOWED_NETWORKS = []
    with pytest.raises(AddressRefused, match="private network"):
        bucket(store).check()


@pytest.mark.parametrize("endpoint", ["http://169.254.169.254", "http://localhost:1", "ftp://x"])
def test_odd_address_is_refused(endpoint, store) -> None:
    with pytest.raises(SourceError):
        bucket(store, endpoint=endpoint).check()


def test_without_keys_none_of_the_servers_own_are_used(store, monkeypatch) -> None:
    """An organisation must not read with the rights of the installation."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.secret)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match="refuses access"):
        bucket(store, access_key="").check()


def test_storage_that_is_away_is_said(store, settings) -> None:
    settings.SOURCES_ALLOWED_PORTS = [9]
    with pytest.raises(Unreachable, match="does not answer"):
        bucket(store, endpoint="http://127.0.0.1:9").check()
