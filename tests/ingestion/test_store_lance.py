"""What is particular to the embedded store: its folders, its engine, its upkeep."""

import asyncio
import subprocess
import sys
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from django.conf import LazySettings

from ingestion.errors import StoreUnavailable
from ingestion.store import IndexEntry, StoreMismatch, folder_name, open_store
from ingestion.store import table as table_module
from ingestion.store.lance import LanceStore

ROOT = Path(__file__).parents[2]
DIMENSION = 8
TENANT, COLLECTION = uuid4(), uuid4()
run = asyncio.run


def entries(count: int, text: str = "annual leave") -> list[IndexEntry]:
    version, chance = uuid4(), Random(count)
    return [
        IndexEntry(
            uuid4(),
            version,
            COLLECTION,
            "",
            f"{text} number{n}",
            [chance.gauss(0, 1) for _ in range(DIMENSION)],
        )
        for n in range(count)
    ]


@pytest.fixture
def store(tmp_path: Path) -> LanceStore:
    return open_store("BAAI/bge-m3", DIMENSION, root=tmp_path)


def search(store, text="leave", **options):
    options = {"vector": None, "limit": 50, "mode": "keyword"} | options
    return run(store.search(TENANT, collections=[COLLECTION], text=text, **options))


def indexes(store) -> dict:
    async def look():
        return {index.columns[0]: index for index in await (await store._open(TENANT)).list_indices()}

    return run(look())


def test_each_model_has_a_folder_below_the_data_folder(settings: LazySettings, tmp_path):
    settings.VAR_DIR = tmp_path
    run(open_store("BAAI/bge-m3", DIMENSION).upsert(TENANT, entries(1)))
    assert (tmp_path / "index" / "baai-bge-m3" / f"{TENANT.hex}.lance").is_dir()


@pytest.mark.parametrize("name", ["../../etc", "/", "", ".", "..", "a" * 500, "C:\\models\\x"])
def test_no_model_name_leads_out_of_the_folder(name, tmp_path):
    path = (tmp_path / folder_name(name)).resolve()
    assert path.parent == tmp_path.resolve()
    assert len(path.name) <= 100


@pytest.mark.parametrize(("model", "dimension"), [("BAAI-bge-m3", DIMENSION), ("BAAI/bge-m3", 16)])
def test_index_of_another_model_is_refused_with_the_command_that_mends_it(store, tmp_path, model, dimension):
    run(store.upsert(TENANT, entries(1)))
    other = open_store(model, dimension, root=tmp_path)
    with pytest.raises(StoreMismatch, match=r"BAAI/bge-m3 \(8 dimensions\).*manage.py reindex"):
        search(other)
    with pytest.raises(StoreMismatch):
        run(other.upsert(TENANT, [IndexEntry(uuid4(), uuid4(), COLLECTION, "", "leave", [1.0] * dimension)]))
    assert len(search(store)) == 1


def test_dropping_a_tenant_leaves_no_file_of_it(store):
    run(store.upsert(TENANT, entries(3)))
    run(store.drop_tenant(TENANT))
    assert [path for path in store.folder.rglob("*") if TENANT.hex in path.name] == []


def test_table_half_made_or_half_removed_is_cleared_away(store):
    left = store._spare_path(TENANT)
    left.mkdir(parents=True)
    (left / "data").write_text("from a process that died")
    assert search(store) == []
    run(store.upsert(TENANT, entries(1)))
    assert not left.exists()
    assert len(search(store)) == 1


def test_damaged_index_is_reported_as_unavailable(store):
    run(store.upsert(TENANT, entries(3)))
    for path in store._path(TENANT).glob("data/*"):
        path.write_bytes(b"rubbish")
    with pytest.raises(StoreUnavailable, match="could not be read"):
        search(LanceStore(store.folder, model=store.model, dimension=DIMENSION))


def test_data_folder_that_cannot_be_written_is_reported_as_unavailable(tmp_path):
    (tmp_path / "model").write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable, match="could not be written"):
        run(open_store("model", DIMENSION, root=tmp_path).upsert(TENANT, entries(1)))


def test_writer_indexes_many_new_rows_itself(store, monkeypatch):
    monkeypatch.setattr(table_module, "UNINDEXED_ROWS", 100)
    run(store.upsert(TENANT, entries(90)))
    assert indexes(store)["words"].num_unindexed_rows == 90
    run(store.upsert(TENANT, entries(90, "sick leave")))
    assert indexes(store)["words"].num_unindexed_rows == 0
    assert len(search(store, limit=500)) == 180


