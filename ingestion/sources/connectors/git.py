"""Files of a Git repository at a branch. The git program fetches; what it may do is nailed down here."""

import os
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import BinaryIO
from urllib.parse import quote

from django import forms
from django.conf import settings

from ingestion.sources import addresses, safe_http
from ingestion.sources.connector import Connector, Event, Item, Session, Settings, Unchanged, lines_of
from ingestion.sources.errors import AddressRefused, SourceError, TooMuch, Unreachable
from ingestion.sources.web.scope import matches

SECONDS = 600.0
STEP = 0.1  # seconds between two looks at a running git
REGULAR = {"100644", "100755"}
USUAL = "*.md\n*.rst\n*.adoc\n*.txt\n*.pdf\n*.docx\n*.html"


class GitSettings(Settings):
    url = forms.CharField(
        max_length=500, label="Repository", help_text="Such as https://git.example.com/team/handbook.git."
    )
    branch = forms.CharField(required=False, max_length=200, help_text="Empty: the repository's own choice.")
    folder = forms.CharField(required=False, max_length=300, help_text="Only below this one, such as docs/.")
    patterns = forms.CharField(
        initial=USUAL, widget=forms.Textarea, label="Which files", help_text="One a line; * is any text."
    )
    user = forms.CharField(
        required=False, max_length=200, label="User name", help_text="Some servers want one beside the token."
    )
    token = forms.CharField(required=False, help_text="For a private repository: one that may only read.")

    def clean_url(self) -> str:
        try:
            return safe_http.place_of(self.cleaned_data["url"]).url
        except AddressRefused as error:
            raise forms.ValidationError(error.sentence) from error

    def clean_branch(self) -> str:
        branch: str = self.cleaned_data["branch"]
        if branch.startswith("-") or ".." in branch or any(c in branch for c in " ~^:?*[\\\x7f"):
            raise forms.ValidationError("No branch can be called so.")
        return branch


class Repository(Connector):
    kind = "git"
    label = "Git repository"
    description = "Files of a repository at GitHub, GitLab, Gitea and others, at one branch."
    icon = "code"
    Settings = GitSettings
    secret_field = "token"  # noqa: S105  the name of a field
    secret_is_for = ("url", "user")

    def check(self) -> str:
        with TemporaryDirectory() as folder:
            commit = Git(self, Path(folder)).newest()
        return f"The repository can be read. Its newest commit there is {commit[:10]}."

    def changes(self, session: Session) -> Iterator[Event]:
        with TemporaryDirectory() as name:
            git = Git(self, Path(name))
            commit = git.newest()
            if session.state.get("commit") == commit:
                yield from map(Unchanged, session.keys())
                return
            git.fetch(commit, session)
            for path, blob, size in git.files():
                if self._wants(path):
                    url = f"{self._page}/blob/{commit}/{quote(path)}"
                    yield Item(path, path, blob, partial(git.opened, blob, size), url=url)
            session.state["commit"] = commit

    @property
    def _page(self) -> str:
        return str(self.options["url"]).removesuffix(".git").rstrip("/")

    def _wants(self, path: str) -> bool:
        folder = self.options.get("folder", "").strip("/")
        if folder and not path.startswith(folder + "/"):
            return False
        patterns = lines_of(self.options.get("patterns", ""))
        return not patterns or any(
            matches(path, pattern) or matches(Path(path).name, pattern) for pattern in patterns
        )


