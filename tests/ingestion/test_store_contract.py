"""What every vector store must do. A further store joins by a name in STORES and a line in `opened`."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from uuid import UUID, uuid4, uuid5

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.store import Held, IndexEntry, VectorStore, open_store
from tests.ingestion.store_writer import DIMENSION, PASSAGES, entries_of

STORES = ["lance", "weaviate"]
MANY = int(os.environ.get("STORE_PASSAGES", "20000"))  # a nightly run sets 100000
MODES = ["hybrid", "keyword", "vector"]

run = asyncio.run  # a loop of its own for each call, as Celery tasks have


@pytest.fixture(scope="module", params=STORES)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which store `open_store` opens, here and in processes started from here."""
    if request.param == "lance":
        yield request.param
        return
    server = request.getfixturevalue("weaviate")
    with override_settings(**server.settings), pytest.MonkeyPatch.context() as patch:
        for name, value in server.settings.items():
            patch.setenv(name, value)
        yield request.param
        run(open_store("test-model", DIMENSION).drop())


@pytest.fixture
def reopen(kind: str, tmp_path: Path) -> Callable[[], VectorStore]:
    """The same store as a process that has just started would open it."""
    return lambda: open_store("test-model", DIMENSION, root=tmp_path)


@pytest.fixture
def store(reopen: Callable[[], VectorStore]) -> VectorStore:
    return reopen()


@pytest.fixture(scope="module")
def shared(kind: str, tmp_path_factory: pytest.TempPathFactory) -> VectorStore:
    """One store for many examples, each with tenants of its own."""
    return open_store("test-model", DIMENSION, root=tmp_path_factory.mktemp("index"))


@pytest.fixture
def acme() -> UUID:
    return uuid4()


@pytest.fixture
def globex() -> UUID:
    return uuid4()


@pytest.fixture
def handbook() -> UUID:
    return uuid4()


def towards(axis: int, *, also: int | None = None) -> list[float]:
    vector = [0.0] * DIMENSION
    vector[axis] = 1.0
    if also is not None:
        vector[also] = 0.5
    return vector


def passage(
    text: str,
    collection: UUID,
    *,
    version: UUID | None = None,
    title: str = "",
    vector: list[float] | None = None,
) -> IndexEntry:
    return IndexEntry(uuid4(), version or uuid4(), collection, title, text, vector or towards(0))


def ids(entries):
    return {entry.passage for entry in entries}


def found(store, tenant, *collections, text="leave", vector=None, limit=50, mode="keyword"):
    hits = run(
        store.search(tenant, collections=collections, text=text, vector=vector, limit=limit, mode=mode)
    )
    return [hit.passage for hit in hits]


@pytest.mark.parametrize("mode", MODES)
def test_new_passages_are_found_at_once(store, acme, handbook, mode):
    entries = [passage("annual leave", handbook), passage("parental leave", handbook)]
    run(store.upsert(acme, entries))
    assert set(found(store, acme, handbook, vector=towards(0), mode=mode)) == ids(entries)


@pytest.mark.parametrize("mode", MODES)
def test_tenant_never_written_to_is_empty(store, acme, handbook, mode):
    assert found(store, acme, handbook, vector=towards(0), mode=mode) == []
    assert run(store.passages_of(acme, uuid4())) == set()
    run(store.delete_version(acme, uuid4()))
    run(store.delete_passages(acme, [uuid4()]))
    run(store.move_version(acme, uuid4(), collection=handbook))
    run(store.maintain(acme))
    run(store.drop_tenant(acme))


def test_nothing_asked_or_written_is_no_error(store, acme, handbook):
    run(store.upsert(acme, []))
    run(store.delete_passages(acme, []))
    run(store.upsert(acme, [passage("annual leave", handbook)]))
    assert found(store, acme, vector=towards(0), mode="hybrid") == []
    assert found(store, acme, handbook, limit=0) == []
    assert found(store, acme, handbook, text="") == found(store, acme, handbook, text=" \n\t") == []
    assert found(store, acme, handbook, vector=[0.0] * DIMENSION, mode="vector") == []


