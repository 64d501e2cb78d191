"""What a run makes of a source: new, changed, gone, kept, and whose word it asks for first."""

import os
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone

from ingestion.actions import accept_upload, delete_document
from ingestion.claims import Superseded
from ingestion.models import Collection, Document, DocumentVersion
from ingestion.sources import actions, sweeper, sync
from ingestion.sources.connector import Item, Unread
from ingestion.sources.errors import SourceError, Stopped
from ingestion.sources.kinds import KINDS
from ingestion.sources.models import RunStatus, Source, SourceItem, SourceRun
from ingestion.sources.runs import claim_run
from tenants.access import require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope
from tests.ingestion.listening import listening


@pytest.fixture(autouse=True)
def in_acme(acme, monkeypatch):
    """Inside the scope, with every task left to the test."""
    for task in ("sync_source", "remove_source"):
        monkeypatch.setattr(f"ingestion.sources.tasks.{task}.delay", lambda *_: None)
    monkeypatch.setattr("ingestion.tasks.purge.delay", lambda *_: None)
    with tenant_scope(acme.id):
        yield


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.WATCHED_FOLDERS = [str(tmp_path / "docs")]
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


@pytest.fixture
def source(handbook, manager, folder) -> Source:
    return Source.objects.create(
        name="Share",
        kind="folder",
        collection=handbook,
        keeper=manager,
        options={"folder": str(folder), "below": True},
    )


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, ns=(0, hash(text) % 10**15))


def run(source: Source, *, confirmed: bool = False) -> SourceRun:
    row = actions.queue_run(source, confirmed=confirmed)
    assert row is not None
    sync.run_source(row.pk)
    row.refresh_from_db()
    return row


def counts(row: SourceRun) -> tuple[int, int, int, int, int]:
    return row.added, row.changed, row.removed, row.unchanged, row.failed


def names() -> set[str]:
    return set(Document.objects.live().values_list("name", flat=True))


def test_new_changed_and_gone(source, folder) -> None:
    put(folder, a_txt="one", Policies__b_txt="two")
    assert counts(run(source)) == (2, 0, 0, 0, 0)
    assert names() == {"Share/a.txt", "Share/Policies/b.txt"}
    put(folder, a_txt="one, changed", c_txt="three")
    (folder / "Policies" / "b.txt").unlink()
    row = run(source)
    assert (row.status, counts(row)) == (RunStatus.DONE, (1, 1, 1, 0, 0))
    assert names() == {"Share/a.txt", "Share/c.txt"}
    document = Document.objects.get(name="Share/a.txt")
    assert [v.number for v in document.versions.order_by("number")] == [1, 2]


def test_second_run_reads_nothing_that_is_unchanged(source, folder, monkeypatch) -> None:
    put(folder, a_txt="one", b_txt="two")
    run(source)
    monkeypatch.setattr(sync, "accept_upload", lambda *_, **__: pytest.fail("read again"))
    assert counts(run(source)) == (0, 0, 0, 2, 0)


def test_touched_file_with_the_same_content_makes_no_version(source, folder) -> None:
    put(folder, a_txt="one")
    run(source)
    os.utime(folder / "a.txt", ns=(0, 5))
    assert counts(run(source)) == (0, 0, 0, 1, 0)
    assert DocumentVersion.objects.count() == 1


def test_same_content_twice_is_one_document_until_the_last_of_them_is_gone(source, folder) -> None:
    put(folder, a_txt="same", b_txt="same")
    run(source)
    assert names() == {"Share/a.txt"}
    (folder / "a.txt").unlink()
    run(source)
    assert names() == {"Share/a.txt"}
    (folder / "b.txt").unlink()
    run(source)
    assert names() == set()


