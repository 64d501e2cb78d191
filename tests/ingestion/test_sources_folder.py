"""Watched folders: what the operator opened, and not one step outside it."""

import os
from pathlib import Path

import pytest

from ingestion.sources.connectors.folder import Folder
from ingestion.sources.errors import SourceError
from tests.ingestion.test_sources_web import Memory, run


@pytest.fixture
def docs(tmp_path: Path, settings) -> Path:
    (tmp_path / "docs" / "inner").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "keys.txt").write_text("secret")
    settings.WATCHED_FOLDERS = [str(tmp_path / "docs")]
    return tmp_path / "docs"


def connector(folder: object, organisation: str = "Acme", **options) -> Folder:
    return Folder({"folder": str(folder), "below": True} | options, organisation=organisation)


def test_files_are_named_with_their_folders(docs) -> None:
    (docs / "a.txt").write_text("a")
    (docs / "inner" / "b.txt").write_text("b")
    assert run(connector(docs), Memory()).items == {"a.txt": b"a", "inner/b.txt": b"b"}
    assert set(run(connector(docs, below=False), Memory()).items) == {"a.txt"}
    assert set(run(connector(docs / "inner"), Memory()).items) == {"b.txt"}


@pytest.mark.parametrize(
    "name", [".hidden", "~$report.docx", "report.docx~", "x.tmp", "Thumbs.db", ".git/config", "#a#", "b.PART"]
)
def test_hidden_and_temporary_files_are_left_alone(name, docs) -> None:
    (docs / name).parent.mkdir(exist_ok=True)
    (docs / name).write_text("x")
    assert run(connector(docs), Memory()).items == {}


@pytest.mark.parametrize(
    "wanted",
    [
        "/etc",
        "{docs}/..",
        "{docs}/../secret",
        "{docs}/inner/../../secret",
        "{docs}-other",
        "docs",
        "/",
        "",
        "~",
    ],
)
def test_folder_outside_is_refused(wanted, docs) -> None:
    (docs.parent / "docs-other").mkdir()
    with pytest.raises(SourceError, match="not open to your organisation"):
        connector(wanted.format(docs=docs)).check()


def test_links_are_not_followed_whatever_they_lead_to(docs) -> None:
    secret = docs.parent / "secret"
    (docs / "file").symlink_to(secret / "keys.txt")
    (docs / "folder").symlink_to(secret)
    (docs / "inner" / "up").symlink_to("../../secret")
    os.mkfifo(docs / "pipe")
    assert run(connector(docs), Memory()).items == {}
    with pytest.raises(SourceError, match="cannot be opened"):
        connector(docs / "folder").check()
    with pytest.raises(SourceError, match="cannot be opened"):
        connector(docs / "inner" / "up").check()


def test_file_that_becomes_a_link_after_it_was_listed_is_not_read(docs) -> None:
    (docs / "a.txt").write_text("a")
    (event,) = iter_first(connector(docs).changes(Memory()))
    (docs / "a.txt").unlink()
    (docs / "a.txt").symlink_to(docs.parent / "secret" / "keys.txt")
    with pytest.raises(OSError), event.open():
        pass


def iter_first(events):
    """The first event, with the listing still open behind it."""
    iter_first.kept = events
    return [next(events)]


def test_folder_of_one_organisation_does_not_exist_for_another(docs, settings) -> None:
    settings.WATCHED_FOLDERS = [f"{docs}=Acme"]
    assert "can be read" in connector(docs, "Acme").check()
    with pytest.raises(SourceError, match="not open to your organisation"):
        connector(docs, "Globex").check()


def test_folder_that_is_missing_or_was_unmounted_is_said(docs) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        run(connector(docs / "missing"), Memory())


def test_changed_file_has_another_fingerprint(docs) -> None:
    (docs / "a.txt").write_text("a")
    first = run(connector(docs), Memory()).found["a.txt"].fingerprint
    (docs / "a.txt").write_text("ab")
    assert run(connector(docs), Memory()).found["a.txt"].fingerprint != first


def test_name_that_is_not_utf8_is_named_as_such(docs) -> None:
    with open(os.fsencode(docs) + b"/caf\xe9.txt", "w") as file:
        file.write("x")
    assert "not UTF-8" in next(iter(run(connector(docs), Memory()).unread.values()))
