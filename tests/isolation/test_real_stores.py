"""The same play with a real search index behind it, which forgets, lags and is shared by both organisations."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.retrieve import read_again
from ingestion import earlier, pipeline, purging, receipts
from ingestion.access import readable_collections
from ingestion.index import run_async
from ingestion.store import IndexEntry, VectorStore, open_store
from tests.isolation.model import TENANTS, tenant_of
from tests.isolation.test_isolation import SEED, STEPS, STEPS_OF_ALL, TRAVELLER, log_book, undone  # noqa: F401
from tests.isolation.words import facts_of
from tests.isolation.world import Upload, World

DIMENSION = 8
PLAYS = max(1, STEPS_OF_ALL // 1000)


class IndexedWorld(World):
    store: ClassVar[VectorStore]  # not part of what is copied and undone: it keeps what never came to be
    found: ClassVar[int] = 0

    def read(self, upload: Upload) -> None:
        super().read(upload)
        place = self.place(upload.version)
        entries = [
            IndexEntry(row.id, row.version_id, self.collections[place], "", row.text, vector(row.text))
            for row in upload.passages
        ]
        run_async(self.store.upsert(self.tenants[tenant_of(place)], entries))

    def place(self, version: UUID) -> str:
        return self.model.papers[self.model.versions[version]].collection


def vector(text: str) -> list[float]:
    random = Random(text)
    return [random.random() for _ in range(DIMENSION)]


@pytest.fixture(scope="module", params=["lance", "weaviate"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "lance":
        yield request.param
        return
    server = request.getfixturevalue("weaviate")
    with override_settings(**server.settings):
        yield request.param
        run_async(open_store("isolation", DIMENSION).drop())


@pytest.fixture
def indexed(kind: str, db, log_book, settings, monkeypatch, tmp_path) -> IndexedWorld:
    settings.QUESTIONS_PER_MINUTE = 1_000_000
    settings.EARLIER_VERSIONS_KEPT = 1_000_000
    IndexedWorld.store, IndexedWorld.found = open_store("isolation", DIMENSION, root=tmp_path), 0
    for module in (earlier, pipeline, purging, receipts):
        monkeypatch.setattr(module, "active_store", lambda: IndexedWorld.store)
    return IndexedWorld()


@pytest.mark.timeout(600)
@settings(
    max_examples=PLAYS,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(st.tuples(STEPS, TRAVELLER, SEED), min_size=25, max_size=25))
def test_nobody_finds_a_word_that_they_may_not_read(indexed: IndexedWorld, script: list[Any]) -> None:
    with undone():
        world = copy.deepcopy(indexed)
        for (step, *what), person, seed in script:
            getattr(world, step)(*what)
            for who in (person, "alice"):
                for tenant in TENANTS:
                    search(world, who, tenant, Random(seed))
    assert IndexedWorld.found, "The index was never asked for what it holds."


def search(world: IndexedWorld, person: str, tenant: str, random: Random) -> None:
    """For a word of any document there ever was, by its word and its vector."""
    member = world.member(person, tenant)
    if member is None:
        return
    _, text = random.choice(list(world.model.passages.values()))
    readable = world.model.passages_of(person, tenant)
    with world.scope(tenant):
        hits = run_async(
            world.store.search(
                world.tenants[tenant], collections=readable_collections(member), text=text[:200],
                vector=vector(text), limit=20,
            )
        )  # fmt: skip
        found = read_again(hits, member=member, limit=20)
    own = {key for key, (at, _) in world.model.passages.items() if tenant_of(world.place(at)) == tenant}
    assert {hit.passage for hit in hits if hit.passage in world.model.passages} <= own
    assert {passage.id for passage in found} <= readable
    allowed = {fact for key in readable for fact in facts_of(world.model.passages[key][1])}
    assert facts_of(str(found)) <= allowed
    IndexedWorld.found += len(found)