class Git:
    """The program, in a folder of its own, with an environment of our own."""

    def __init__(self, source: Repository, folder: Path) -> None:
        program = shutil.which("git")
        if program is None:
            raise SourceError("The git program is missing on this server. The operator has to install it.")
        self.program, self.folder = program, folder
        self.place = safe_http.place_of(source.options["url"])
        self.branch = source.options.get("branch") or "HEAD"
        self.repository = folder / "repository"
        found = addresses.resolve(self.place.host, self.place.port)
        # Without TLS a repository may be read in the operator's own networks alone.
        inside = all(addresses.is_allowed(ip_address(place[0])) for _, place in found)
        if self.place.scheme == "http" and not inside:
            raise AddressRefused("Repositories are read over https:// only.")
        self.environment = environment(self.place, str(found[0][1][0]), source, folder)

    def newest(self) -> str:
        wanted = self.branch if self.branch == "HEAD" else f"refs/heads/{self.branch}"
        lines = self._run("ls-remote", "--exit-code", "--", self.place.url, wanted).decode().split()
        if not lines or len(lines[0]) not in (40, 64) or not lines[0].isalnum():
            raise SourceError("The repository has no such branch.")
        return lines[0]

    def fetch(self, commit: str, session: Session) -> None:
        """One commit, without its past."""
        self._run("init", "--quiet", "--bare", str(self.repository))
        wanted = self.branch if self.branch == "HEAD" else f"refs/heads/{self.branch}"
        options = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        self._run("fetch", *options, "--", self.place.url, f"{wanted}:refs/heads/taken", session=session)
        if self._run("rev-parse", "refs/heads/taken").decode().strip() != commit:
            raise SourceError("The branch has just moved. The next run takes it.")

    def files(self) -> Iterator[tuple[str, str, int]]:
        """(path, blob, size) of regular files: no links, no submodules."""
        listing = self._run("ls-tree", "-r", "-z", "--full-tree", "refs/heads/taken")
        entries = []
        for entry in listing.split(b"\0"):
            about, _, path = entry.partition(b"\t")
            mode, _, blob = about.decode().partition(" blob ")
            if mode in REGULAR:
                entries.append((path.decode(errors="replace"), blob))
        sizes = self._sizes([blob for _, blob in entries])
        for name, blob in entries:
            yield name, blob, sizes.get(blob, settings.UPLOAD_MAX_BYTES + 1)

    def _sizes(self, blobs: list[str]) -> dict[str, int]:
        asked = "\n".join(blobs).encode() + b"\n"
        lines = self._run("cat-file", "--batch-check=%(objectname) %(objectsize)", input=asked).decode()
        pairs = (line.split() for line in lines.splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}

    @contextmanager
    def opened(self, blob: str, size: int) -> Iterator[BinaryIO]:
        if size > settings.UPLOAD_MAX_BYTES:
            raise TooMuch(f"It is larger than {settings.UPLOAD_MAX_BYTES // 2**20} MB.")
        with SpooledTemporaryFile(max_size=1024 * 1024) as file:
            file.write(self._run("cat-file", "blob", blob))
            file.seek(0)
            yield file  # type: ignore[misc]

    def _run(self, *command: str, session: Session | None = None, input: bytes = b"") -> bytes:
        """Its output. Ended, with all that it started, when it takes too long, writes too much or is not wanted."""
        at = ["--git-dir", str(self.repository)] if self.repository.exists() else []
        with (self.folder / "out").open("w+b") as out, (self.folder / "in").open("w+b") as given:
            given.write(input)
            given.seek(0)
            process = subprocess.Popen(
                [self.program, *at, *command], cwd=self.folder, env=self.environment, stdin=given, stdout=out,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            try:
                status = self._wait(process, session)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            out.seek(0)
            if status == 0:
                return out.read()
        if command[0] == "ls-remote" and status == 2:
            raise SourceError("The repository has no such branch.")
        raise Unreachable("The repository cannot be read. Check its address, and the token if it is private.")

    def _wait(self, process: "subprocess.Popen[bytes]", session: Session | None) -> int:
        until, limit = time.monotonic() + SECONDS, settings.SOURCE_RUN_MAX_BYTES
        status = None
        while status is None:
            try:
                status = process.wait(STEP)
            except subprocess.TimeoutExpired:
                if session is not None:
                    session.pause()
            if status is None and time.monotonic() > until:
                raise Unreachable(f"{self.place.host} took too long to answer.")
            if folder_bytes(self.folder) > limit:  # also when it was quicker than we looked
                raise TooMuch(f"The repository is larger than {limit // 2**20} MB.")
        return status


def folder_bytes(folder: Path) -> int:
    count = 0
    for _, _, files, here in os.fwalk(folder):
        for name in files:
            try:
                count += os.stat(name, dir_fd=here, follow_symlinks=False).st_size
            except OSError:  # gone, or renamed
                continue
    return count


def environment(place: safe_http.Place, address: str, source: Repository, folder: Path) -> dict[str, str]:
    """All that git knows. Settings go in by the environment, where other users of the machine do not see them."""
    address = f"[{address}]" if ":" in address else address
    told = {
        "http.curloptResolve": f"{place.host}:{place.port}:{address}",  # no name is looked up a second time
        "http.followRedirects": "false",
        "http.proxy": "",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "60",
        "protocol.allow": "never",
        f"protocol.{place.scheme}.allow": "always",
        "credential.helper": "",
        "core.hooksPath": "/dev/null",
        "core.fsmonitor": "false",
        "transfer.fsckObjects": "true",
        "transfer.bundleURI": "false",
        "fetch.unpackLimit": "1",
        "gc.auto": "0",
        "maintenance.auto": "false",
    }
    if settings.SOURCES_CA_FILE:
        told["http.sslCAInfo"] = settings.SOURCES_CA_FILE
    if source.secret:
        pair = f"{source.options.get('user') or 'git'}:{source.secret}"
        told["http.extraHeader"] = "Authorization: Basic " + b64encode(pair.encode()).decode()
    ours = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_CONFIG_COUNT": str(len(told)),
    }
    for number, (name, value) in enumerate(told.items()):
        ours |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return ours
