"""/metrics: who may read it, and that what happened is what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from assistant.observe import collect
from benchmarks.upstream import Script
from ingestion import pipeline
from ingestion.models import DocumentVersion
from tenants.observe import metrics
from tenants.scoping import tenant_scope

ROOT = Path(__file__).resolve().parents[2]
LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"}
QUESTION = "How long is parental leave?"


def scrape(**headers: str) -> str:
    answer = Client().get("/metrics", **LOCAL, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    found = 0.0
    for spelt, number in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE):
        if labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', spelt)).items():
            found += float(number)
    return found


# --- who may read it


@pytest.mark.parametrize("who", [None, "bob", "alice", "carol"])
@pytest.mark.parametrize("token", ["", "the-token"])
def test_strangers_are_refused(db, settings, who, token, alice, bob, carol, browser_of) -> None:
    settings.METRICS_TOKEN = token
    client = browser_of({"alice": alice, "bob": bob, "carol": carol}[who]) if who else Client()
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == (401 if token else 404)
    assert b"colloquy_" not in answer.content


@pytest.mark.parametrize(
    "request_of_a_stranger",
    [
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"HTTP_X_REAL_IP": "203.0.113.9"},
        {"HTTP_HOST": "rebound.example:8000"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_without_a_token_what_a_proxy_or_a_page_sends_from_this_machine_is_a_strangers(
    db, request_of_a_stranger
) -> None:
    assert Client().get("/metrics", **LOCAL | request_of_a_stranger).status_code == 404


def test_without_a_token_an_installation_with_a_public_address_lets_nobody_in(db, settings) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    assert Client().get("/metrics", **LOCAL).status_code == 404


def test_this_machine_is_let_in_without_a_token(db) -> None:
    assert "colloquy_dependency_up" in scrape()
    assert Client().get("/metrics", REMOTE_ADDR="::1", HTTP_HOST="[::1]:8000").status_code == 200


def test_the_token_opens_it_from_anywhere_and_nothing_else_does(db, settings) -> None:
    settings.METRICS_TOKEN, settings.PUBLIC_URL = "the-token", "https://chat.example"
    anywhere = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "10.0.0.7:8000"}
    for given in ("", "Bearer", "Bearer ", "Bearer the-token2", "Basic the-token", "the-token", "Bearer é"):
        assert Client().get("/metrics", **anywhere, HTTP_AUTHORIZATION=given).status_code == 401, given
    assert Client().get("/metrics", **anywhere, HTTP_AUTHORIZATION="Bearer the-token").status_code == 200
    assert Client().get("/metrics", **LOCAL).status_code == 401


# --- what it says


@pytest.fixture
def ready(installation, alice, handbook, upload):
    upload(alice, handbook)
    return installation


async def test_an_answer_is_counted_with_its_times_and_tokens(ready, bob, tab) -> None:
    before = await sync_to_async(scrape)()
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
        during = await sync_to_async(scrape)()
    after = await sync_to_async(scrape)()
    usage = frames[-1]["usage"]

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("colloquy_answers_total", outcome="complete", code="") == 1
    assert grown("colloquy_answer_first_text_seconds_count") == 1
    assert grown("colloquy_answer_seconds_count", outcome="complete") == 1
    for step in ("retrieve", "embed", "search", "reread", "model"):
        assert grown("colloquy_answer_step_seconds_count", step=step) == 1, step
    assert grown("colloquy_tokens_total", direction="input") == usage["input_tokens"] > 0
    assert grown("colloquy_tokens_total", direction="output") == usage["output_tokens"] > 0
    assert value(during, "colloquy_sockets_open") == value(before, "colloquy_sockets_open") + 1
    assert value(after, "colloquy_answers_running") == 0


async def test_a_failing_model_is_counted_by_its_code(ready, bob, tab) -> None:
    ready.enqueue(Script(status=401))
    before = await sync_to_async(scrape)()
    async with tab(bob) as t:
        await t.ask(QUESTION)
    after = await sync_to_async(scrape)()
    failed = {"outcome": "failed", "code": "model_refused"}
    assert (
        value(after, "colloquy_answers_total", **failed)
        == value(before, "colloquy_answers_total", **failed) + 1
    )


def test_an_ingestion_is_counted_by_step_and_outcome(installation, alice, handbook, upload) -> None:
    before = scrape()
    upload(alice, handbook)
    upload(alice, handbook, text="%PDF-1.7 broken", name="broken.pdf")
    after = scrape()

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("colloquy_ingestions_total", outcome="ready") == 1
    assert grown("colloquy_ingestions_total", outcome="failed", code="corrupt") == 1
    for step in ("upload", "parse"):
        assert grown("colloquy_ingestion_step_seconds_count", step=step) == 2, step
    for step in ("chunk", "embed", "vectors", "store", "publish"):
        assert grown("colloquy_ingestion_step_seconds_count", step=step) == 1, step
    assert grown("colloquy_step_failures_total", area="ingestion", step="parse") == 1


def test_the_queue_is_counted_with_the_age_of_its_oldest(ready, handbook, add_document, monkeypatch) -> None:
    monkeypatch.setattr(collect, "KEPT_SECONDS", -1)
    assert value(scrape(), "colloquy_queue_oldest_seconds") == 0
    document = add_document(handbook, "Waiting", status="queued")
    with tenant_scope(handbook.tenant_id):
        DocumentVersion.objects.filter(document=document).update(queued_at="2026-01-01T00:00:00Z")
    text = scrape()
    assert value(text, "colloquy_queue_documents", status="queued") == 1
    assert value(text, "colloquy_queue_oldest_seconds") > 3600
    with tenant_scope(handbook.tenant_id):
        pipeline.ingest(DocumentVersion.objects.get(document=document).pk)
    assert value(scrape(), "colloquy_queue_documents", status="queued") == 0


def test_the_breaker_and_the_errors_of_the_store_are_told(db) -> None:
    before = scrape()
    metrics.store_failed("searched")
    metrics.store_breaker(is_open=True)
    try:
        after = scrape()
    finally:
        metrics.store_breaker(is_open=False)
    assert value(after, "colloquy_store_errors_total") == value(before, "colloquy_store_errors_total") + 1
    assert value(after, "colloquy_store_breaker_open") == 1


# --- what it never says


@pytest.mark.parametrize("by_tenant", [False, True])
async def test_no_label_names_anyone_or_anything(ready, bob, acme, tab, settings, by_tenant) -> None:
    settings.METRICS_BY_TENANT = by_tenant
    async with tab(bob) as t:
        frames = await t.ask(QUESTION)
    text = await sync_to_async(scrape)()
    told = {
        frames[0]["conversation"],
        frames[0]["message"],
        str(bob.id),
        "parental",
        "policy",
        "Acme",
        "cite",
    }
    assert not [word for word in told if word in text]
    assert (f'tenant="{acme.id}"' in text) is by_tenant


# --- several processes

COUNT = """
import os, sys, django
django.setup()
from tenants.observe import metrics
metrics.socket_opened()
metrics.store_failed("searched")
print("counted", flush=True)
sys.stdin.read()
"""


def test_processes_that_share_a_folder_count_together_and_the_dead_hold_nothing_open(
    tmp_path, monkeypatch
) -> None:
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "assistant.config.settings",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COUNT],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == b"counted\n"
    monkeypatch.setenv(collect.SHARED_FOLDER, str(tmp_path))
    try:
        text = collect.processes_figures().decode()
        assert value(text, "colloquy_store_errors_total") == 2
        assert value(text, "colloquy_sockets_open") == 2
        processes[0].kill()
        processes[0].wait()
        text = collect.processes_figures().decode()
        assert value(text, "colloquy_store_errors_total") == 2
        assert value(text, "colloquy_sockets_open") == 1
    finally:
        for process in processes:
            process.kill()
            process.communicate()
