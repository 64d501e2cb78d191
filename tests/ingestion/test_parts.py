"""What comes in an e-mail or an archive becomes documents of their own, and shares the fate of what it came in."""

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from ingestion import pipeline, purging, unpacking
from ingestion.actions import Upload, accept_upload, delete_document, move_document
from ingestion.claims import Superseded, claim_version
from ingestion.models import Collection, Document, DocumentVersion, Passage, Status
from ingestion.parse import Part
from tenants.access import Member, require_member
from tenants.errors import NotAllowed
from tenants.models import AuditEvent
from tenants.scoping import every_tenant, tenant_scope

pytestmark = pytest.mark.usefixtures("own_index")


def zipped(members: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def mail(**attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@acme.example", "b@acme.example", "The plan"
    message.set_content("See the attachments.")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest.fixture
def member(alice, acme) -> Member:
    return require_member(alice.id, tenant=acme.id)


@pytest.fixture
def take_in(acme, handbook, member) -> Callable[..., Upload]:
    """Upload a file and read it, and all that it holds."""

    def take(data: bytes, name: str) -> Upload:
        with tenant_scope(acme.id):
            upload = accept_upload(
                io.BytesIO(data), name=name, collection=handbook, member=member, send=False
            )
            read_all()
            upload.version.refresh_from_db()
            upload.document.refresh_from_db()
        return upload

    return take


def read_all() -> None:
    while waiting := DocumentVersion.objects.filter(
        status=Status.QUEUED, attempts=0, document__deleted_at=None
    ).first():
        pipeline.ingest(waiting.pk)


def names() -> list[str]:
    with every_tenant():
        return sorted(Document.objects.live().exclude(parent=None).values_list("name", flat=True))


def test_an_archive_keeps_its_folders_and_is_ready_without_passages(take_in) -> None:
    upload = take_in(
        zipped({"2026/travel.txt": "Trains first.", "leave.md": "# Leave\n\nTwenty days."}), "Rules.zip"
    )
    assert (upload.version.status, upload.version.passage_count) == (Status.READY, 0)
    assert "Unpacked: 2 files." in upload.version.warnings
    assert names() == ["Rules.zip/2026/travel.txt", "Rules.zip/leave.md"]
    with every_tenant():
        travel = Document.objects.get(name="Rules.zip/2026/travel.txt")
        assert (travel.parent, travel.uploader) == (upload.document, upload.document.uploader)
        assert (travel.folder, travel.title) == ("Rules.zip/2026", "travel")
        assert Passage.objects.get(version=travel.current_version).text == "Trains first."
        with travel.current_version.file.open() as original:
            assert original.read() == b"Trains first."


def test_attachments_are_named_in_the_mail_and_read_apart(take_in) -> None:
    upload = take_in(
        mail(**{"plan.md": b"# Plan\n\nSwim daily.", "tool.exe": b"MZ\x90\0\x03\0\0\0" * 90}), "mail.eml"
    )
    with every_tenant():
        text = " ".join(Passage.objects.filter(version=upload.version).values_list("text", flat=True))
    assert "Attachments: plan.md, tool.exe" in text
    assert "Swim daily" not in text
    assert names() == ["mail.eml/plan.md"]
    assert any("tool.exe was left out: This file is a Windows program" in w for w in upload.version.warnings)


def test_what_fails_inside_fails_alone_with_its_reason(take_in) -> None:
    upload = take_in(zipped({"good.txt": "Twenty days.", "bad.pdf": b"%PDF-1.7 and no more"}), "a.zip")
    with every_tenant():
        found = dict(
            DocumentVersion.objects.exclude(document=upload.document).values_list("document__name", "status")
        )
        assert found == {"a.zip/good.txt": Status.READY, "a.zip/bad.pdf": Status.FAILED}
    assert upload.version.status == Status.READY


def test_archives_in_mails_in_archives_are_read_until_they_are_too_deep(take_in) -> None:
    data, name = b"Twenty days.", "deep.txt"
    for depth in range(6):
        data, name = zipped({name: data, f"note{depth}.txt": f"level {depth}"}), f"{depth}.zip"
    take_in(data, name)
    assert max(name.count("/") for name in names()) == 4
    with every_tenant():
        assert not Document.objects.filter(name__endswith="deep.txt").exists()
        deepest = DocumentVersion.objects.get(document__name__endswith="/1.zip")
    assert any("nested too deeply" in words for words in deepest.warnings)


def test_a_new_version_changes_only_what_changed(take_in) -> None:
    take_in(zipped({"same.txt": "Stays.", "other.txt": "Before.", "gone.txt": "Leaves."}), "a.zip")
    take_in(zipped({"same.txt": "Stays.", "other.txt": "After.", "new.txt": "Comes."}), "a.zip")
    assert names() == ["a.zip/new.txt", "a.zip/other.txt", "a.zip/same.txt"]
    with every_tenant():
        numbers = {d.name: d.latest.number for d in Document.objects.live().exclude(parent=None)}
        assert numbers == {"a.zip/new.txt": 1, "a.zip/other.txt": 2, "a.zip/same.txt": 1}
        assert Document.objects.get(name="a.zip/gone.txt").deleted_at is not None


def test_reading_again_after_a_worker_died_half_way_doubles_nothing(
    take_in, acme, handbook, member, monkeypatch
) -> None:
    accept, taken = unpacking.accept_part, []

    def dies_at_the_second(claim, part: Part, *, name: str) -> None:
        taken.append(name)
        if len(taken) == 2:
            raise KeyboardInterrupt
        accept(claim, part, name=name)

    monkeypatch.setattr(unpacking, "accept_part", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        take_in(zipped({"1.txt": "one", "2.txt": "two", "3.txt": "three"}), "a.zip")
    monkeypatch.undo()
    with tenant_scope(acme.id):
        assert len(names()) == 1
        DocumentVersion.objects.filter(status=Status.PROCESSING).update(
            status=Status.QUEUED, claim=None, attempts=0
        )
        read_all()
        assert names() == ["a.zip/1.txt", "a.zip/2.txt", "a.zip/3.txt"]
        assert DocumentVersion.objects.count() == 4


def test_a_zombie_adds_nothing(take_in, acme, handbook, member, tmp_path) -> None:
    with tenant_scope(acme.id):
        upload = accept_upload(
            io.BytesIO(zipped({"a.txt": "one"})), name="a.zip", collection=handbook, member=member, send=False
        )
        zombie = claim_version(upload.version.pk)
        DocumentVersion.objects.update(status=Status.QUEUED, claim=None)
        assert claim_version(upload.version.pk)
        (tmp_path / "part").write_text("one")
        with pytest.raises(Superseded):
            unpacking.accept_part(zombie, Part("a.txt", tmp_path / "part", 3), name="a.zip/a.txt")
        assert names() == []
        assert len(list((tmp_path / "files" / str(acme.id)).iterdir())) == 1


def test_deleting_a_mail_deletes_what_came_in_it(take_in, acme, member) -> None:
    upload = take_in(
        mail(**{"all.zip": zipped({"a.txt": "one", "b.txt": "two"}), "c.txt": b"three"}), "m.eml"
    )
    take_in(b"Another document.", "other.txt")
    with tenant_scope(acme.id):
        assert len(names()) == 4
        delete_document(upload.document, member)
        assert names() == []
        purging.purge_document(upload.document.pk)
        assert list(Document.objects.values_list("name", flat=True)) == ["other.txt"]
        assert DocumentVersion.objects.count() == 1
        purged = AuditEvent.objects.filter(action="document.purged").count()
    assert purged == 5


def test_moving_a_mail_moves_what_came_in_it(take_in, acme, member) -> None:
    upload = take_in(mail(**{"all.zip": zipped({"a.txt": "one"})}), "m.eml")
    with tenant_scope(acme.id):
        other = Collection.objects.create(name="Other")
        move_document(upload.document, collection=other, member=member)
        assert set(Document.objects.values_list("collection", flat=True)) == {other.pk}


def test_members_and_outsiders_reach_a_part_as_they_reach_its_mail(
    take_in, acme, bob, carol, globex, browser_of, handbook
):
    take_in(mail(**{"plan.md": b"Swim daily."}), "m.eml")
    with every_tenant():
        version = DocumentVersion.objects.get(document__name="m.eml/plan.md")
    url = f"/documents/{version.pk}/file/"
    mine = browser_of(bob).get(url)
    assert b"".join(mine.streaming_content) == b"Swim daily."
    assert 'filename="plan.md"' in mine.headers["Content-Disposition"]
    assert browser_of(carol).get(url).status_code == 404
    with tenant_scope(acme.id):
        Collection.objects.filter(pk=handbook.pk).update(everyone=False)
        with pytest.raises(NotAllowed):
            delete_document(version.document, require_member(bob.id, tenant=acme.id))
    assert browser_of(bob).get(url).status_code == 404


def test_an_upload_of_its_own_outlives_the_mail_that_held_it_too(take_in) -> None:
    take_in(mail(**{"plan.md": b"Swim daily."}), "m.eml")
    assert not take_in(b"Swim daily.", "plan.md").duplicate


def test_what_is_over_the_quota_is_named_and_left_out(take_in, settings) -> None:
    data = zipped({"a.txt": "x" * 600, "b.txt": "y" * 600})
    settings.TENANT_QUOTA_BYTES = len(data) + 700
    upload = take_in(data, "a.zip")
    assert names() == ["a.zip/a.txt"]
    assert any("storage are used up" in words for words in upload.version.warnings)


def test_limits_hold_for_all_levels_together(take_in, settings) -> None:
    settings.DOCUMENT_MAX_PARTS = 4
    inner = zipped({f"{n}.txt": f"text {n}" for n in range(5)})
    take_in(zipped({"1.zip": inner, "2.zip": inner}), "a.zip")
    assert len(names()) == 4