def test_document_that_somebody_uploaded_is_neither_replaced_nor_deleted(
    source, folder, handbook, mia, tmp_path
) -> None:
    hand = {"Share/a.txt": b"by hand", "mine.txt": b"the same"}
    for name, text in hand.items():
        (tmp_path / "file").write_bytes(text)
        with (tmp_path / "file").open("rb") as file:
            accept_upload(file, name=name, collection=handbook, member=mia)
    put(folder, a_txt="from the source", b_txt="the same")
    run(source)
    assert names() == {"Share/a.txt", "Share/a (2).txt", "mine.txt"}
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    run(source)
    assert names() == set(hand)


def test_document_that_somebody_deleted_stays_away_until_it_is_brought_back(source, folder, mia) -> None:
    put(folder, a_txt="one", b_txt="two")
    run(source)
    document = Document.objects.get(name="Share/a.txt")
    delete_document(document, mia)
    put(folder, a_txt="one, changed")
    run(source)
    assert names() == {"Share/b.txt"}
    document.delete()  # as the purge ends
    run(source)
    assert names() == {"Share/b.txt"}
    assert actions.bring_back(source, mia) == 1
    run(source)
    assert names() == {"Share/a.txt", "Share/b.txt"}


def test_moved_document_gets_its_versions_where_it_is_now(source, folder) -> None:
    put(folder, a_txt="one")
    run(source)
    other = Collection.objects.create(name="Archive")
    Document.objects.update(collection=other)
    put(folder, a_txt="two")
    run(source)
    assert Document.objects.get().versions.count() == 2


def test_when_most_would_vanish_somebody_is_asked_first(source, folder, mia) -> None:
    put(folder, **{f"f{n}_txt": f"text {n}" for n in range(12)})
    run(source)
    for n in range(7):
        (folder / f"f{n}.txt").unlink()
    row = run(source)
    assert (row.status, row.removed) == (RunStatus.HELD, 0)
    assert "7 of 12 documents are no longer at the source. Nothing was removed." in row.sentence
    assert len(names()) == 12
    assert run(source, confirmed=True).removed == 7
    assert len(names()) == 5


class Scripted:
    """A connector whose events a test writes down."""

    kind = "scripted"

    def __init__(self, *events) -> None:
        self.events = events

    def changes(self, session):
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event


@pytest.fixture
def scripted(monkeypatch):
    def say(*events) -> None:
        monkeypatch.setattr(sync, "connector_of", lambda *_, **__: Scripted(*events))

    return say


def item(key: str, text: bytes = b"", error: Exception | None = None, **fields) -> Item:
    @contextmanager
    def opened():
        if error:
            raise error
        yield BytesIO(text or key.encode())

    return Item(**({"key": key, "name": key, "fingerprint": key, "open": opened} | fields))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SourceError("The site is away."), RunStatus.FAILED),
        (Stopped("The time was over."), RunStatus.STOPPED),
        (RuntimeError("secret detail"), RunStatus.FAILED),
    ],
)
def test_listing_that_did_not_end_removes_nothing(error, status, source, scripted) -> None:
    scripted(item("a"), item("b"))
    run(source)
    scripted(item("a"), error)
    row = run(source)
    assert (row.status, row.removed) == (status, 0)
    assert names() == {"Share/a", "Share/b"}
    assert "secret detail" not in row.sentence


def test_item_that_fails_is_named_and_the_others_are_taken(source, scripted) -> None:
    scripted(item("a"), item("b"))
    run(source)
    scripted(
        item("a", error=SourceError("It is away."), fingerprint="2"),
        item("e", b"x", OSError("disk")),
        Unread("b", "b", "The server had a fault."),
        item("x" * 501),
        item("c"),
    )
    row = run(source)
    assert counts(row) == (1, 0, 0, 0, 4)
    assert row.status == RunStatus.DONE
    assert ["a", "It is away."] in row.problems
    assert ["b", "The server had a fault."] in row.problems
    assert names() == {"Share/a", "Share/b", "Share/c"}