def test_writing_twice_keeps_one_passage_with_the_last_text(store, acme, handbook):
    version = uuid4()
    first = [passage(f"annual leave {n}", handbook, version=version) for n in range(3)]
    changed = IndexEntry(first[0].passage, version, handbook, "", "parking places", towards(3))
    run(store.upsert(acme, first))
    run(store.upsert(acme, first))
    run(store.upsert(acme, [changed, passage("a new one", handbook, version=version)]))
    assert len(found(store, acme, handbook, text="annual")) == 2
    assert found(store, acme, handbook, text="parking") == [changed.passage]
    assert found(store, acme, handbook, vector=towards(3), mode="vector")[0] == changed.passage
    assert len(run(store.passages_of(acme, version))) == 4


def test_writing_what_was_taken_for_new_and_is_there_finds_it_once_and_deletes_it_whole(
    store, acme, handbook
):
    version = uuid4()
    entries = [passage(f"annual leave {n}", handbook, version=version) for n in range(3)]
    run(store.upsert(acme, entries, fresh=True))
    run(store.upsert(acme, entries, fresh=True))
    for mode in MODES:
        assert sorted(found(store, acme, handbook, text="annual", vector=towards(0), mode=mode)) == sorted(
            e.passage for e in entries
        )
    assert run(store.passages_of(acme, version)) == {e.passage for e in entries}
    run(store.upsert(acme, entries))
    assert len(found(store, acme, handbook, text="annual")) == 3
    run(store.delete_version(acme, version))
    assert found(store, acme, handbook, text="annual") == []
    assert run(store.evidence(acme, [version])).entries == 0


def test_same_passage_twice_in_one_write_is_kept_once(store, acme, handbook):
    entry = passage("annual leave", handbook)
    run(store.upsert(acme, [entry, entry]))
    assert found(store, acme, handbook) == [entry.passage]


