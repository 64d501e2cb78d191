"""Lighthouse, Google's audit of web pages, on a page as somebody who is signed in sees it."""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Playwright

from benchmarks.processes import ROOT, free_port

PROGRAM = ROOT / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
AIMS = (95, 100, 100)
SECONDS = 240


def chromium() -> str:
    """Raises RuntimeError when it is missing."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("Chromium is missing: apt-get install chromium")
    return found


def audit(
    playwright: Playwright, address: str, cookie: str, *, categories: tuple[str, ...] = CATEGORIES
) -> dict[str, Any]:
    """Lighthouse's report on a phone on simulated slow 4G, its default. `cookie` is name=value."""
    with TemporaryDirectory() as folder:
        port, report = free_port(), Path(folder) / "report.json"
        context = playwright.chromium.launch_persistent_context(
            f"{folder}/profile",
            executable_path=chromium(),
            args=["--no-sandbox", f"--remote-debugging-port={port}"],
        )
        name, value = cookie.split("=", 1)
        site = urlsplit(address)._replace(path="/", query="").geturl()
        context.add_cookies([{"name": name, "value": value, "url": site}])
        command = [str(PROGRAM), address, "--quiet", "--output=json", f"--output-path={report}"]
        command += [f"--port={port}", "--disable-storage-reset", f"--only-categories={','.join(categories)}"]
        done = subprocess.run(command, timeout=SECONDS, capture_output=True, text=True)
        context.close()
        if done.returncode:
            raise RuntimeError(f"Lighthouse failed: {done.stderr[-2000:]}")
        result: dict[str, Any] = json.loads(report.read_text())
        return result


def score(report: dict[str, Any], category: str) -> int:
    """From 0 to 100."""
    return round(report["categories"][category]["score"] * 100)


def findings(report: dict[str, Any], category: str) -> list[str]:
    """What costs points: for people who read why a test failed."""
    audits = (report["audits"][ref["id"]] for ref in report["categories"][category]["auditRefs"])
    return [
        f"{audit['id']}: {audit['title']} {json.dumps(audit.get('details', {}).get('items', []))[:600]}"
        for audit in audits
        if audit["score"] not in (None, 1)
    ]