def test_limits_end_a_run_and_the_next_goes_on(source, scripted, settings) -> None:
    events = [item(name, name.encode() * 100) for name in "abc"]
    settings.SOURCE_RUN_MAX_BYTES = 150
    scripted(*events)
    assert counts(run(source))[0] == 2
    assert counts(run(source)) == (1, 0, 0, 2, 0)
    settings.SOURCE_MAX_DOCUMENTS = 2
    assert "more than 2 documents" in run(source).sentence
    settings.SOURCE_RUN_SECONDS = -1
    assert run(source).status == RunStatus.STOPPED


def test_full_organisation_ends_the_run_in_words(source, scripted, settings) -> None:
    settings.TENANT_QUOTA_BYTES = 1
    scripted(item("abc"), item("def"))
    row = run(source)
    assert row.status == RunStatus.STOPPED
    assert "storage are used up" in row.sentence


def test_run_that_died_before_its_note_owns_what_it_took_in(source, folder, monkeypatch) -> None:
    put(folder, a_txt="one")
    with monkeypatch.context() as dying:
        dying.setattr(sync.Sync, "_link", lambda *_: (_ for _ in ()).throw(SystemExit))
        row = actions.queue_run(source)
        with pytest.raises(SystemExit):
            sync.run_source(row.pk)
    assert (names(), SourceItem.objects.count()) == ({"Share/a.txt"}, 0)
    SourceRun.objects.update(heartbeat=timezone.now() - timedelta(hours=1))
    with every_tenant():
        sweeper.release_dead_runs()
    sync.run_source(row.pk)
    (folder / "a.txt").unlink()
    run(source)
    assert names() == set()


def test_dying_three_times_gives_up(source) -> None:
    row = actions.queue_run(source)
    SourceRun.objects.update(
        status=RunStatus.RUNNING, slot=0, attempts=3, heartbeat=timezone.now() - timedelta(hours=1)
    )
    sweeper.release_dead_runs()
    row.refresh_from_db()
    assert (row.status, row.slot) == (RunStatus.FAILED, None)
    assert "3 times" in row.sentence


def test_one_run_at_a_time(source, mia) -> None:
    assert actions.start_run(source, mia)
    assert not actions.start_run(source, mia)
    assert SourceRun.objects.count() == 1


def test_few_run_at_once_over_all_organisations(source, globex, settings) -> None:
    first = actions.queue_run(source)
    assert claim_run(first.pk) is not None
    assert claim_run(first.pk) is None, "claimed already"
    with tenant_scope(globex.id):
        collection = Collection.objects.create(name="Ours")
        theirs = actions.queue_run(Source.objects.create(name="Ours", kind="folder", collection=collection))
        assert claim_run(theirs.pk) is None
        settings.SOURCES_AT_ONCE = 2
        assert claim_run(theirs.pk).run.pk == theirs.pk


def test_canceled_run_takes_nothing_in_any_more(source, scripted, mia) -> None:
    def events():
        yield item("a")
        actions.cancel_run(source, mia)
        yield item("b")

    scripted(*[])
    row = actions.queue_run(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "changes", lambda *_: events())
        sync.run_source(row.pk)
    row.refresh_from_db()
    assert (row.status, row.slot) == (RunStatus.CANCELED, None)
    assert names() == {"Share/a"}


def test_claim_that_is_gone_writes_nothing(source, mia) -> None:
    claim = claim_run(actions.queue_run(source).pk)
    actions.cancel_run(source, mia)
    with pytest.raises(Superseded):
        claim.write(added=5)


def test_sweeper_queues_what_is_due_once(source) -> None:
    Source.objects.update(every=60, next_run=timezone.now() - timedelta(minutes=1))
    with every_tenant():
        for _ in range(2):
            sweeper.queue_due()
    assert SourceRun.objects.count() == 1
    source.refresh_from_db()
    assert source.next_run > timezone.now() + timedelta(minutes=59)


