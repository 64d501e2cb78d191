"""A service's process as its container would be: its own command, environment, folders, address and death."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
import redis

from benchmarks.processes import DidNotStart, free_port
from benchmarks.services import (
    POSTGRES_USER,
    NotInstalled,
    postgres_program,
    redis_program,
    weaviate_program,
)
from tests.stack.compose_file import ROOT, Definition, image_environment

START_SECONDS = 120.0


class Container:
    """`sources` says where the mounts come from that are not the container's own, and `hosts` where the network's
    `name:port` are here. What the container sees as its root is a folder of its own with links to its volumes.

    `start` after `kill` or `stop` finds what volumes keep and nothing else, as a restarted container does.
    """

    image: Mapping[str, str] = {}  # what the image sets in the environment

    def __init__(
        self,
        definition: Definition,
        number: int,
        *,
        folder: Path,
        sources: Mapping[str, Path],
        hosts: Mapping[str, str],
    ) -> None:
        self.definition, self.folder = definition, folder
        self.name = f"{definition.name}-{number}"
        self.sources, self.hosts = sources, hosts
        targets = {mount.target for mount in definition.mounts}
        # A command may also name a folder that holds nothing but mounts.
        targets |= {str(Path(target).parent) for target in targets} & set(definition.command)
        self.paths = {target: folder / "root" / target.strip("/") for target in targets} | self.programs()
        self.host, self.ports = "127.0.0.1", dict.fromkeys(definition.ports, 0)
        self.process: subprocess.Popen[bytes] | None = None

    # --- what differs between images

    def programs(self) -> dict[str, Path]:
        """Programs that the image has at a place of its own."""
        return {}

    def search_path(self) -> list[str]:
        return [str(Path(sys.executable).parent)]

    def prepare(self) -> None:
        """What the image's entry point does before the command."""

    def arguments(self) -> list[str]:
        """Added to the command, for what a container has by being one."""
        return []

    @cached_property
    def more(self) -> dict[str, str]:
        """Added to the environment, for the same reason."""
        return {}

    def runs_as(self) -> str | None:
        return None

    def answers(self) -> bool:
        """The health check of the compose file."""
        check = [self.here(word) for word in self.definition.health_check]
        return self._run(check).returncode == 0

    # --- where things are here

    def here(self, text: str) -> str:
        """A text of the compose file with its paths, addresses and own ports replaced by those on this machine."""
        table: dict[str, str] = {}
        for name, address in self.hosts.items():
            table[rf"(?<![\w.-]){re.escape(name)}(?!\d)"] = address
        for port, here in self.ports.items():
            table[rf"127\.0\.0\.1:{port}(?!\d)"] = f"{self.host}:{here}"
            table[rf"(?<![\w.:/-]){port}(?![\w.-])"] = str(here)
        for path in sorted(self.paths, key=len, reverse=True):
            table[rf"(?<![\w.:/-]){re.escape(path)}(?![\w.-])"] = str(self.paths[path])
        table[r"(?<![\d.])0\.0\.0\.0(?![\d./])"] = self.host
        found = list(table.values())
        whole = "|".join(f"({pattern})" for pattern in table)
        return re.sub(whole, lambda match: found[(match.lastindex or 0) - 1], text)

    def command(self) -> list[str]:
        return [*(self.here(word) for word in self.definition.command), *self.arguments()]

    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        own = {**self.image, **self.definition.environment}
        search = [*self.search_path(), os.environ["PATH"]]
        base = {"PATH": os.pathsep.join(search), "HOME": str(home), "LANG": "C.UTF-8"}
        if "/tmp" in self.paths:
            base["TMPDIR"] = str(self.paths["/tmp"])
        return base | {name: self.here(value) for name, value in own.items()} | self.more

    # --- its life

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def launch(self) -> None:
        """Start without waiting until it is healthy."""
        assert not self.alive, f"{self.name} runs already"
        self._make_folders()
        self.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=ROOT if self.definition.ours else self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.runs_as(),
                group=self.runs_as(),
                extra_groups=[] if self.runs_as() else None,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start and wait until it is healthy."""
        self.launch()
        self.wait_until_healthy()

    def wait_until_healthy(self, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not self.answers():
            if not self.alive or time.monotonic() > until:
                raise DidNotStart(f"{self.name}:\n{self.last_words()}")
            time.sleep(0.5)  # each look is a process, which takes time from those that are starting

    def wait_until_ended(self, seconds: float = START_SECONDS) -> None:
        """For a service that runs once: it must end well."""
        assert self.process is not None
        if self.process.wait(seconds) != 0:
            raise DidNotStart(f"{self.name} ended with {self.process.returncode}:\n{self.last_words()}")

    def kill(self) -> None:
        """kill -9 of everything in the container, at once."""
        for process in self._family():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        if self.process is not None:
            self.process.wait()

    def stop(self) -> None:
        """As `docker stop`: SIGTERM, the grace period, then SIGKILL for what is left."""
        if self.process is None or not self.alive:
            return
        family = self._family()
        self.process.terminate()
        try:
            self.process.wait(self.definition.grace)
        except subprocess.TimeoutExpired:
            pass
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        self.process.wait()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "(no log)"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """As `docker compose exec`: a command of this machine with the container's environment."""
        return self._run([self.here(word) for word in command])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=ROOT if self.definition.ours else self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def _family(self) -> list[psutil.Process]:
        if self.process is None:
            return []
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _make_folders(self) -> None:
        """Outer mounts before inner ones; what is not kept starts empty."""
        for mount in sorted(self.definition.mounts, key=lambda mount: len(mount.target)):
            path = self.paths[mount.target]
            if not mount.kept:
                shutil.rmtree(path, ignore_errors=True)
            if source := self.sources.get(mount.target):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.is_symlink():
                    path.symlink_to(source)
            else:
                path.mkdir(parents=True, exist_ok=True)


