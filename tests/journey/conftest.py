"""A whole installation as `make run` starts it, in a folder of its own, and a real browser in front of it."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.services import chromium_path

ROOT = Path(__file__).resolve().parents[2]
CHAT_SCRIPT = re.compile(r"/static/(js/chat|built/chat-\w+)\.js$")


def wait_for(condition: Callable[[], object], seconds: float = 90.0) -> object:
    """The condition's first true value; fails after a bound that only a broken installation reaches."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, "this never came true"
        time.sleep(0.05)
    return value


def stay_when_asked(page: Page) -> None:
    """Closes the tab as a person would; the browser must ask whether to leave, and the answer is no."""
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()


def wait_for_route(page: Page, held: list[Route]) -> Route:
    """The request that was held back, once the page has made it."""
    for _ in range(600):
        if held:
            return held[0]
        page.wait_for_timeout(50)
    raise AssertionError("it was never asked for")


@dataclass
class Installation:
    folder: Path
    port: int
    environment: dict[str, str]
    launcher: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sign_in(self) -> tuple[str, str]:
        text = (self.folder / "first-sign-in.txt").read_text()
        return re.search(r"E-mail: +(\S+)", text)[1], re.search(r"Password: +(\S+)", text)[1]

    def start(self) -> None:
        self.launcher = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=self.environment,
            stdout=(self.folder / "run.txt").open("ab"),
            stderr=subprocess.STDOUT,
        )
        before = self.output().count("Ready after")
        wait_for(lambda: self.output().count("Ready after") > before or self.launcher.poll() is not None, 300)
        assert self.launcher.poll() is None, self.output()[-2000:]

    def output(self) -> str:
        return (self.folder / "run.txt").read_text(errors="replace")

    def stop(self) -> int:
        if self.launcher and self.launcher.poll() is None:
            self.launcher.send_signal(signal.SIGINT)
            self.launcher.wait(60)
        return self.launcher.returncode if self.launcher else 0

    def kill(self, mark: str) -> None:
        """kill -9 every child of the launcher whose command line holds the mark."""
        for pid in self.children(mark):
            os.kill(pid, signal.SIGKILL)

    def children(self, mark: str) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    ours = f"VAR_DIR={self.folder}".encode() in (entry / "environ").read_bytes()
                    if ours and mark in (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode():
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def rows(self, query: str) -> list[tuple]:
        with sqlite3.connect(self.folder / "colloquy.sqlite3", timeout=20) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def make_installation(tmp_path_factory) -> Iterator[Callable[..., Installation]]:
    made: list[Installation] = []

    def make(**environment: str) -> Installation:
        folder = tmp_path_factory.mktemp("var")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "PYTEST"))}
        settings = {"VAR_DIR": str(folder), "PORT": str(port), "DRAIN_SECONDS": "1"}
        made.append(Installation(folder, port, kept | settings | environment))
        made[-1].start()
        return made[-1]

    yield make
    for installation in made:
        installation.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    yield page
    context.close()


@contextmanager
def scripted_model(state: Path) -> Iterator[str]:
    """The scripted model server as a process; its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.upstream", "--port", "0", "--state", str(state)], cwd=ROOT
    )
    try:
        wait_for(lambda: state.exists() and state.read_text())
        yield json.loads(state.read_text())["url"]
    finally:
        server.terminate()
        server.wait(10)


def sign_in(page: Page, installation: Installation) -> None:
    email, password = installation.sign_in
    page.goto(installation.address)
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.get_by_placeholder("Ask about your documents").wait_for()


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(question)
    page.keyboard.press("Enter")
