"""What a process that serves is like once it has loaded."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def loaded(code: str) -> str:
    command = [sys.executable, "-c", f"import gc, sys, assistant.config.asgi\nprint({code})"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_garbage_is_not_looked_for_in_what_was_loaded() -> None:
    looked_through, left_out = map(int, loaded("len(gc.get_objects()), gc.get_freeze_count()").split())
    assert looked_through < left_out / 100


def test_no_request_waits_for_the_views_to_be_loaded() -> None:
    assert loaded("'chat.export_views' in sys.modules") == "True"
