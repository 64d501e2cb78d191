"""Services that a developer's machine may lack. In CI nothing may be skipped for want of one."""

import os
import shutil

import pytest


def chromium_path() -> str:
    """Where Chromium is; skips the test without it, and fails it in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("Chromium is missing: apt-get install chromium")
    return path or ""
