"""What only Weaviate can do: be down, refuse a key, refuse an object, come back."""

import asyncio
import io
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.services import Weaviate
from ingestion import pipeline, sweeper
from ingestion.actions import accept_upload
from ingestion.claims import MAX_ATTEMPTS
from ingestion.errors import StoreUnavailable
from ingestion.models import Status
from ingestion.store import open_store
from ingestion.store.breaker import FAILURES, REST_SECONDS, Breaker
from ingestion.store.tokens import tokens
from tenants.access import require_member
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.ingestion.test_store_contract import passage, towards
from tests.services import service

DIMENSION = 8
run = asyncio.run


@pytest.fixture(scope="module")
def own_weaviate(server_folder) -> Iterator[Weaviate]:
    """A server that these tests may kill."""
    with service(Weaviate, server_folder / "weaviate-to-kill") as server:
        yield server


@pytest.fixture
def store(own_weaviate, monkeypatch):
    from ingestion.store import weaviate_connection

    monkeypatch.setattr(weaviate_connection, "_breaker", Breaker())
    with override_settings(**own_weaviate.settings):
        yield open_store("weaviate-alone", DIMENSION)


def search(store, tenant, collection, text="leave"):
    return run(store.search(tenant, collections=[collection], text=text, vector=towards(0), limit=10))


def test_what_was_written_survives_a_kill(store, own_weaviate):
    tenant, collection, version = uuid4(), uuid4(), uuid4()
    entries = [passage(f"annual leave {n}", collection, version=version) for n in range(500)]
    run(store.upsert(tenant, entries))
    own_weaviate.kill()
    own_weaviate.start()
    assert run(store.passages_of(tenant, version)) == {entry.passage for entry in entries}
    assert len(search(store, tenant, collection)) == 10


def test_search_fails_in_words_while_it_is_down_and_goes_on_when_it_is_back(store, own_weaviate):
    tenant, collection = uuid4(), uuid4()
    run(store.upsert(tenant, [passage("annual leave", collection)]))

    async def through_an_outage() -> None:
        """On one loop, and so with one client, as in a web process."""

        async def find() -> int:
            return len(
                await store.search(tenant, collections=[collection], text="leave", vector=None, limit=5)
            )

        assert await find() == 1
        await asyncio.to_thread(own_weaviate.kill)
        for _ in range(FAILURES + 2):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await find()
        for write in (
            store.upsert(tenant, [passage("sick leave", collection)]),
            store.delete_version(tenant, uuid4()),
            store.passages_of(tenant, uuid4()),
            store.tenants(),
        ):
            with pytest.raises(StoreUnavailable):
                await write
        await asyncio.to_thread(own_weaviate.start)
        until = time.monotonic() + 60
        while True:
            try:
                assert await find() == 1
                return
            except StoreUnavailable:
                assert time.monotonic() < until
                await asyncio.sleep(0.2)

    run(through_an_outage())


def test_a_wrong_key_is_named(store):
    with (
        override_settings(WEAVIATE_API_KEY="wrong"),
        pytest.raises(StoreUnavailable, match="WEAVIATE_API_KEY"),
    ):
        search(store, uuid4(), uuid4())
    with override_settings(WEAVIATE_API_KEY=""), pytest.raises(StoreUnavailable, match="WEAVIATE_API_KEY"):
        run(store.upsert(uuid4(), [passage("leave", uuid4())]))


@pytest.mark.django_db(transaction=True)
def test_idle_organisations_rest_and_used_ones_do_not(store, acme, globex, monkeypatch):
    collection = uuid4()
    for tenant in (acme.id, globex.id):
        run(store.upsert(tenant, [passage("leave", collection)]))
    Tenant.objects.filter(pk=acme.id).update(last_used="2020-01-01T00:00Z")
    from tenants import usage

    usage._noted.clear()
    usage.note_use(globex.id)
    monkeypatch.setattr(sweeper, "active_store", lambda: store)
    sweeper.rest_idle_tenants()
    awake = {name for name, t in run(store._tenants()).items() if t.activity_status.value == "ACTIVE"}
    assert globex.id.hex in awake
    assert acme.id.hex not in awake
    assert len(search(store, acme.id, collection)) == 1


def test_documents_wait_for_an_outage_however_often_they_are_tried(
    store, own_index, own_weaviate, acme, alice, handbook
):
    with tenant_scope(acme.id):
        member = require_member(alice.id, tenant=acme.id)
        file = io.BytesIO(b"Every parent gets 16 weeks of leave.")
        version = accept_upload(file, name="a.txt", collection=handbook, member=member, send=False).version
        own_weaviate.kill()
        for _ in range(MAX_ATTEMPTS + 2):
            pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert (version.status, version.attempts) == (Status.QUEUED, 0)
        assert "cannot be reached" in version.error
        own_weaviate.start()
        until = time.monotonic() + 60
        while version.status != Status.READY:
            assert time.monotonic() < until
            pipeline.ingest(version.pk)
            version.refresh_from_db()
        assert version.error == ""
        assert version.passage_count == 1


def test_breaker_opens_after_failures_in_a_row_and_tries_one_call_at_a_time():
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(FAILURES - 1):
        breaker.failed()
    assert breaker.admits()
    breaker.succeeded()
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.failed()
    assert not breaker.admits()
    now[0] += REST_SECONDS
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.failed()
    assert not breaker.admits()
    now[0] += REST_SECONDS
    assert breaker.admits()
    breaker.succeeded()
    assert [breaker.admits() for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The café's policies", ["cafe", "s", "polici"]),
        ("Hauptstraße", ["hauptstrass"]),
        ("年假政策", ["年假", "假政", "政策"]),
        ("HR_12, E-4711", ["hr", "12", "e", "4711"]),
        ("ﬁle ①", ["file", "1"]),
        ("\x00 \ud83d 🎉", []),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@given(st.text())
def test_any_text_becomes_tokens_without_spaces_that_stay_as_they_are_found(text):
    found = tokens(text)
    assert all(token and not any(c.isspace() for c in token) for token in found)
    assert found == tokens(text.upper()) or "ß" in text or not text.isascii()
