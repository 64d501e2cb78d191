"""The settings and their description agree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    ROOT / "assistant" / "config" / "settings.py",
    ROOT / "assistant" / "management" / "commands" / "run.py",
]


def test_every_setting_is_described_and_nothing_else() -> None:
    read = {
        name
        for source in SOURCES
        for name in re.findall(r'(?:env\.\w+|secret)\(\s*"([A-Z_]+)"', source.read_text())
    }
    described = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert described == read


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("LOG_FORMAT", "xml")])
def test_a_wrong_value_is_refused_at_start(tmp_path, name, value) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {name: value, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert value in result.stderr


def test_public_address_is_served_and_health_is_told_past_the_proxy(tmp_path) -> None:
    """A check from within speaks no TLS; it must not be sent to where it cannot go."""
    code = (
        "import django; django.setup(); from django.test import Client; c = Client();"
        "print(*[c.get(p, headers={'host': h}).status_code for p, h in"
        " [('/healthz', 'localhost'), ('/chat/', 'chat.example.com'), ('/chat/', 'elsewhere.example.com')]])"
    )
    env = os.environ | {"PUBLIC_URL": "https://chat.example.com", "VAR_DIR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert result.stdout.split() == ["200", "301", "400"], result.stderr


def test_no_lock_file_names_a_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://", path.read_text()), path.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
