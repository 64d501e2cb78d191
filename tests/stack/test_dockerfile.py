"""The Dockerfile builds from what is in the repository, and its image can run every command that names it."""

import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.services import missing
from tests.stack.compose_file import ROOT, services

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
FINAL = STAGES[-1]


def copied(stage: str) -> list[str]:
    """Paths taken from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", stage, re.MULTILINE)
    return [path for line in lines for path in shlex.split(line)[:-1]]


def test_a_linter_of_dockerfiles_finds_nothing():
    hadolint = Path(sys.executable).parent / "hadolint"
    if not hadolint.exists():
        missing("hadolint is missing: make setup-test")
    result = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", [path for stage in STAGES for path in copied(stage)])
def test_everything_copied_is_there_and_not_ignored(path):
    assert (ROOT / path).exists()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not any(fnmatch(path, pattern) or path.startswith(f"{pattern}/") for pattern in ignored)


def test_bases_are_pinned_to_one_version():
    for stage in STAGES:
        assert re.match(r"[a-z]+:\d+\.\d+\.\d+-", stage)


def test_packages_are_installed_with_hashes_only():
    installs = re.findall(r"pip [^&\n]*\binstall [^&\n]*", DOCKERFILE)
    assert installs and all("--require-hashes" in line for line in installs)
    assert "apt-get" not in FINAL and "--from=build /app/.venv" in FINAL


def test_processes_run_as_a_numbered_user_and_not_as_root():
    assert re.findall(r"^USER (\S+)$", FINAL, re.MULTILINE) == ["10001:10001"]


def test_image_holds_every_module_that_the_services_run():
    held = copied(FINAL)
    for definition in services().values():
        if not definition.ours:
            continue
        text = " ".join(definition.command)
        for module in re.findall(r"-m (\S+)", text):
            name = module.split(".")[0]
            assert name in held or (Path(sys.executable).parent / name).exists(), module
        for script in re.findall(r"\S+\.py\b", text):
            assert script in held, script
        assert shlex.split(text)[0] in ("python", "sh")


def test_image_holds_no_tests_and_no_secret():
    held = copied(FINAL)
    assert not {"tests", "benchmarks", ".env", ".git", "."} & set(held)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", "var", "tests"} <= set(ignored)


def test_folders_that_become_volumes_belong_to_the_user(tmp_path: Path):
    """A new volume takes its owner from the folder below it in the image."""
    made = " ".join(re.findall(r"mkdir (?:-p )?([^&\n;]+)", FINAL)).split()
    parts = re.search(r"for part in ([a-z ]+);", FINAL)[1].split()
    folders = {*made, *(f"/secrets/{part}" for part in parts)}
    writers = ("secrets", "prepare", "web", "worker")
    for name in writers:
        for mount in services()[name].mounts:
            if mount.source and not mount.target.startswith("/run/"):
                assert mount.target in folders | {"/data"}, mount


def test_pip_installs_into_an_environment_without_pip(tmp_path: Path):
    """As the Dockerfile does, so that no pip is left in the image."""
    environment = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "list"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shutil.which("pip", path=str(environment / "bin")) is None
    assert "pip" not in listed.stdout.lower().split()