def test_large_table_gets_a_vector_index_that_finds_what_comparing_all_finds(store, monkeypatch):
    rows = entries(3_000)
    run(store.upsert(TENANT, rows))
    asks = [row.vector for row in rows[::100]]
    exact = [{hit.passage for hit in search(store, vector=ask, mode="vector", limit=20)} for ask in asks]
    monkeypatch.setattr(table_module, "VECTOR_INDEX_ROWS", 2_000)
    run(store.maintain(TENANT))
    assert indexes(store)["vector"].index_type == "IvfRq"
    found = [{hit.passage for hit in search(store, vector=ask, mode="vector", limit=20)} for ask in asks]
    assert sum(len(a & b) for a, b in zip(exact, found, strict=True)) >= 0.95 * 20 * len(asks)
    new = entries(1, "brand new")[0]
    run(store.upsert(TENANT, [new]))
    assert search(store, vector=new.vector, mode="vector")[0].passage == new.passage
    run(store.delete_version(TENANT, rows[0].version))
    assert [hit.passage for hit in search(store, vector=rows[0].vector, mode="vector")] == [new.passage]


def test_vector_index_is_made_anew_when_upkeep_has_left_it_in_many_pieces(store, monkeypatch):
    monkeypatch.setattr(table_module, "VECTOR_INDEX_ROWS", 500)
    for number in range(table_module.INDEX_PIECES + 4):
        run(store.upsert(TENANT, entries(500 + number)))
        run(store.maintain(TENANT))
        assert indexes(store)["vector"].num_segments <= table_module.INDEX_PIECES


def test_old_states_of_the_table_are_discarded(store, monkeypatch):
    monkeypatch.setattr(table_module, "KEPT_FOR", table_module.KEPT_FOR * 0)
    for _ in range(20):
        run(store.upsert(TENANT, entries(2)))
    run(store.maintain(TENANT))
    run(store.maintain(TENANT))
    assert len(list(store._path(TENANT).glob("_versions/*.manifest"))) <= 3
    assert len(search(store, limit=100)) == 40


def test_reader_during_pruning_is_not_disturbed(store, monkeypatch):
    """A search that began before the table was compacted and pruned looks again, at the table as it is now."""
    monkeypatch.setattr(table_module, "KEPT_FOR", table_module.KEPT_FOR * 0)
    run(store.upsert(TENANT, entries(5)))
    run(store.upsert(TENANT, entries(5)))
    reader, tables = LanceStore(store.folder, model=store.model, dimension=DIMENSION), []

    async def look(table):
        tables.append(table)
        if len(tables) == 1:
            await store.maintain(TENANT)
            await store.delete_passages(TENANT, [uuid4()])
            await store.maintain(TENANT)
        return await table_module.passages_where(table, table_module.among("collection", [COLLECTION]))

    assert len(run(reader._read(TENANT, look, otherwise=set()))) == 10
    assert len(tables) == 2


SEARCHER = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from ingestion.store import open_store
store = open_store("BAAI/bge-m3", 8, root=Path(sys.argv[1]))
ask = store.search(UUID(sys.argv[2]), collections=[UUID(sys.argv[3])], text="leave", vector=[1.0] * 8, limit=5)
print(len(asyncio.run(ask)), "lancedb" in sys.modules, "lance_namespace" in sys.modules)
import lancedb
print(lancedb.connect(sys.argv[1] + "/baai-bge-m3").open_table(UUID(sys.argv[2]).hex).count_rows())
"""


def test_searching_loads_the_engine_alone_prints_nothing_and_leaves_the_package_usable(store, tmp_path):
    run(store.upsert(TENANT, entries(3)))
    command = [sys.executable, "-W", "error", "-c", SEARCHER, str(tmp_path), TENANT.hex, COLLECTION.hex]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout.split("\n")[:2], done.stderr) == (["3 False False", "3"], "")


FORKING = """
import asyncio, os, sys
from pathlib import Path
from uuid import UUID
from ingestion.store import open_store
from ingestion.store.engine import UsedBeforeFork
store = open_store("BAAI/bge-m3", 8, root=Path(sys.argv[1]))
def search():
    ask = store.search(UUID(sys.argv[2]), collections=[UUID(sys.argv[3])], text="leave", vector=[1.0] * 8, limit=5)
    return len(asyncio.run(ask))
print(search(), flush=True)
children = []
for _ in range(3):
    if not (pid := os.fork()):
        try:
            search()
        except UsedBeforeFork:
            os._exit(9)
        os._exit(0)
    children.append(pid)
print(*(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children))
print(search())
"""


def test_child_forked_after_a_search_is_told_so_instead_of_hanging(store, tmp_path):
    run(store.upsert(TENANT, entries(3)))
    command = [sys.executable, "-c", FORKING, str(tmp_path), TENANT.hex, COLLECTION.hex]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.split("\n")[:3] == ["3", "9 9 9", "3"], done.stderr