@pytest.mark.parametrize("tidied", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_deleted_version_is_gone_and_others_stay(store, acme, handbook, mode, tidied):
    old, new = uuid4(), uuid4()
    gone = [passage(f"annual leave {n}", handbook, version=old) for n in range(4)]
    kept = [passage(f"sick leave {n}", handbook, version=new) for n in range(3)]
    run(store.upsert(acme, gone + kept))
    if tidied:
        run(store.maintain(acme))
    run(store.delete_version(acme, old))
    assert set(found(store, acme, handbook, vector=towards(0), mode=mode)) == ids(kept)
    assert run(store.passages_of(acme, old)) == set()
    assert run(store.passages_of(acme, new)) == ids(kept)
    run(store.maintain(acme))
    assert set(found(store, acme, handbook, vector=towards(0), mode=mode)) == ids(kept)


def test_single_passages_are_deleted(store, acme, handbook):
    version = uuid4()
    entries = [passage("leave", handbook, version=version) for _ in range(3)]
    run(store.upsert(acme, entries))
    run(store.delete_passages(acme, [entries[0].passage, uuid4()]))
    assert run(store.passages_of(acme, version)) == ids(entries[1:])
    assert set(found(store, acme, handbook)) == ids(entries[1:])


@pytest.mark.parametrize("mode", MODES)
def test_only_the_collections_asked_for_are_searched(store, acme, handbook, mode):
    salaries, empty = uuid4(), uuid4()
    public = [passage("leave", handbook) for _ in range(3)]
    # Nearer and better matching than all that may be read: a filter after the ranking would find nothing.
    secret = [passage("leave leave leave", salaries, vector=towards(1)) for _ in range(150)]
    run(store.upsert(acme, public + secret))
    assert set(found(store, acme, handbook, vector=towards(1), mode=mode, limit=3)) == ids(public)
    assert found(store, acme, empty, vector=towards(1), mode=mode) == []
    both = found(store, acme, handbook, salaries, vector=towards(1), mode=mode, limit=5)
    assert len(both) == 5
    assert set(both) <= ids(public + secret)


@pytest.mark.parametrize("tidied", [False, True])
def test_moved_version_is_found_in_its_new_collection_only(store, acme, handbook, tidied):
    archive, version = uuid4(), uuid4()
    moved = [passage(f"leave {n}", handbook, version=version) for n in range(3)]
    stays = passage("leave", handbook)
    run(store.upsert(acme, [*moved, stays]))
    if tidied:
        run(store.maintain(acme))
    run(store.move_version(acme, version, collection=archive))
    for mode in MODES:
        assert found(store, acme, handbook, vector=towards(0), mode=mode) == [stays.passage]
        assert set(found(store, acme, archive, vector=towards(0), mode=mode)) == ids(moved)


def test_dropped_tenant_is_gone_and_can_begin_again(store, reopen, acme, globex, handbook):
    other, version = reopen(), uuid4()
    run(store.upsert(acme, [passage("leave", handbook, version=version)]))
    run(store.upsert(globex, [passage("leave", handbook)]))
    assert len(found(other, acme, handbook)) == 1
    run(store.drop_tenant(acme))
    assert found(other, acme, handbook) == found(store, acme, handbook) == []
    assert run(other.passages_of(acme, version)) == set()
    again = passage("parental leave", handbook)
    run(store.upsert(acme, [again]))
    for each in (store, other):
        assert found(each, acme, handbook) == [again.passage]
        assert found(each, acme, handbook, vector=towards(0), mode="vector") == [again.passage]
        assert len(found(each, globex, handbook)) == 1


def test_hybrid_puts_what_both_find_first(store, acme, handbook):
    both = passage("parental leave lasts sixteen weeks", handbook, vector=towards(1))
    by_words = passage("parental leave lasts long", handbook, vector=towards(5))
    by_sense = passage("time off after a birth", handbook, vector=towards(1, also=2))
    neither = passage("parking places", handbook, vector=towards(7))
    run(store.upsert(acme, [neither, by_sense, by_words, both]))
    ask = {"text": "how many weeks of parental leave", "vector": towards(1)}
    hybrid = found(store, acme, handbook, mode="hybrid", **ask)
    assert hybrid[0] == both.passage
    assert set(hybrid[:3]) == {both.passage, by_words.passage, by_sense.passage}
    assert found(store, acme, handbook, mode="keyword", **ask) == [both.passage, by_words.passage]
    assert found(store, acme, handbook, mode="vector", **ask)[:2] == [both.passage, by_sense.passage]


def test_scores_fall(store, acme, handbook):
    entries = [
        passage("leave " * n + "word " * (9 - n), handbook, vector=towards(0, also=n % 8)) for n in range(8)
    ]
    run(store.upsert(acme, entries))
    ask = {"collections": [handbook], "text": "leave", "vector": towards(0), "limit": 20}
    for mode in MODES:
        hits = run(store.search(acme, mode=mode, **ask))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert hits
    best = run(store.search(acme, mode="vector", **ask))[0]
    assert best.score == pytest.approx(1.0, abs=1e-5), "vectors of one direction have cosine 1"


def test_ties_come_in_the_order_of_ids(store, acme, handbook):
    entries = [passage("leave", handbook) for _ in range(20)]
    run(store.upsert(acme, entries))
    for mode in MODES:
        assert found(store, acme, handbook, vector=towards(0), mode=mode) == sorted(ids(entries))


def test_hybrid_without_a_vector_searches_by_keyword(store, acme, handbook):
    leave, _ = entries = [passage("annual leave", handbook), passage("parking", handbook)]
    run(store.upsert(acme, entries))
    assert found(store, acme, handbook, text="leave", vector=None, mode="hybrid") == [leave.passage]


def test_limit_is_kept_beyond_the_usual_depth(store, acme, handbook):
    run(store.upsert(acme, [passage("leave", handbook) for _ in range(300)]))
    for mode in MODES:
        assert len(found(store, acme, handbook, vector=towards(0), mode=mode, limit=250)) == 250
        assert len(found(store, acme, handbook, vector=towards(0), mode=mode, limit=7)) == 7


def test_title_words_are_found(store, acme, handbook):
    entry = passage("Sixteen weeks.", handbook, title="Handbook > Parental leave")
    run(store.upsert(acme, [entry, passage("Twelve places.", handbook, title="Parking")]))
    assert found(store, acme, handbook, text="parental") == [entry.passage]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The policies for employees", "employee policy"),
        ("RESERVE A DESK", "desk"),
        ("Das Café in der Hauptstraße", "cafe hauptstrasse"),
        ("Отпуск оформляется заранее", "отпуск"),
        ("休暇の申請は二週間前までに行う", "休暇申請の方法"),
        ("员工年假政策", "年假"),
        ("휴가 신청 방법", "휴가"),
        ("طلب إجازة سنوية", "إجازة"),
        ("Error code E-4711 in form HR_12", "what is E-4711"),
        ("Write to payroll@acme.example", "payroll@acme.example"),
        ("Version 3.2 of node.js", "node.js 3.2"),
    ],
)
def test_words_are_found_in_other_forms_and_scripts(store, acme, handbook, text, question):
    entry = passage(text, handbook)
    run(store.upsert(acme, [entry, passage("Something else altogether", handbook)]))
    assert found(store, acme, handbook, text=question) == [entry.passage]
    run(store.maintain(acme))
    assert found(store, acme, handbook, text=question) == [entry.passage]


