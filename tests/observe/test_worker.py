"""A real worker over a real broker, seen from outside: figures, signs of life, the trace and id of an upload."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery import Celery

from assistant.observe.alive import heartbeat, main, verdict
from assistant.observe.pulse import Pulse
from benchmarks.processes import free_port, running
from benchmarks.services import Redis
from benchmarks.upstream import Upstream, serving
from tests.observe.conftest import Receiver, receiving

ROOT = Path(__file__).resolve().parents[2]
TRACE = "0af7651916cd43dd8448eb211c80319c"
UPLOAD = f"""
import django; django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from ingestion.models import Collection
from tenants.actions import add_member, create_tenant
from tenants.observe import traces
from tenants.scoping import tenant_scope
acme = create_tenant("Acme")
alice = add_member(acme, email="alice@acme.example", name="Alice", role="admin", password="a long password")
with tenant_scope(acme.id):
    handbook = Collection.objects.create(name="Handbook", everyone=True)
client = Client(headers={{"traceparent": "00-{TRACE}-b7ad6b7169203331-01", "x-request-id": "upload-77"}})
client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
file = SimpleUploadedFile("narwhal.txt", b"Every zebrafish gets 16 weeks.")
answer = client.post(
    reverse("admin:ingestion_document_upload_file"), {{"collection": handbook.pk, "file": file}}, HTTP_HOST="localhost"
)
assert answer.status_code == 201, answer.content
traces.shut_down()
print(acme.id, answer.json()["version"])
"""


def until(condition: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this never came true"
        time.sleep(0.1)


@dataclass
class Worker:
    folder: Path
    port: int
    environment: dict[str, str]

    def figures(self, token: str = "the-token") -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/metrics")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

    def listens(self) -> bool:
        try:
            return bool(self.figures())
        except urllib.error.URLError:
            return False

    def alive(self, role: str) -> int:
        command = [sys.executable, "-m", "assistant.observe.alive", role]
        return subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL).returncode


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as received:
        yield received


@pytest.fixture(scope="module")
def worker(tmp_path_factory, redis_server, receiver) -> Iterator[Worker]:
    with serving() as upstream:
        yield from started(tmp_path_factory.mktemp("worker"), redis_server, receiver, upstream)


def started(folder: Path, redis_server: Redis, receiver: Receiver, upstream: Upstream) -> Iterator[Worker]:
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "assistant.config.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": redis_server.url(7),
        "EMBEDDING_URL": upstream.url,
        "EMBEDDING_MODEL": "instant",
        "EMBEDDING_DIMENSION": "384",
        "LOG_FORMAT": "json",
        "METRICS_TOKEN": "the-token",
        "WORKER_METRICS_PORT": str(port),
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "celery", "-A", "assistant.config.celery", "worker", "-B"]
    command += ["-s", str(folder / "schedule"), "--concurrency", "2", "--pidfile="]
    found = Worker(folder, port, environment)
    assert found.alive("worker") == 1
    with running(command, log=folder / "log", env=environment) as process:
        until(lambda: found.listens() or process.poll() is not None)
        yield found


def test_an_upload_is_followed_from_the_proxy_through_the_broker_to_its_end(
    worker: Worker, receiver: Receiver
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD], cwd=ROOT, env=worker.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    tenant, version = done.stdout.split()
    until(lambda: 'colloquy_ingestions_total{code="",outcome="ready",tenant=""} 1.0' in worker.figures())
    until(lambda: receiver.named("task ingest"))

    ours = {s.span_id: s for s in receiver.spans if s.trace_id.hex() == TRACE}
    tree = {s.name: ours[s.parent_span_id].name if s.parent_span_id in ours else "" for s in ours.values()}
    assert tree == {
        "HTTP POST": "",
        "ingestion.upload": "HTTP POST",
        "task sent": "ingestion.upload",
        "task ingest": "task sent",
        "ingestion.parse": "task ingest",
        "ingestion.chunk": "task ingest",
        "ingestion.embed": "task ingest",
        "ingestion.vectors": "ingestion.embed",
        "ingestion.store": "ingestion.embed",
        "ingestion.publish": "task ingest",
    }
    told = {a.key: a.value.string_value for a in receiver.named("ingestion.parse")[0].attributes}
    assert told["colloquy.version"] == version
    assert told["colloquy.tenant"] == tenant
    assert told["colloquy.request"] == "upload-77"

    assert worker.alive("worker") == worker.alive("beat") == 0
    said = (worker.folder / "log").read_text() + str(receiver.requests) + worker.figures()
    assert "narwhal" not in said
    assert "zebrafish" not in said
    [ended] = [r for r in json_lines(worker.folder / "log") if "ingest SUCCESS" in r["message"]]
    assert (ended["version"], ended["tenant"], ended["request"]) == (version, tenant, "upload-77")


def json_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def test_a_workers_figures_are_for_those_who_hold_the_token(worker: Worker) -> None:
    for token in ("", "the-token2"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            worker.figures(token)
        assert refused.value.code == 401


# --- signs of life


def test_a_process_that_has_not_started_or_has_fallen_silent_is_not_alive(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    path = heartbeat("worker", tmp_path)
    assert main(["worker"]) == 1
    path.parent.mkdir()
    path.touch()
    assert (main(["worker"]), main(["beat"])) == (0, 1)
    os.utime(path, (time.time() - 3600,) * 2)
    assert main(["worker"]) == 1
    assert "3600 s" in verdict(path)
    assert main(["something"]) == 2


def test_the_check_loads_neither_django_nor_anything_else_of_ours() -> None:
    code = "import sys; before = set(sys.modules); import assistant.observe.alive; print(*(set(sys.modules) - before))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name for name in found.stdout.split() if "." in name or name == "django"}
    assert {n for n in loaded if n.startswith(("django", "assistant"))} == {
        "assistant.observe",
        "assistant.observe.alive",
    }


def test_who_waits_for_the_broker_lives_and_who_stands_still_beside_it_does_not(redis_server) -> None:
    for address, lives in ((redis_server.url(7), False), ("redis://127.0.0.1:1/0", True)):
        pulse = Pulse(Celery("test", broker=address, set_as_current=False), "worker")
        assert pulse.lives()
        pulse._ticked -= 3600
        assert pulse.lives() is lives
