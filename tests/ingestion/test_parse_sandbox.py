"""The child that reads a document may crash, hang, grow or be killed; the worker gets a plain sentence."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from ingestion.errors import DocumentError
from ingestion.parse import Limits, ParsedDocument, parse, parse_texts, sandbox, wire
from ingestion.parse.child import Child
from ingestion.parse.texts import decode_texts, encode_text

ROOT = Path(sandbox.__file__).resolve().parents[2]
PARAGRAPH = "Employees receive twenty days of leave each year.\n\n"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note"
    path.write_text("# Leave\n\nTwenty days.")
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Takes seconds to read, so that it can be interrupted."""
    path = tmp_path / "large"
    path.write_text(PARAGRAPH * 500_000)
    return path


def refusal(path: Path, **limits: float) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse(path, name="a.txt", limits=Limits(**limits))
    return caught.value


def run_script(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


def wait_until(true) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def test_a_document_comes_back_whole(note: Path):
    parsed = parse(note, name="note.md")
    assert parsed.text == "# Leave\n\nTwenty days."
    assert parsed.sections[0].heading == ("Leave",)
    assert (parsed.title, parsed.media_type, parsed.pages) == ("Leave", "text/markdown", None)


def test_the_helper_is_started_once(note: Path):
    parse(note, name="a.md")
    first = sandbox._helper
    parse(note, name="b.md")
    assert sandbox._helper is first


def test_a_dead_helper_is_replaced(note: Path):
    parse(note, name="a.md")
    assert sandbox._helper
    sandbox._helper.process.kill()
    assert parse(note, name="a.md").title == "Leave"


def test_a_worker_that_comes_late_to_a_quick_child_misses_nothing(note: Path, monkeypatch):
    attended = Child.attended

    def late(child: Child) -> AbstractContextManager[Child]:
        gone = select.poll()
        gone.register(child._report, select.POLLRDHUP)
        assert gone.poll(20_000)  # the child has ended, and all that is told of it waits here
        return attended(child)

    monkeypatch.setattr(Child, "attended", late)
    parse(note, name="a.md")
    helper = sandbox._helper
    assert parse(note, name="a.md").title == "Leave"
    assert sandbox._helper is helper


def test_many_threads_may_read_at_once(note: Path):
    with ThreadPoolExecutor(8) as pool:
        titles = list(pool.map(lambda _: parse(note, name="a.md").title, range(40)))
    assert titles == ["Leave"] * 40


def test_a_document_that_takes_too_long_is_stopped(large: Path):
    assert refusal(large, wall_seconds=0.05).code == "too_slow"


def test_a_document_that_needs_too_much_processor_time_is_stopped(large: Path):
    large.write_text(PARAGRAPH * 1_000_000)
    assert refusal(large, cpu_seconds=1).code == "too_slow"


def test_a_document_that_needs_too_much_memory_is_refused(large: Path):
    error = refusal(large, memory_bytes=60 << 20)
    assert error.code == "too_much_memory"
    assert error.permanent


def test_memory_really_used_is_limited_too(large: Path):
    error = refusal(large, resident_bytes=90 << 20)
    assert error.code == "too_much_memory"


def test_a_document_with_too_much_text_is_refused(note: Path):
    note.write_text(PARAGRAPH * 1_000)
    assert refusal(note, output_bytes=40_000).code == "too_large"


def test_a_file_that_is_too_large_or_empty_is_not_opened(note: Path):
    assert refusal(note, input_bytes=5).code == "too_large"
    note.write_bytes(b"")
    assert refusal(note).code == "empty"


def test_a_killed_child_is_an_error_of_that_document_alone(large: Path, note: Path):
    parse(note, name="a.md")
    assert sandbox._helper
    helper = psutil.Process(sandbox._helper.process.pid)
    caught: list[DocumentError] = []
    reader = threading.Thread(target=lambda: caught.append(refusal(large)))
    reader.start()
    wait_until(helper.children)
    helper.children()[0].send_signal(signal.SIGSEGV)
    reader.join(30)
    assert [(error.code, error.permanent) for error in caught] == [("parser_killed", False)]
    assert parse(note, name="a.md").title == "Leave"


def test_of_several_texts_those_before_a_crash_stand(large: Path, note: Path):
    found: list[list[object]] = []
    names = ["a.md", "large.txt", "b.md"]
    reader = threading.Thread(target=lambda: found.append(parse_texts([note, large, note], names=names)))
    parse(note, name="a.md")
    assert sandbox._helper
    helper = psutil.Process(sandbox._helper.process.pid)
    reader.start()
    wait_until(helper.children)
    helper.children()[0].send_signal(signal.SIGSEGV)
    reader.join(30)
    [[first, *others]] = found
    assert others == [None, None]
    assert first is None or isinstance(first, ParsedDocument)  # it may have died before


def test_what_is_no_plain_text_never_shares_a_child(tmp_path: Path, note: Path):
    files = {
        "a.txt": b"%PDF-1.7 text", "b.txt": b"PK\x03\x04", "c.txt": b"{\\rtf1 text}", "d.txt": b"<html><p>Text",
        "e.eml": b"From: a@b.example\nTo: b@c.example\nSubject: x\n\nText", "f.txt": b"a\0b",
        "g.xml": b"<?xml version='1.0'?><a>Text</a>",
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    found = parse_texts([*(tmp_path / name for name in files), note], names=[*files, "note.md"])
    assert found[:-1] == [None] * len(files)
    assert isinstance(found[-1], ParsedDocument) and found[-1].title == "Leave"


def test_an_answer_for_several_that_lies_about_its_length_is_no_answer():
    good = encode_text(json.dumps({"code": "no_text", "sentence": "None."}).encode())
    lies = [b"", b"\0", b"\xff\xff\xff\xff{}", good[:-1], encode_text(b"[1]"), encode_text(b"")]
    for lie in lies:
        assert decode_texts(lie, 2) == [None, None]
        first, second = decode_texts(good + lie, 2)
        assert isinstance(first, DocumentError) and second is None
    assert len(decode_texts(good * 3, 2)) == 2


def test_an_interrupted_worker_ends_its_child(large: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(Child, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        parse(large, name="a.txt")
    assert sandbox._helper
    helper = psutil.Process(sandbox._helper.process.pid)
    wait_until(lambda: not helper.children())


def test_a_helper_that_dies_in_the_middle_is_replaced_and_the_document_read_again(large: Path, note: Path):
    parse(note, name="a.md")
    assert sandbox._helper
    helper = psutil.Process(sandbox._helper.process.pid)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(parse(large, name="a.txt").media_type))
    reader.start()
    wait_until(helper.children)
    helper.kill()
    reader.join(60)
    assert read == ["text/plain"]


def test_nothing_outlives_a_killed_worker(note: Path):
    script = (
        "import os, signal, sys; from pathlib import Path; from ingestion.parse import parse, sandbox\n"
        "parse(Path(sys.argv[1]), name='a.md'); print(sandbox._helper.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    helper = int(run_script(script, str(note)))
    wait_until(
        lambda: not psutil.pid_exists(helper) or psutil.Process(helper).status() == psutil.STATUS_ZOMBIE
    )


def test_a_forked_worker_gets_a_helper_of_its_own(note: Path):
    script = (
        "import os, sys; from pathlib import Path; from ingestion.parse import parse, sandbox\n"
        "note = Path(sys.argv[1]); parse(note, name='a.md'); mine = sandbox._helper.process.pid\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    parse(note, name='a.md'); other = sandbox._helper.process.pid; sandbox.stop_helper()\n"
        "    os._exit(0 if other != mine else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "parse(note, name='a.md'); print(sandbox._helper.process.pid == mine)"
    )
    assert run_script(script, str(note)).split() == ["0", "True"]


def test_a_confined_process_reaches_no_file_no_network_and_no_program(tmp_path: Path, note: Path):
    script = (
        "import os, socket, sys; from ingestion.parse.confine import confine, leave_files\n"
        "leave_files(); confine(memory_bytes=1 << 32, cpu_seconds=10)\n"
        "def tried(action):\n"
        "    try: action(); return 'done'\n"
        "    except OSError as error: return type(error).__name__\n"
        "def write():\n"
        "    with open(sys.argv[1], 'w') as file: file.write('x')\n"
        "print(tried(write), tried(lambda: open(sys.argv[2])), tried(socket.socket), "
        "tried(lambda: os.execv('/bin/true', ['true'])), tried(lambda: os.kill(os.getppid(), 0)))"
    )
    done = run_script(script, str(tmp_path / "out"), str(note)).split()
    assert done == [
        "PermissionError",
        "PermissionError",
        "PermissionError",
        "PermissionError",
        "PermissionError",
    ]


def test_the_helper_never_sees_the_workers_secrets(note: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    sandbox.stop_helper()
    parse(note, name="a.md")
    assert sandbox._helper
    environment = Path(f"/proc/{sandbox._helper.process.pid}/environ").read_bytes()
    assert b"do-not-tell" not in environment
    assert f"PATH={os.environ['PATH']}".encode() in environment


GOOD = {
    "text": "abc",
    "sections": [[0, 3, None, 0, "text"]],
    "headings": [[]],
    "title": "",
    "media_type": "text/plain",
    "pages": None,
    "warnings": [],
    "parts": [],
}


def test_a_sound_answer_is_taken():
    assert wire.decode_answer(json.dumps(GOOD).encode()).text == "abc"


@pytest.mark.parametrize(
    "change",
    [
        {"text": 1},
        {"text": ""},
        {"sections": [[0, 4, None, 0, "text"]]},
        {"sections": [[-1, 3, None, 0, "text"]]},
        {"sections": [[0, 2, None, 0, "text"], [1, 3, None, 0, "text"]]},
        {"sections": [[0, 3, None, 1, "text"]]},
        {"sections": [[0, 3, None, 0, "script"]]},
        {"sections": [[0, 3, "1", 0, "text"]]},
        {"sections": [[0, 3, None, True, "text"]]},
        {"headings": [[1]]},
        {"warnings": {}},
        {"parts": [1]},
        {"parts": {}},
        {"pages": -1},
        {"code": "owned", "sentence": "x"},
        {"code": "corrupt", "sentence": 1},
    ],
)
def test_a_lying_answer_is_not_believed(change: dict[str, object]):
    with pytest.raises(wire.MalformedAnswerError):
        wire.decode_answer(json.dumps(GOOD | change).encode())


@pytest.mark.parametrize("answer", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_answer_is_refused(answer: bytes):
    with pytest.raises(wire.MalformedAnswerError):
        wire.decode_answer(answer)
