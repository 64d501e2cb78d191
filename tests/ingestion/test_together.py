"""Several small documents taken at one turn: each comes out as if it had been alone."""

import io
import os
import signal
import zipfile
from contextlib import suppress

import pytest
from django.utils import timezone

from ingestion import pipeline, together, turns
from ingestion.actions import ENOUGH_TURNS, accept_upload, cancel_version, retry_version
from ingestion.claims import claim_versions
from ingestion.errors import EmbeddingUnavailable, ReaderStopped
from ingestion.index import active_store, run_async
from ingestion.models import Collection, Document, DocumentVersion, Passage, Status
from ingestion.parse.child import Child
from tenants.access import require_member
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope


@pytest.fixture
def mia(manager, acme):
    return require_member(manager.id, tenant=acme.id)


@pytest.fixture
def in_acme(acme):
    with tenant_scope(acme.id):
        yield


@pytest.fixture
def upload(own_index, in_acme, mia, handbook):
    def accept(name: str, content: str | bytes = "", **fields: object) -> DocumentVersion:
        data = content if isinstance(content, bytes) else (content or f"All about {name}.").encode()
        taken = accept_upload(io.BytesIO(data), name=name, collection=handbook, member=mia, send=False)
        DocumentVersion.objects.filter(pk=taken.version.pk).update(**fields)
        return taken.version

    return accept


@pytest.fixture(autouse=True)
def patient(monkeypatch) -> None:
    monkeypatch.setattr(together, "PATIENCE", 1e9)


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    from ingestion.tasks import ingest

    messages: list[str] = []
    monkeypatch.setattr(ingest, "delay", lambda tenant, version: messages.append(version))
    return messages


def states() -> dict[str, str]:
    return {v.document.name: v.status for v in DocumentVersion.objects.select_related("document")}


def held(version: DocumentVersion) -> set:
    return run_async(active_store().passages_of(version.tenant_id, version.pk))


def take_one_turn(version: DocumentVersion) -> None:
    turns.take_turn(version.tenant_id, version.pk)


def test_small_ones_are_ready_after_one_turn_each_with_its_own_passages(upload, own_index, sent) -> None:
    versions = [upload(f"{n}.md", f"# Rule {n}\n\nParents get {n} weeks.") for n in range(20)]
    before = len(own_index.history)
    take_one_turn(versions[0])
    assert set(states().values()) == {Status.READY}
    for n, version in enumerate(versions):
        version.refresh_from_db()
        assert version.document.current_version_id == version.pk
        assert version.document.title == f"Rule {n}"
        assert [f"{n} weeks" in p.text for p in version.passages.all()] == [True]
        assert held(version) == {p.pk for p in version.passages.all()}
        assert (version.passage_count, version.embedded_count, version.attempts) == (1, 1, 1)
        assert set(version.timings) == {"parse", "chunk", "embed", "publish"}
        assert (version.claim, version.stage, version.progress) == (None, "", 100)
        assert version.media_type == "text/markdown" and version.ready_at and version.effective_from
    assert sent == []
    assert len(own_index.history) == before + 1


def test_they_come_out_as_they_would_alone(upload) -> None:
    text = "# Leave\n\nWeeks of it.\n\n| who | weeks |\n|---|---|\n| parents | 16 |"
    alone, other = upload("alone.md", text), None
    pipeline.ingest(alone.pk)
    together.work_together(claim_versions([upload("a.md", text + "\n").pk, upload("b.md").pk]))
    other = DocumentVersion.objects.get(document__name="a.md")
    alone.refresh_from_db()
    fields = (
        "status",
        "media_type",
        "pages",
        "passage_count",
        "embedded_count",
        "warnings",
        "attempts",
        "progress",
    )
    assert [getattr(other, f) for f in fields] == [getattr(alone, f) for f in fields]
    rows = [
        list(v.passages.values_list("text", "start", "end", "heading", "page", "tokens"))
        for v in (alone, other)
    ]
    assert rows[0] == rows[1]


