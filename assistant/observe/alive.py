"""`python -m assistant.observe.alive worker`: exit 0 when the worker (or beat) of this machine is alive, else 1.

For the health check of a container: it loads nothing but this file, since starting Django for every look would cost a
second of CPU. It reads VAR_DIR from the environment alone.
"""

import os
import socket
import sys
import time
from pathlib import Path

SILENT_SECONDS = 90.0  # longer than a worker pauses between two tries to reach its broker
ROLES = ("worker", "beat")


def heartbeat(role: str, folder: Path) -> Path:
    """The file that the process touches while it lives: one a machine, since containers may share the folder."""
    return folder / "run" / f"{socket.gethostname()}.{role}.alive"


def verdict(path: Path) -> str:
    """What is wrong, in a sentence; "" when it lives."""
    try:
        silent = time.time() - path.stat().st_mtime
    except OSError:
        return f"{path} is not there: the process has not started, or VAR_DIR is another."
    return f"No sign of life for {silent:.0f} s." if silent > SILENT_SECONDS else ""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ROLES:
        print(f"usage: python -m assistant.observe.alive {{{','.join(ROLES)}}}", file=sys.stderr)
        return 2
    folder = Path(os.environ.get("VAR_DIR") or Path(__file__).parents[2] / "var")
    problem = verdict(heartbeat(arguments[0], folder))
    print(problem or "alive")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
