"""The production stack as docker-compose.yml describes it, run without Docker: real servers, real processes.

Each service runs its own command, environment and health check from the file. Only places differ: paths of a
container are folders below `folder`, names of the network are loopback addresses, and ports are free ones. Volumes
are shared as the file says and everything else is private to a container, so what works here does not lean on a
common disk by accident.

    with compose_stack(folder, web=2, worker=2) as stack:
        stack.worker[0].kill()
        stack.worker[0].start()
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from benchmarks.processes import DidNotStart, free_port
from deploy.smoke import Visitor
from tests.stack.compose_file import ROOT, Definition, Mount, services
from tests.stack.containers import Caddy, Colloquy, Container, Postgres, Redis, Weaviate, kind_of
from tests.stack.names import Names

CADDYFILE = "/etc/caddy/Caddyfile"


class Stack:
    """`services` holds every container by its service's name; the properties name those that tests ask for."""

    def __init__(self, folder: Path, *, variables: Mapping[str, str], replicas: Mapping[str, int]) -> None:
        self.folder = folder
        self.address = f"https://localhost:{free_port()}"
        variables = {"PUBLIC_URL": self.address, **variables}
        self.definitions = services(variables)
        self.ports = {name: self._ports(name) for name in self.definitions}
        self.hosts = {
            f"{name}:{port}": f"127.0.0.1:{here}"
            for name, ports in self.ports.items()
            for port, here in ports.items()
        }
        self.services = {
            name: [self._container(d, n) for n in range(1, replicas.get(name, d.replicas) + 1)]
            for name, d in self.definitions.items()
        }
        self.names = Names(self._addresses)

    # --- what tests ask for

    @property
    def web(self) -> list[Colloquy]:
        return cast(list[Colloquy], self.services["web"])

    @property
    def worker(self) -> list[Colloquy]:
        return cast(list[Colloquy], self.services["worker"])

    @property
    def postgres(self) -> Postgres:
        return cast(Postgres, self.services["postgres"][0])

    @property
    def redis(self) -> Redis:
        return cast(Redis, self.services["redis"][0])

    @property
    def weaviate(self) -> Weaviate:
        return cast(Weaviate, self.services["weaviate"][0])

    @property
    def caddy(self) -> Caddy:
        return cast(Caddy, self.services["caddy"][0])

    @property
    def sign_in(self) -> tuple[str, str]:
        """E-mail address and password of the first admin."""
        text = (self.volume("prepared") / "first-sign-in.txt").read_text()
        email, password = (
            next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith(start))
            for start in ("E-mail:", "Password:")
        )
        return email, password

    def visitor(self, *, to: Colloquy | None = None) -> Visitor:
        """A browser, not signed in; through Caddy, or straight to a web process."""
        return Visitor(self.address, authority=self.caddy.authority, to=to.address if to else None)

    def manage(self, *arguments: str) -> str:
        """The output of `manage.py`, run as `docker compose exec web` would."""
        return self._output("web", "python", "manage.py", *arguments)

    def run(self, service: str, *command: str) -> str:
        """The output of a command, run as `docker compose run` with the service's environment and volumes."""
        return self._output(service, *command)

    def run_again(self, service: str) -> None:
        """A service that runs once, as at the next `docker compose up`."""
        (container,) = self.services[service]
        container.launch()
        container.wait_until_ended()
        if service == "secrets":
            self._move_addresses()

    def restart(self, *services: str) -> None:
        """All of their containers together, as `docker compose up --force-recreate` does."""
        containers = [container for service in services for container in self.services[service]]
        for container in containers:
            container.stop()
        for container in containers:
            container.launch()
        for container in containers:
            container.wait_until_healthy()

    def volume(self, name: str) -> Path:
        return self.folder / "volumes" / name

    # --- its life

    def start(self) -> None:
        """In the order of depends_on, waiting for just what it asks."""
        for name in in_order(self.definitions):
            for needed, condition in self.definitions[name].needs.items():
                for container in self.services[needed]:
                    if condition == "service_completed_successfully":
                        container.wait_until_ended()
                    else:
                        container.wait_until_healthy()
                if needed == "secrets":
                    self._move_addresses()
            for container in self.services[name]:
                container.launch()
        for name, containers in self.services.items():
            for container in containers:
                if not self.definitions[name].runs_once:
                    container.wait_until_healthy()

    def stop(self) -> None:
        for name in reversed(in_order(self.definitions)):
            for container in self.services[name]:
                container.stop()
        self.names.close()

    # --- how it is put together

    def _ports(self, service: str) -> dict[int, int]:
        return {port: free_port() for port in self.definitions[service].ports}

    def _container(self, definition: Definition, number: int) -> Container:
        folder = self.folder / "containers" / f"{definition.name}-{number}"
        sources = {m.target: self._source(m) for m in definition.mounts if m.source}
        container = kind_of(definition)(definition, number, folder=folder, sources=sources, hosts=self.hosts)
        if definition.name == "web":  # one address each, as in Docker's network, under the same port
            container.host = f"127.0.0.{number + 1}"
        if definition.name == "web" or number == 1:
            container.ports = self.ports[definition.name]
        else:
            container.ports = self._ports(definition.name)
        return container

    def _source(self, mount: Mount) -> Path:
        if mount.target == CADDYFILE:
            return self.folder / "Caddyfile"
        if mount.source.startswith("./"):
            return ROOT / mount.source
        volume = self.volume(mount.source)
        volume.mkdir(parents=True, exist_ok=True)
        return volume

    def _addresses(self, name: str) -> list[str]:
        return [container.host for container in self.services.get(name, []) if container.alive]

    def _write_caddyfile(self) -> None:
        """The file itself, asking our name server instead of Docker's."""
        text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
        for words, here in {
            "name web\n": f"name web\nresolvers udp/{self.names.address}\n",
            "port 8000\n": f"port {self.ports['web'][8000]}\n",
            "skip_install_trust\n": f"skip_install_trust\nadmin {self.caddy.admin}\n",
        }.items():
            assert text.count(words) == 1, words
            text = text.replace(words, here)
        (self.folder / "Caddyfile").write_text(text)

    def _move_addresses(self) -> None:
        """In the secrets that are addresses."""
        for path in self.folder.glob("volumes/*-secrets/[!.]*"):
            text = moved = path.read_text()
            for name, here in self.hosts.items():
                moved = moved.replace(f"@{name}/", f"@{here}/")
            if moved != text:
                path.chmod(0o644)
                path.write_text(moved)

    def _output(self, service: str, *command: str) -> str:
        result = self.services[service][0].run(*command)
        if result.returncode:
            raise subprocess.CalledProcessError(
                result.returncode, command, result.stdout, result.stderr[-3000:]
            )
        return result.stdout


def in_order(definitions: Mapping[str, Definition]) -> list[str]:
    """Every service after those that it needs."""
    done: list[str] = []
    while len(done) < len(definitions):
        ready = [n for n, d in definitions.items() if n not in done and all(need in done for need in d.needs)]
        assert ready, "depends_on goes in a circle"
        done += ready
    return done


@contextmanager
def compose_stack(
    folder: Path, *, web: int = 2, worker: int = 2, variables: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """A running stack in an empty folder, with `variables` as the operator's .env. NotInstalled says what lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    for parent in (folder, *folder.parents[:3]):  # servers with accounts of their own must get through
        if parent.owner() == Path.home().owner():
            parent.chmod(0o755)
    stack = Stack(folder, variables=variables or {}, replicas={"web": web, "worker": worker})
    stack._write_caddyfile()
    try:
        stack.start()
        yield stack
    except DidNotStart:
        logs = folder.parent / f"{folder.name}-logs"
        shutil.copytree(folder / "containers", logs, dirs_exist_ok=True, ignore=shutil.ignore_patterns("own"))
        raise
    finally:
        stack.stop()