@pytest.mark.parametrize("off", [{"active": False}, {"deleted_at": timezone.now()}, {"kind": "gopher"}])
def test_sweeper_leaves_alone_what_is_switched_off(off, source) -> None:
    Source.objects.update(every=60, next_run=timezone.now() - timedelta(minutes=1), **off)
    with every_tenant():
        sweeper.queue_due()
    assert not SourceRun.objects.exists()


def test_sweeper_sends_as_many_as_there_are_slots_in_turn(source, globex, monkeypatch, handbook) -> None:
    sent = []
    monkeypatch.setattr("ingestion.sources.tasks.sync_source.delay", lambda _tenant, run: sent.append(run))
    run_of = {}
    for n in range(3):
        other = Source.objects.create(name=f"S{n}", kind="folder", collection=handbook)
        run_of[n] = actions.queue_run(other)
    SourceRun.objects.create(source=source, status=RunStatus.DONE, ended=timezone.now())
    with tenant_scope(globex.id):
        collection = Collection.objects.create(name="Ours")
        theirs = actions.queue_run(Source.objects.create(name="Ours", kind="folder", collection=collection))
    with every_tenant():
        sweeper.send_waiting()
    assert sent == [str(theirs.pk)], "Acme has just had a turn"


@pytest.mark.parametrize("keep", [True, False])
def test_deleting_a_source_keeps_its_documents_or_not(keep, source, folder, mia) -> None:
    put(folder, a_txt="one", b_txt="two")
    run(source)
    actions.delete_source(source, mia, keep_documents=keep)
    assert Source.objects.get().encrypted_secret == ""
    sweeper.remove(source.pk)
    sweeper.remove(source.pk)
    assert not Source.objects.exists()
    assert names() == ({"Share/a.txt", "Share/b.txt"} if keep else set())
    event = AuditEvent.objects.get(action="source.deleted")
    assert event.detail["documents"] == ("kept" if keep else "deleted")


def test_each_run_leaves_an_event(source, folder) -> None:
    put(folder, a_txt="one")
    run(source)
    event = AuditEvent.objects.get(action="source.synced")
    assert (event.actor, event.object_id, event.detail["added"]) == (None, source.pk, 1)


def test_members_may_do_nothing_with_a_source(source, bob, acme) -> None:
    member = require_member(bob.id, tenant=acme.id)
    for act in (
        lambda: actions.start_run(source, member),
        lambda: actions.cancel_run(source, member),
        lambda: actions.bring_back(source, member),
        lambda: actions.delete_source(source, member, keep_documents=False),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert not SourceRun.objects.exists()


def test_kind_that_the_operator_switched_off_runs_no_more(source, settings) -> None:
    settings.SOURCES = ["web"]
    assert "switched off" in run(source).sentence


CONNECTOR_IMPORTS = """
import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from io import BytesIO

from django import forms
from django.conf import settings

from ingestion.sources import safe_http
from ingestion.sources.connector import Connector, Event, Item, Session, Settings
from ingestion.sources.safe_http import Limits

"""


def test_connector_of_the_documentation_works(source, settings, tmp_path, monkeypatch) -> None:
    """docs/sources.md shows the smallest one; here it is run as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "sources.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(CONNECTOR_IMPORTS + code, names)
    monkeypatch.setitem(KINDS, "links", names["Links"])
    settings.SOURCES = ["links"]
    with listening() as server:
        settings.SOURCES_ALLOWED_PORTS = [server.server_port]
        settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
        server.pages |= {"/list": (200, {}, f"{server.url}/a.txt".encode()), "/a.txt": (200, {}, b"words")}
        Source.objects.update(kind="links", options={"address": f"{server.url}/list"})
        source.refresh_from_db()
        monkeypatch.setattr(sync.Sync, "pause", lambda *_: None)
        assert counts(run(source)) == (1, 0, 0, 0, 0)
    assert SourceItem.objects.get().url == f"{server.url}/a.txt"