def test_one_that_cannot_be_read_fails_alone(upload) -> None:
    versions = [upload("a.txt"), upload("bad.pdf", b"%PDF-1.7 broken"), upload("b.txt")]
    take_one_turn(versions[0])
    assert states() == {"a.txt": "ready", "bad.pdf": "failed", "b.txt": "ready"}
    assert DocumentVersion.objects.get(status="failed").error


def test_plain_texts_share_a_child_and_what_only_looks_like_one_has_its_own(upload, monkeypatch) -> None:
    versions = [
        upload("a.txt"),
        upload("b.txt", "<html><p>All about b."),
        upload("c.txt", "\n"),
        upload("d.md"),
    ]
    alone: list[str] = []
    real = together.read_original

    def counted(claim):
        alone.append(claim.version.document.name)
        return real(claim)

    monkeypatch.setattr(together, "read_original", counted)
    take_one_turn(versions[0])
    assert alone == ["b.txt"]
    assert states() == {"a.txt": "ready", "b.txt": "ready", "c.txt": "failed", "d.md": "ready"}
    assert DocumentVersion.objects.get(status="failed").error_code == "no_text"


def test_when_their_child_dies_each_is_read_alone_and_none_is_blamed_for_another(upload, monkeypatch) -> None:
    versions = [upload(f"{name}.txt") for name in "abc"]

    def killed(self):
        with suppress(ProcessLookupError):  # a quick one has ended already
            os.killpg(self._process, signal.SIGKILL)
        raise ReaderStopped

    real = Child.read
    monkeypatch.setattr(Child, "read", lambda self: setattr(Child, "read", real) or killed(self))
    take_one_turn(versions[0])
    assert set(states().values()) == {"ready"}
    assert set(DocumentVersion.objects.values_list("attempts", "error")) == {(1, "")}


def test_canceled_or_deleted_meanwhile_leaves_nothing_and_stops_no_other(upload, mia, monkeypatch) -> None:
    versions = [upload(f"{name}.txt") for name in "abcd"]
    real = together.passages_of

    def meanwhile(version, parsed):
        if version.pk == versions[0].pk:
            cancel_version(versions[1], mia)
            Document.objects.filter(pk=versions[2].document_id).update(deleted_at=timezone.now())
        return real(version, parsed)

    monkeypatch.setattr(together, "passages_of", meanwhile)
    take_one_turn(versions[0])
    assert states() == {"a.txt": "ready", "b.txt": "canceled", "c.txt": "processing", "d.txt": "ready"}
    for version in versions[1:3]:
        assert not Passage.objects.filter(version=version).exists()
        assert not held(version)
        assert Document.objects.get(pk=version.document_id).current_version is None


def test_when_reading_takes_long_the_rest_is_left_to_others_as_if_never_touched(
    upload, sent, monkeypatch
) -> None:
    versions = [upload(f"{name}.html", f"<p>All about {name}.") for name in "abc"]
    monkeypatch.setattr(together, "PATIENCE", 0.0)
    take_one_turn(versions[0])
    assert states() == {"a.html": "ready", "b.html": "queued", "c.html": "queued"}
    for version in versions[1:]:
        version.refresh_from_db()
        assert (version.attempts, version.claim, version.stage) == (0, None, "")
        assert version.heartbeat == version.queued_at
    assert sent == [str(versions[1].pk)]  # the next turn
    take_one_turn(versions[1])
    take_one_turn(versions[2])
    assert set(states().values()) == {"ready"}


def test_an_embedder_that_is_down_lets_all_of_them_wait(upload, monkeypatch) -> None:
    versions = [upload("a.txt"), upload("b.txt")]

    def down(*args, **kwargs):
        raise EmbeddingUnavailable("The embedding model cannot be reached.")

    monkeypatch.setattr(together, "embed_and_store", down)
    take_one_turn(versions[0])
    for version in versions:
        version.refresh_from_db()
        assert (version.status, version.error) == (Status.QUEUED, "The embedding model cannot be reached.")


def test_a_fault_of_ours_is_told_in_each(upload, monkeypatch) -> None:
    versions = [upload("a.txt"), upload("b.txt")]
    monkeypatch.setattr(together.Batch, "store", lambda self: 1 / 0)
    take_one_turn(versions[0])
    for version in versions:
        version.refresh_from_db()
        assert version.error_code == "internal"


