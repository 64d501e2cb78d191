"""docs/operations.md names what there is: services, commands, secrets, alerts."""

import re

import yaml
from django.core.management import get_commands

from deploy.make_secrets import NAMES, WITH_FALLBACKS
from tests.stack.compose_file import ROOT, services

PAGE = (ROOT / "docs" / "operations.md").read_text()
COMPOSE = services()
BLOCKS = "\n".join(re.findall(r"```\n(.*?)```", PAGE, re.DOTALL))
INLINE = "\n".join(re.findall(r"`([^`\n]+)`", PAGE))
COMMANDS = (BLOCKS + "\n" + INLINE).replace("\\\n", " ")


def test_every_management_command_exists():
    named = set(re.findall(r"manage\.py (\w+)", COMMANDS))
    assert named >= {"backup", "restore", "reindex", "rotate_encryption_key"}
    assert named <= set(get_commands())


def test_every_service_exists():
    calls = re.findall(r"docker compose (up|run|exec|logs|ps)\b([^#)\n]*)", COMMANDS)
    assert len(calls) > 10
    for verb, rest in calls:
        rest = re.sub(r"--(?:volume|tail|scale) \S+", "", rest)
        words = [word for word in rest.split() if not word.startswith("-")]
        named = (
            words[:1] if verb in ("run", "exec") else words
        )  # what follows is a command of the container's
        assert set(named) <= set(COMPOSE), rest


def test_every_rotated_secret_is_one_and_none_is_left_out():
    rotated = set(re.findall(r"`rotate ([a-z-]+)`", PAGE)) | {"owner-password"}
    assert rotated == set(NAMES)
    assert set(re.findall(r"--forget ([a-z-]+)", PAGE)) == set(WITH_FALLBACKS)


def test_every_alert_has_a_line_and_every_line_an_alert():
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"]}
    assert set(re.findall(r"^\| (Colloquy\w+) \|", PAGE, re.MULTILINE)) == alerts


def test_every_part_is_sized_and_the_limits_add_up():
    table = PAGE[PAGE.index("## Size") : PAGE.index("## Scale")]
    sized = set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) - {"part"}
    assert sized == {name for name, definition in COMPOSE.items() if not definition.runs_once}
    unit = {"m": 1 / 1024, "g": 1}
    limits = {
        name: d.raw["deploy"]["resources"]["limits"]["memory"] for name, d in COMPOSE.items() if name in sized
    }
    total = sum(
        float(limit[:-1]) * unit[limit[-1]] * COMPOSE[name].replicas for name, limit in limits.items()
    )
    assert f"add up to {total:.0f} GiB" in table
