"""Repositories from Git's own server program behind a real web server."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingestion.sources.connectors.git import GitSettings, Repository
from ingestion.sources.errors import AddressRefused, SourceError, Unreachable
from tests.ingestion.listening import listening
from tests.ingestion.test_sources_web import Memory, run

TOKEN = "Basic Z2l0OnJlYWQtb25seQ=="  # git:read-only


class Backend(BaseHTTPRequestHandler):
    """`git http-backend` as CGI; /private/ asks for a token."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked.append(self.path)
        if path.startswith("/private/") and self.headers.get("Authorization") != TOKEN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env = os.environ | {
            "GIT_PROJECT_ROOT": str(self.server.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }  # fmt: skip
        answer = subprocess.run(
            ["git", "http-backend"], input=body, env=env, capture_output=True, check=False
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(lines.pop("Status", "200").split()[0]))
        for name, value in {**lines, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


def git(*command: str, cwd: Path) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=Mia", "-c", "user.email=mia@acme.example", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *command], cwd=cwd, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A working copy whose pushes reach the server as public.git and private/own.git."""
    root, work = tmp_path / "served", tmp_path / "work"
    (root / "private").mkdir(parents=True)
    for name in ("public.git", "private/own.git"):
        git("init", "--quiet", "--bare", str(root / name), cwd=tmp_path)
    work.mkdir()
    git("init", "--quiet", cwd=work)
    put(
        work, {"README.md": "# Read me", "docs/guide.md": "Guide", "docs/logo.png": "png", "src/a.py": "code"}
    )
    return work


def put(work: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (work / name).parent.mkdir(exist_ok=True)
        (work / name).write_text(text)
    return push(work)


def push(work: Path) -> str:
    git("add", "-A", cwd=work)
    git("commit", "--quiet", "-m", "Change", cwd=work)
    for name in ("public.git", "private/own.git"):
        git("push", "--quiet", str(work.parent / "served" / name), "HEAD", cwd=work)
    return git("rev-parse", "HEAD", cwd=work)


@pytest.fixture
def server(work, settings) -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    http.root, http.asked = work.parent / "served", []
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    settings.SOURCES_ALLOWED_PORTS = [http.server_port]
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def repository(server: str, path: str = "/public.git", *, secret: str = "", **options) -> Repository:
    return Repository({"url": server + path, "patterns": "*.md\n*.txt"} | options, secret=secret)


def test_files_that_fit_are_taken_with_their_address_at_the_commit(server, work) -> None:
    commit = git("rev-parse", "HEAD", cwd=work)
    result = run(repository(server), Memory())
    assert result.items == {"README.md": b"# Read me", "docs/guide.md": b"Guide"}
    assert result.found["docs/guide.md"].url == f"{server}/public/blob/{commit}/docs/guide.md"
    assert set(run(repository(server, folder="/docs/", patterns=""), Memory()).items) == {
        "docs/guide.md", "docs/logo.png",
    }  # fmt: skip


def test_nothing_is_fetched_when_the_branch_has_not_moved(server, work) -> None:
    memory = Memory()
    first = run(repository(server), memory)
    assert run(repository(server), memory).unchanged == set(first.items)
    put(work, {"README.md": "# Read me again", "new.txt": "new"})
    (work / "docs" / "guide.md").unlink()
    push(work)
    again = run(repository(server), memory)
    assert set(again.items) == {"README.md", "new.txt"}
    assert again.found["README.md"].fingerprint != first.found["README.md"].fingerprint


def test_another_branch(server, work) -> None:
    git("checkout", "--quiet", "-b", "next/one", cwd=work)
    put(work, {"next.md": "soon"})
    assert "next.md" in run(repository(server, branch="next/one"), Memory()).items
    assert "next.md" not in run(repository(server), Memory()).items
    with pytest.raises(SourceError, match="no such branch"):
        repository(server, branch="missing").check()


def test_links_in_the_repository_are_not_followed(server, work) -> None:
    (work / "passwd.md").symlink_to("/etc/passwd")
    push(work)
    assert "passwd.md" not in run(repository(server), Memory()).items


def test_private_repository_is_read_with_its_token_alone(server) -> None:
    found = run(repository(server, "/private/own.git", secret="read-only"), Memory())
    assert "README.md" in found.items
    for secret in ("", "wrong"):
        with pytest.raises(Unreachable, match="token"):
            repository(server, "/private/own.git", secret=secret).check()


def test_connection_test_names_the_commit(server, work) -> None:
    assert git("rev-parse", "HEAD", cwd=work)[:10] in repository(server).check()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc",
        "ssh://git@example.com/x",
        "git@example.com:x",
        "ext::sh -c id",
        "--upload-pack=id",
        "/etc",
    ],
)
def test_only_web_addresses_are_read(url) -> None:
    assert "url" in GitSettings({"url": url, "patterns": "*"}).errors
    with pytest.raises(SourceError):
        Repository({"url": url}).check()


@pytest.mark.parametrize("branch", ["--upload-pack=id", "a..b", "a b", "a:b"])
def test_odd_branch_is_refused(branch) -> None:
    assert "branch" in GitSettings({"url": "https://example.com/x", "patterns": "*", "branch": branch}).errors


def test_private_address_and_plain_http_are_refused(server, settings, monkeypatch) -> None:
    settings.SOURCES_ALLOWED_NETWORKS = []
    with pytest.raises(AddressRefused, match="private network"):
        repository(server).check()
    with pytest.raises(AddressRefused, match="https"):
        Repository({"url": "http://93.184.216.34/x.git"}).check()


def test_redirect_is_not_followed(server, settings) -> None:
    with listening() as other:
        settings.SOURCES_ALLOWED_PORTS = [*settings.SOURCES_ALLOWED_PORTS, other.server_port]
        query = "/r.git/info/refs?service=git-upload-pack"
        other.pages[query] = (
            302,
            {"Location": f"{server}/public.git/info/refs?service=git-upload-pack"},
            b"",
        )
        with pytest.raises(Unreachable):
            repository(other.url, "/r.git").check()
        assert [path for path, _ in other.asked] == [query]


def test_name_is_not_looked_up_again_by_git(server, settings, monkeypatch) -> None:
    """Only our resolver knows this name: git connects to the address that was checked."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.1", *a, **k))
    port = server.rpartition(":")[2]
    assert "can be read" in Repository({"url": f"http://git.invalid:{port}/public.git"}).check()


def test_repository_that_is_too_large_is_ended(server, work, settings) -> None:
    put(work, {"large.md": os.urandom(300_000).hex()})
    settings.SOURCE_RUN_MAX_BYTES = 1000
    with pytest.raises(SourceError):
        run(repository(server), Memory())


def test_too_large_file_is_named(server, work, settings) -> None:
    put(work, {"large.md": "x" * 5000})
    settings.UPLOAD_MAX_BYTES = 4000
    (event,) = [e for e in repository(server).changes(Memory()) if getattr(e, "key", "") == "large.md"]
    with pytest.raises(SourceError, match="larger"), event.open():
        pass