def test_renamed_or_moved_meanwhile_stays_so(upload, acme, monkeypatch) -> None:
    versions = [upload("a.md", "# Its own title\n\nText."), upload("b.md")]
    other = Collection.objects.create(name="Elsewhere")
    real = together.parse_texts

    def meanwhile(*given, **more):
        Document.objects.filter(pk=versions[0].document_id).update(title="Given", collection=other)
        return real(*given, **more)

    monkeypatch.setattr(together, "parse_texts", meanwhile)
    take_one_turn(versions[0])
    document = Document.objects.get(pk=versions[0].document_id)
    assert (document.title, document.collection) == ("Given", other)
    assert set(states().values()) == {"ready"}
    hits = run_async(
        active_store().search(
            acme.id, collections=[other.pk], text="text", vector=None, limit=5, mode="keyword"
        )
    )
    assert {hit.passage for hit in hits} == {p.pk for p in versions[0].passages.all()}


def test_files_inside_one_of_them_become_documents(upload, sent) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("inner.txt", "Inside.")
    versions = [upload("a.txt"), upload("b.zip", data.getvalue())]
    take_one_turn(versions[0])
    assert states() == {"a.txt": "ready", "b.zip": "ready", "b.zip/inner.txt": "queued"}


@pytest.mark.parametrize(
    "fields",
    [
        {"size": together.MOST_BYTES + 1},
        {"attempts": 1},
        {"embedded_count": 0},
        {"ready_at": timezone.now()},
        {"number": 2},
    ],
)
def test_large_ones_and_those_with_a_past_go_alone(upload, fields) -> None:
    first, second, third = upload("a.txt"), upload("b.txt", **fields), upload("c.txt")
    assert turns.next_waiting()[1] == [first.pk, third.pk]
    DocumentVersion.objects.filter(pk__in=[first.pk, third.pk]).update(status=Status.READY)
    chosen = turns.next_waiting()
    assert chosen is None if "attempts" in fields else chosen[1] == [second.pk]


def test_canceled_ones_that_are_tried_again_come_out_whole(upload, mia, sent) -> None:
    versions = [upload("a.txt"), upload("b.txt")]
    for version in versions:
        cancel_version(version, mia)
        version.refresh_from_db()
        assert retry_version(version, mia)
    take_one_turn(versions[0])
    assert set(states().values()) == {"ready"}


def test_no_turn_takes_documents_of_two_organisations(upload, globex, carol, sent) -> None:
    upload("a.txt"), upload("b.txt")
    with tenant_scope(globex.id):
        inbox = Collection.objects.create(name="Inbox")
        member = require_member(carol.id, tenant=globex.id)
        accept_upload(io.BytesIO(b"Ours."), name="c.txt", collection=inbox, member=member, send=False)
    tenant, chosen = turns.next_waiting()
    with every_tenant():
        assert set(DocumentVersion.objects.filter(pk__in=chosen).values_list("tenant", flat=True)) == {tenant}


def test_claims_of_the_same_ones_share_nothing(upload) -> None:
    keys = [upload(f"{name}.txt").pk for name in "abc"]
    first = claim_versions(keys[:2])
    second = claim_versions(keys)
    assert [claim.version.pk for claim in first] == keys[:2]
    assert [claim.version.pk for claim in second] == keys[2:]


def test_thousands_of_uploads_leave_no_thousands_of_turns(
    own_index, in_acme, mia, handbook, sent, django_capture_on_commit_callbacks
) -> None:
    count = ENOUGH_TURNS + 20
    for n in range(count):
        accept_upload(io.BytesIO(b"Rule %d." % n), name=f"{n}.txt", collection=handbook, member=mia)
    assert len(sent) == ENOUGH_TURNS
    version = DocumentVersion.objects.first()
    while sent:
        sent.pop(0)
        take_one_turn(version)
    assert set(states().values()) == {Status.READY}
    assert AuditEvent.objects.filter(action="document.uploaded").count() == count
