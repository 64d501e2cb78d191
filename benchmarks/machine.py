"""What the figures were taken on, told without naming the machine."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("django", "channels", "uvicorn", "daphne", "granian", "celery", "openai", "aiohttp", "lancedb")


def described() -> str:
    memory = round(psutil.virtual_memory().total / 2**30)
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{cores()} cores ({processor()}), {memory} GiB of memory, {platform.system()} "
        f"{platform.release().partition('-')[0]}, Python {platform.python_version()}; {packages}."
    )


def cores() -> int:
    return len(os.sched_getaffinity(0))


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