@pytest.mark.parametrize(
    "text",
    [
        '"annual leave"', "leave AND NOT (sick", "+leave -sick", "text:leave*", "leave^2~", "'; DROP TABLE x; --", "\\",
        "%s {} [] $1", "🎉👩‍👩‍👧 leave", "leave\x00leave", "\ud83d leave", "the of and", "?", "leave " * 700,
        "".join(chr(0x4E00 + n) for n in range(4000)), "a" * 4000, "\u202eleave", "NULL", "*:*",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["keyword", "hybrid"])
def test_any_text_can_be_asked(store, acme, handbook, text, mode):
    entry = passage("annual leave", handbook)
    run(store.upsert(acme, [entry]))
    expected = [entry.passage] if mode == "hybrid" or "leave" in text else []
    assert found(store, acme, handbook, text=text, vector=towards(0), mode=mode) == expected


def test_any_text_can_be_stored(store, acme, handbook):
    texts = ["", "\x00", "\ud83d", "'); DELETE", "word " * 50_000, "x" * 100_000, "👩‍👩‍👧", "\u202e"]
    entries = [passage(text, handbook, title=text[:50]) for text in texts]
    run(store.upsert(acme, entries))
    assert set(found(store, acme, handbook, vector=towards(0), mode="vector")) == ids(entries)


def test_ids_must_be_uuids(store, acme, handbook):
    run(store.upsert(acme, [passage("leave", handbook)]))
    with pytest.raises((TypeError, AttributeError)):
        found(store, acme, "x') OR ('1' = '1")
    with pytest.raises((TypeError, AttributeError)):
        run(store.delete_version(acme, "x') OR ('1' = '1"))
    assert len(found(store, acme, handbook)) == 1


def test_vector_of_another_length_is_refused(store, acme, handbook):
    with pytest.raises(ValueError):
        run(store.upsert(acme, [passage("leave", handbook, vector=[1.0, 2.0])]))
    run(store.upsert(acme, [passage("leave", handbook)]))
    with pytest.raises(ValueError):
        found(store, acme, handbook, vector=[1.0, 2.0], mode="hybrid")


def test_reopened_store_holds_what_was_written(store, reopen, acme, handbook):
    version = uuid4()
    entries = [passage("annual leave", handbook, version=version) for _ in range(3)]
    run(store.upsert(acme, entries))
    after = reopen()
    assert set(found(after, acme, handbook)) == run(after.passages_of(acme, version)) == ids(entries)


def test_open_stores_see_each_others_writes_at_once(store, reopen, acme, handbook):
    reader = reopen()
    for number in range(30):
        entry = passage(f"leave number{number}", handbook)
        run(store.upsert(acme, [entry]))
        assert found(reader, acme, handbook, text=f"number{number}") == [entry.passage]
        run(store.delete_version(acme, entry.version))
        assert found(reader, acme, handbook, text=f"number{number}") == []


def test_many_searches_at_once(store, acme, handbook):
    entries = [passage(f"leave number{n}", handbook) for n in range(32)]
    run(store.upsert(acme, entries))

    async def all_at_once():
        asks = [
            store.search(
                acme, collections=[handbook], text=f"number{n}", vector=None, limit=5, mode="keyword"
            )
            for n in range(32)
        ]
        return await asyncio.gather(*asks)

    assert [hits[0].passage for hits in run(all_at_once())] == [entry.passage for entry in entries]


def writer(root: Path, tenant: UUID, collection: UUID, versions: list[UUID]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.ingestion.store_writer", str(root)]
    return subprocess.Popen(
        [*command, tenant.hex, collection.hex, *(version.hex for version in versions)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen]]:
    started: list[subprocess.Popen] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_two_processes_write_while_a_third_reads(store, tmp_path, acme, handbook, processes):
    """Both begin with a tenant that does not exist; versions and their deletion never appear in halves."""
    groups = [[uuid5(acme, f"{group}-{n}") for n in range(15)] for group in "ab"]
    processes += [writer(tmp_path, acme, handbook, group) for group in groups]
    reads = 0
    while any(process.poll() is None for process in processes):
        assert len(set(hits := found(store, acme, handbook, text="common log", limit=500))) == len(hits)
        found(store, acme, handbook, vector=towards(0), mode="hybrid")
        reads += 1
    assert [process.returncode for process in processes] == [0, 0]
    assert reads > 0
    expected = {
        v: set() if n % 3 == 2 else ids(entries_of(v, handbook)) for g in groups for n, v in enumerate(g)
    }
    assert {version: run(store.passages_of(acme, version)) for version in expected} == expected
    everything = found(store, acme, handbook, text="common log", limit=500)
    assert sorted(everything) == sorted(set().union(*expected.values())), "each passage once"


def test_killed_writer_leaves_a_store_that_goes_on(store, tmp_path, acme, handbook, processes):
    versions = [uuid5(acme, str(n)) for n in range(400)]
    processes.append(writer(tmp_path, acme, handbook, versions))
    for _ in range(5):
        assert processes[0].stdout.readline()
    processes[0].kill()
    processes[0].wait()
    assert run(store.passages_of(acme, versions[0])) == ids(entries_of(versions[0], handbook))
    for version in versions[:8]:
        run(store.upsert(acme, entries_of(version, handbook)))
    run(store.maintain(acme))
    for version in versions[:8]:
        assert len(run(store.passages_of(acme, version))) == PASSAGES
    hits = found(store, acme, handbook, text="common log", limit=3000)
    assert len(hits) == len(set(hits)) >= 8 * PASSAGES


def test_ten_thousand_passages(store, acme, handbook):
    version, other, chance = uuid4(), uuid4(), Random(7)
    entries = [
        IndexEntry(
            uuid5(version, str(n)), version if n % 2 else other, handbook, "Long report", f"leave paragraph number{n}",
            [chance.gauss(0, 1) for _ in range(DIMENSION)],
        )
        for n in range(10_000)
    ]  # fmt: skip
    for start in range(0, len(entries), 2_000):
        run(store.upsert(acme, entries[start : start + 2_000]))
    assert run(store.passages_of(acme, version)) == ids(entries[1::2])
    assert found(store, acme, handbook, text="number9876") == [entries[9876].passage]
    run(store.maintain(acme))
    assert found(store, acme, handbook, text="number9876") == [entries[9876].passage]
    nearest = found(store, acme, handbook, vector=list(entries[5000].vector), mode="vector", limit=3)
    assert nearest[0] == entries[5000].passage
    run(store.delete_version(acme, other))
    assert found(store, acme, handbook, text="number9876") == []
    assert run(store.passages_of(acme, other)) == set()
    assert len(found(store, acme, handbook, vector=towards(0), mode="vector", limit=200)) == 200


# --- tenants and collections never mix, whatever is done in whichever order

TENANTS, COLLECTIONS, VERSIONS = range(3), range(3), range(4)
steps = st.one_of(
    st.tuples(
        st.just("write"), st.sampled_from(TENANTS), st.sampled_from(VERSIONS), st.sampled_from(COLLECTIONS)
    ),
    st.tuples(
        st.just("move"), st.sampled_from(TENANTS), st.sampled_from(VERSIONS), st.sampled_from(COLLECTIONS)
    ),
    st.tuples(st.just("delete"), st.sampled_from(TENANTS), st.sampled_from(VERSIONS), st.none()),
    st.tuples(st.just("maintain"), st.sampled_from(TENANTS), st.none(), st.none()),
    st.tuples(st.just("drop"), st.sampled_from(TENANTS), st.none(), st.none()),
)
questions = st.tuples(st.sampled_from(TENANTS), st.sets(st.sampled_from(COLLECTIONS)), st.sampled_from(MODES))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(st.tuples(steps, questions), min_size=1, max_size=10))
def test_search_finds_exactly_what_this_tenant_has_in_these_collections(shared, script):
    # The same versions and collections in every tenant: nothing but the tenant tells them apart.
    tenants = [uuid4() for _ in TENANTS]
    collections = [uuid4() for _ in COLLECTIONS]
    versions = [uuid4() for _ in VERSIONS]
    held: list[dict[int, int]] = [{} for _ in TENANTS]  # version -> collection

    def passages(tenant: int, version: int) -> set[UUID]:
        return {uuid5(tenants[tenant], f"{version}-{n}") for n in range(2)}

    async def play():
        for (action, tenant, version, collection), (asked, readable, mode) in script:
            if action == "write":
                entries = [
                    IndexEntry(
                        each, versions[version], collections[collection], "Common", "common words", towards(0)
                    )
                    for each in passages(tenant, version)
                ]
                await shared.upsert(tenants[tenant], entries)
                held[tenant][version] = collection
            elif action == "move":
                await shared.move_version(
                    tenants[tenant], versions[version], collection=collections[collection]
                )
                if version in held[tenant]:
                    held[tenant][version] = collection
            elif action == "delete":
                await shared.delete_version(tenants[tenant], versions[version])
                held[tenant].pop(version, None)
            elif action == "maintain":
                await shared.maintain(tenants[tenant])
            else:
                await shared.drop_tenant(tenants[tenant])
                held[tenant].clear()
            hits = await shared.search(
                tenants[asked],
                collections=[collections[c] for c in readable],
                text="common",
                vector=towards(0),
                limit=100,
                mode=mode,
            )
            expected = [p for v, c in held[asked].items() if c in readable for p in passages(asked, v)]
            assert sorted(hit.passage for hit in hits) == sorted(expected)
        for tenant in TENANTS:
            for version in VERSIONS:
                expected = passages(tenant, version) if version in held[tenant] else set()
                assert await shared.passages_of(tenants[tenant], versions[version]) == expected
            await shared.drop_tenant(tenants[tenant])

    run(play())


@pytest.mark.parametrize("tidied", [False, True])
def test_vectors_are_given_back_as_they_were_stored(store, acme, globex, handbook, tidied):
    entries = [passage(f"leave {n}", handbook, vector=towards(n % 8)) for n in range(450)]
    foreign = passage("leave", handbook, vector=towards(3))
    run(store.upsert(acme, entries))
    run(store.upsert(globex, [foreign]))
    if tidied:
        run(store.maintain(acme))
    asked = [*ids(entries[:420]), foreign.passage, uuid4()]
    held = run(store.vectors_of(acme, asked))
    assert set(held) == ids(entries[:420])
    for entry in entries[:420]:
        assert list(held[entry.passage]) == entry.vector
    assert run(store.vectors_of(acme, [])) == run(store.vectors_of(uuid4(), asked)) == {}
    run(store.delete_version(acme, entries[0].version))
    assert entries[0].passage not in run(store.vectors_of(acme, asked))


def test_everything_stored_of_a_tenant_is_listed(store, acme, globex, handbook):
    version, archive = uuid4(), uuid4()
    here = [passage(f"leave {n}", handbook, version=version) for n in range(5)]
    there = [passage(f"leave {n}", archive) for n in range(2500)]
    run(store.upsert(acme, [*here, *there]))
    run(store.upsert(globex, [passage("leave", handbook)]))

    async def listed() -> list[Held]:
        return [held async for held in store.everything(acme)]

    assert sorted(run(listed()), key=str) == sorted(
        (Held(e.passage, e.version, e.collection) for e in [*here, *there]), key=str
    )
    assert {acme, globex} <= run(store.tenants())
    run(store.drop_tenant(acme))
    assert run(listed()) == []
    assert acme not in run(store.tenants())


def test_tenant_at_rest_is_woken_by_the_next_search_and_write(store, acme, globex, handbook):
    entries = [passage("annual leave", handbook), passage("sick leave", handbook)]
    run(store.upsert(acme, entries[:1]))
    run(store.upsert(globex, entries[:1]))
    run(store.rest(but=[globex]))
    assert found(store, acme, handbook) == [entries[0].passage]
    run(store.rest(but=[]))
    run(store.upsert(acme, entries[1:]))
    assert set(found(store, acme, handbook)) == ids(entries)


def test_dropped_index_is_gone_and_can_begin_again(kind, acme, handbook, tmp_path):
    store, other = (open_store("model-to-drop", DIMENSION, root=tmp_path) for _ in range(2))
    run(store.upsert(acme, [passage("leave", handbook)]))
    assert len(found(other, acme, handbook)) == 1
    run(other.drop())
    assert found(store, acme, handbook) == []
    assert run(store.tenants()) == set()
    again = passage("leave", handbook)
    run(store.upsert(acme, [again]))
    assert found(other, acme, handbook) == [again.passage]
    run(store.drop())


def test_many_passages_of_one_tenant(shared, handbook):
    """Found, counted, moved and deleted exactly, beyond what a server gives in one answer: 10,000."""
    tenant, large, small = uuid4(), uuid4(), uuid4()
    archive = uuid4()
    random = Random(7)
    kept = [
        passage(f"rare word{n} among others", archive, version=small, vector=towards(n % 8))
        for n in range(20)
    ]

    async def fill() -> None:
        for part in range(MANY // 5000):
            common = [
                passage(
                    f"common words number {part * 5000 + n}",
                    handbook,
                    version=large if part < 3 else uuid4(),
                    vector=[random.random() for _ in range(DIMENSION)],
                )
                for n in range(5000)
            ]
            await shared.upsert(tenant, common)
        await shared.upsert(tenant, kept)
        await shared.maintain(tenant)

    run(fill())
    assert len(run(shared.passages_of(tenant, large))) == 15_000
    assert set(found(shared, tenant, archive, text="rare")) == ids(kept)
    assert len(found(shared, tenant, archive, handbook, text="number 17777")) == 50
    assert (
        found(shared, tenant, handbook, archive, text="word7", vector=towards(7), mode="hybrid")[0]
        == kept[7].passage
    )
    run(shared.delete_version(tenant, large))
    assert run(shared.passages_of(tenant, large)) == set()
    assert run(shared.passages_of(tenant, small)) == ids(kept)
    run(shared.drop_tenant(tenant))
