"""The settings and their description agree."""

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_a_wrong_value_is_refused_at_start(tmp_path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=os.environ | {"PORT": "eighty", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert "eighty" in result.stderr


def test_no_lock_file_names_a_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://", path.read_text()), path.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
