"""docker-compose.yml says what Compose and our settings understand, and nothing that endangers an installation."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.stack.compose_file import COMPOSE_FILE, ROOT, Definition, services
from tests.stack.containers import kind_of

SERVICES = services()
OURS = [definition for definition in SERVICES.values() if definition.ours]
LASTING = [definition for definition in SERVICES.values() if not definition.runs_once]
SETTINGS = (ROOT / "assistant" / "config" / "settings.py").read_text()
READ = set(re.findall(r'(?:env\.\w+|secret)\(\s*"([A-Z0-9_]+)"', SETTINGS))
SECRETS = set(re.findall(r'secret\("([A-Z0-9_]+)"\)', SETTINGS))


def ids(definition: Definition) -> str:
    return definition.name


def test_it_is_what_the_compose_specification_allows():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    result = subprocess.run([*command, str(COMPOSE_FILE)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("definition", SERVICES.values(), ids=ids)
def test_every_service_can_be_run_by_the_harness(definition):
    assert kind_of(definition)


@pytest.mark.parametrize("definition", OURS, ids=ids)
def test_every_variable_is_a_setting_that_is_read(definition):
    used_by_command = set(re.findall(r"\$([A-Z_]+)", " ".join(definition.command)))
    for name in set(definition.environment) - used_by_command:
        if name.endswith("_FILE"):
            assert name.removesuffix("_FILE") in SECRETS, name
        else:
            assert name in READ, name


@pytest.mark.parametrize("definition", SERVICES.values(), ids=ids)
def test_no_secret_stands_in_the_file(definition):
    for name, value in definition.environment.items():
        if re.search(r"PASSWORD|KEY|SECRET|TOKEN(?!S)", name) and not name.endswith(
            ("_FILE", "_ENABLED", "_USERS")
        ):
            assert value == "", f"{name} of {definition.name}"


@pytest.mark.parametrize("definition", SERVICES.values(), ids=ids)
def test_every_service_runs_with_as_little_as_it_needs(definition):
    raw = definition.raw
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert raw.get("cap_add", []) in ([], ["NET_BIND_SERVICE"])
    assert raw["security_opt"] == ["no-new-privileges:true"]
    assert not raw.get("privileged")
    assert not any("docker.sock" in str(volume) for volume in raw.get("volumes", []))


@pytest.mark.parametrize("definition", LASTING, ids=ids)
def test_every_lasting_service_is_watched_restarted_and_bounded(definition):
    assert definition.health_check
    assert definition.raw["restart"] == "unless-stopped"
    assert definition.raw["deploy"]["resources"]["limits"].keys() >= {"memory", "pids"}


@pytest.mark.parametrize("definition", SERVICES.values(), ids=ids)
def test_images_are_pinned_to_one_version(definition):
    if not definition.ours:
        assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", definition.raw["image"])


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, definition in SERVICES.items() if definition.raw.get("ports")] == ["caddy"]
    networks = yaml.safe_load(COMPOSE_FILE.read_text())["networks"]
    for name in ("postgres", "redis", "weaviate", "embedder", "beat"):
        assert SERVICES[name].raw["networks"] == ["back"]
    assert networks["back"] == {"internal": True}
    assert "back" not in SERVICES["caddy"].raw["networks"]


def test_each_secret_goes_only_to_those_who_need_it():
    readers = {
        name: sorted(
            d.name for d in SERVICES.values() if name in [m.source for m in d.mounts] and d.name != "secrets"
        )
        for name in yaml.safe_load(COMPOSE_FILE.read_text())["volumes"]
        if "secrets" in name
    }
    assert readers == {
        "secrets": [],
        "app-secrets": ["beat", "prepare", "web", "worker"],
        "owner-secrets": ["prepare"],
        "postgres-secrets": ["postgres"],
        "redis-secrets": ["redis"],
        "weaviate-secrets": ["weaviate"],
        "embedder-secrets": ["embedder"],
    }


def test_stopping_leaves_time_to_drain():
    """DRAIN_SECONDS for answers to end, ten more to save those that did not, and some to spare."""
    web = SERVICES["web"]
    assert web.grace >= float(web.environment["DRAIN_SECONDS"]) + 10 + 10


def test_there_is_exactly_one_beat():
    assert SERVICES["beat"].replicas == 1
    assert SERVICES["web"].replicas >= 2 and SERVICES["worker"].replicas >= 2
    assert not any(re.search(r"worker .*(-B|--beat)\b", " ".join(d.command)) for d in OURS)


def test_volumes_are_declared_and_used():
    declared = set(yaml.safe_load(COMPOSE_FILE.read_text())["volumes"])
    mounted = {
        m.source for d in SERVICES.values() for m in d.mounts if m.source and not m.source.startswith(".")
    }
    assert mounted == declared
    for definition in SERVICES.values():
        for mount in definition.mounts:
            assert not mount.source.startswith(".") or (ROOT / mount.source).is_file()


def test_secrets_are_as_long_as_they_should_be_and_differ(tmp_path: Path):
    for folder in (tmp_path / "one", tmp_path / "two"):
        subprocess.run([sys.executable, ROOT / "deploy" / "make_secrets.py", folder], check=True)
    kept = [path.read_text() for path in tmp_path.glob("*/kept/*")]
    assert len(kept) == len(set(kept)) > 10
    assert all(re.fullmatch(r"[A-Za-z0-9]{43}", secret) for secret in kept)


def make_secrets(folder: Path, *options: str) -> dict[str, str]:
    script = ROOT / "deploy" / "make_secrets.py"
    subprocess.run([sys.executable, script, folder, *options], check=True)
    return {str(path.relative_to(folder)): path.read_text() for path in folder.glob("*/[!.]*")}


def test_rotated_secret_reaches_everyone_who_uses_it(tmp_path: Path):
    before = make_secrets(tmp_path)
    assert make_secrets(tmp_path) == before
    after = make_secrets(tmp_path, "--rotate", "redis-password")
    urls = {"app/redis-url", "app/channel-layer-url", "app/cache-url"}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"kept/redis-password", "redis/valkey.conf"} | urls


def test_earlier_keys_still_count_until_they_are_forgotten(tmp_path: Path):
    first = make_secrets(tmp_path)["app/encryption-key"]
    assert make_secrets(tmp_path)["app/encryption-key-fallbacks"] == ""
    second = make_secrets(tmp_path, "--rotate", "encryption-key")["app/encryption-key"]
    third = make_secrets(tmp_path, "--rotate", "encryption-key")
    assert third["app/encryption-key-fallbacks"] == f"{second},{first}"
    assert len({first, second, third["app/encryption-key"]}) == 3
    assert make_secrets(tmp_path, "--forget", "encryption-key")["app/encryption-key-fallbacks"] == ""
