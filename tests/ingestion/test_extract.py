"""`manage.py extract FILE` prints what would be indexed, or says in one sentence why there is nothing."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
NOTE = "# Urlaub\n\nZwanzig Tage für alle – 日本語\n"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.md"
    path.write_text(NOTE, encoding="utf-8")
    return path


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "manage.py", "extract", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_the_text_is_printed_in_utf_8_whatever_the_locale_and_without_a_database(note: Path, tmp_path: Path):
    nowhere = f"sqlite:///{tmp_path}/none.sqlite3"
    done = run(note, LC_ALL="C", PYTHONIOENCODING="ascii", DATABASE_URL=nowhere)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, NOTE, b"")
    assert not (tmp_path / "none.sqlite3").exists()


def test_pages_and_headings_are_marked_on_request(note: Path):
    found = json.loads(run(note, "--json").stdout)
    assert (found["media_type"], found["title"], found["pages"]) == ("text/markdown", "Urlaub", None)
    assert found["sections"] == [{"page": None, "heading": ["Urlaub"], "kind": "text", "text": NOTE.strip()}]
    assert found["warnings"] == []


@pytest.mark.parametrize("what", ["missing", "folder", "empty", "binary", "blank"])
def test_a_file_without_text_is_one_sentence_and_exit_status_1(what: str, tmp_path: Path):
    path = tmp_path / what
    contents = {"empty": b"", "binary": bytes(range(256)) * 9, "blank": b" \n \n"}
    if what in contents:
        path.write_bytes(contents[what])
    if what == "folder":
        path.mkdir()
    done = run(path)
    said = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b"")
    assert said.endswith(".\n")
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_remarks_go_to_standard_error_alone(tmp_path: Path):
    path = tmp_path / "really.pdf"
    path.write_bytes(b"{\\rtf1 Twenty days}")
    done = run(path)
    assert done.returncode == 0
    assert b"Twenty days" in done.stdout
    assert b"rich text" in done.stderr
    assert b"rich text" not in done.stdout


def test_a_reader_that_has_had_enough_is_not_minded(tmp_path: Path):
    path = tmp_path / "long.txt"
    path.write_text("Twenty days of leave.\n" * 100_000)
    script = '"$0" manage.py extract "$1" | head -c 10; echo " ${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, str(path)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout.decode(), done.stderr.decode()) == ("Twenty day 0\n", "")


def test_a_closed_standard_output_is_not_minded(note: Path):
    script = '"$0" manage.py extract "$1" >&-'
    done = subprocess.run(
        ["bash", "-c", script, sys.executable, str(note)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_files_inside_follow_under_a_line_with_their_name(tmp_path: Path):
    path, inner = tmp_path / "all.zip", io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.txt", "Ten days.")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/leave.md", "# Leave")
        archive.writestr("b.zip", inner.getvalue())
        archive.writestr("bad.pdf", "%PDF-1.7")
    done = run(path)
    assert done.returncode == 0
    assert done.stdout.decode() == (
        "all.zip/a/leave.md\n\n# Leave\n\nall.zip/b.zip\n\nall.zip/b.zip/deep.txt\n\nTen days.\n"
    )
    assert "bad.pdf: This PDF is damaged" in done.stderr.decode()
    found = json.loads(run(path, "--json").stdout)
    assert [child["name"] for child in found["children"]] == ["all.zip/a/leave.md", "all.zip/b.zip"]


def test_an_archive_of_which_nothing_can_be_read_gives_no_text(tmp_path: Path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bad.pdf", "%PDF-1.7")
    done = run(path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().count("\n") == 1


def test_it_is_a_command_like_the_others(note: Path, capsys: pytest.CaptureFixture[str]):
    call_command("extract", str(note))
    assert capsys.readouterr().out == NOTE
