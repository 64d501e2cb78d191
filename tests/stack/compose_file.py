"""docker-compose.yml as Compose reads it: variables put in, commands as lists, one object for each service."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::-([^{}]*))?\})")


@dataclass(frozen=True)
class Mount:
    """`source` is a volume's name, a path beside the compose file, or "" for what is the container's own."""

    source: str
    target: str
    kept: bool  # over a restart of the container


@dataclass(frozen=True)
class Definition:
    """One service. `command` is everything after the image's own entry point."""

    name: str
    raw: Mapping[str, Any]

    @property
    def ours(self) -> bool:
        """Runs this repository's image."""
        return "build" in self.raw

    @property
    def command(self) -> list[str]:
        return [*words(self.raw.get("entrypoint", [])), *words(self.raw.get("command", []))]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.raw.get("environment", {}).items()}

    @property
    def ports(self) -> list[int]:
        return [int(port) for port in self.raw.get("expose", [])]

    @property
    def mounts(self) -> list[Mount]:
        found = [Mount("", str(entry).split(":")[0], kept=False) for entry in self.raw.get("tmpfs", [])]
        for entry in self.raw.get("volumes", []):
            parts = str(entry).removesuffix(":ro").split(":")
            found.append(Mount(parts[0] if len(parts) > 1 else "", parts[-1], kept=True))
        return found

    @property
    def health_check(self) -> list[str]:
        test: list[str] = self.raw.get("healthcheck", {}).get("test", [])
        return ["sh", "-c", test[1]] if test and test[0] == "CMD-SHELL" else test[1:]

    @property
    def needs(self) -> dict[str, str]:
        return {name: str(value["condition"]) for name, value in self.raw.get("depends_on", {}).items()}

    @property
    def replicas(self) -> int:
        return int(self.raw.get("deploy", {}).get("replicas", 1))

    @property
    def grace(self) -> float:
        return float(str(self.raw.get("stop_grace_period", "10s")).removesuffix("s"))

    @property
    def runs_once(self) -> bool:
        return self.raw.get("restart") == "no"


def words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def services(variables: Mapping[str, str] | None = None) -> dict[str, Definition]:
    """Every service, with the operator's `variables` put in."""
    document = interpolated(yaml.safe_load(COMPOSE_FILE.read_text()), variables or {})
    return {name: Definition(name, raw) for name, raw in document["services"].items()}


def interpolated(value: Any, variables: Mapping[str, str]) -> Any:
    """`${NAME:-default}` and `$$`, wherever they stand in a text."""
    if isinstance(value, dict):
        return {key: interpolated(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    return VARIABLE.sub(lambda found: found[1] or variables.get(found[2], "") or found[3] or "", value)


def image_environment() -> dict[str, str]:
    """What the Dockerfile's last stage sets for every process in the image, but for the search path."""
    stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    pairs = [pair for line in re.findall(r"^ENV (.+)$", stage, re.MULTILINE) for pair in shlex.split(line)]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name != "PATH"}