class Colloquy(Container):
    image = image_environment()

    @cached_property
    def more(self) -> dict[str, str]:
        """The image is compiled as it is built; here the first process that needs a module does that for all."""
        return {"PYTHONDONTWRITEBYTECODE": ""}

    @property
    def address(self) -> tuple[str, int]:
        """Of a web process itself, past Caddy."""
        return self.host, self.ports[8000]


class Postgres(Container):
    def search_path(self) -> list[str]:
        return [str(Path(postgres_program("postgres")).parent)]

    def runs_as(self) -> str | None:
        return POSTGRES_USER if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        return self.paths["/var/lib/postgresql/data"]

    def arguments(self) -> list[str]:
        place = {"listen_addresses": self.host, "port": self.ports[5432], "unix_socket_directories": ""}
        return ["-D", str(self.data), *(part for k, v in place.items() for part in ("-c", f"{k}={v}"))]

    def prepare(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        self.data.chmod(0o700)
        if user := self.runs_as():
            shutil.chown(self.data, user, user)
        settings = self.environment()
        password = f"--pwfile={settings['POSTGRES_PASSWORD_FILE']}"
        options = [password, "--no-sync", *settings["POSTGRES_INITDB_ARGS"].split()]
        self._as_postgres("initdb", "-D", str(self.data), "-U", settings["POSTGRES_USER"], *options)
        database = f'CREATE DATABASE "{settings["POSTGRES_DB"]}";'
        self._as_postgres("postgres", "--single", "-D", str(self.data), "postgres", text=database)

    def _as_postgres(self, program: str, *options: str, text: str = "") -> None:
        user = self.runs_as()
        subprocess.run(
            [postgres_program(program), *options],
            input=text.encode(),
            capture_output=True,
            check=True,
            cwd="/",
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )

    def password(self) -> str:
        return Path(self.environment()["POSTGRES_PASSWORD_FILE"]).read_text()

    @property
    def url(self) -> str:
        """Of the owner, who may do everything."""
        settings = self.definition.environment
        place = f"{self.host}:{self.ports[5432]}/{settings['POSTGRES_DB']}"
        return f"postgres://{settings['POSTGRES_USER']}:{self.password()}@{place}"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis(Container):
    def programs(self) -> dict[str, Path]:
        return {"valkey-server": Path(redis_program())}

    def arguments(self) -> list[str]:
        return ["--bind", self.host]

    def url(self, database: int = 0) -> str:
        password = (self.paths["/run/secrets"] / "valkey.conf").read_text().split()[-1]
        return f"redis://:{password}@{self.host}:{self.ports[6379]}/{database}"

    def answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url(), socket_connect_timeout=2).ping())
        except redis.RedisError:
            return False


class Weaviate(Container):
    def programs(self) -> dict[str, Path]:
        return {"/bin/weaviate": Path(weaviate_program())}

    @cached_property
    def more(self) -> dict[str, str]:
        names = "CLUSTER_GOSSIP_BIND_PORT CLUSTER_DATA_BIND_PORT RAFT_PORT RAFT_INTERNAL_RPC_PORT GO_PROFILING_PORT"
        ports = {name: str(free_port()) for name in names.split()}
        return {"CLUSTER_ADVERTISE_ADDR": self.host} | ports

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.ports[8080]}"

    @property
    def key(self) -> str:
        return (self.paths["/run/secrets"] / "api-key").read_text()

    def answers(self) -> bool:
        try:
            socket.create_connection((self.host, self.ports[50051]), timeout=2).close()
        except OSError:
            return False
        return fetched(f"{self.url}/v1/.well-known/ready")


class Caddy(Container):
    def programs(self) -> dict[str, Path]:
        if (found := shutil.which("caddy")) is None:
            raise NotInstalled("Caddy is missing: apt-get install caddy")
        return {"caddy": Path(found)}

    image = {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}

    @cached_property
    def more(self) -> dict[str, str]:
        return {"HTTP_PORT": str(free_port())}

    @cached_property
    def admin(self) -> str:
        return f"127.0.0.1:{free_port()}"

    def answers(self) -> bool:
        return fetched(f"http://{self.admin}/config/")

    @property
    def authority(self) -> Path:
        """The certificate of its own authority."""
        return self.paths["/data"] / "caddy" / "pki" / "authorities" / "local" / "root.crt"


def fetched(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


KINDS: dict[str, Callable[..., Container]] = {
    "postgres": Postgres,
    "redis": Redis,
    "weaviate": Weaviate,
    "caddy": Caddy,
}


def kind_of(definition: Definition) -> Callable[..., Container]:
    """Fails for a service that nobody here knows how to run."""
    if definition.ours:
        return Colloquy
    assert definition.name in KINDS, f"tests/stack cannot run the service {definition.name}: add it to KINDS"
    return KINDS[definition.name]
