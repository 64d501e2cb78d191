"""/healthz and /readyz: what a probe hears when something is missing, and who hears why."""

import shutil
import threading
import time
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

import chat
from assistant.observe.checks import Check, Failing
from assistant.observe.ready import Readiness
from benchmarks.services import Redis
from tests.services import service

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
LOCAL = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000"}
REASON = "the reason"
NEWEST = max(path.stem for path in (Path(chat.__file__).parent / "migrations").glob("0*.py"))


def fails() -> str:
    raise Failing(REASON)


def breaks() -> str:
    raise ValueError("a text of somebody's document")


@pytest.fixture
def ours(transactional_db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.REDIS_URL = ""
    return settings


def test_all_is_well_in_embedded_mode(ours) -> None:
    answer = Client().get("/readyz", **LOCAL)
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert set(answer.json()["checks"]) == {"database", "vector_store", "storage", "embedding_model"}


@pytest.mark.parametrize("who", [None, "bob", "carol", "alice"])
def test_others_than_operators_see_names_and_states_alone(ours, who, alice, bob, carol, browser_of) -> None:
    ours.EMBEDDING_URL = "http://user:a-secret@127.0.0.1:1/v1"
    client = browser_of({"alice": alice, "bob": bob, "carol": carol}[who]) if who else Client()
    answer = client.get("/readyz", **STRANGER)
    assert answer.json()["checks"]["embedding_model"] == {"ok": False}
    assert all(set(check) == {"ok"} for check in answer.json()["checks"].values())
    for word in ("a-secret", "127.0.0.1", "Acme", "Globex"):
        assert word not in answer.content.decode()


def test_the_operator_sees_times_and_reasons_but_no_key(ours) -> None:
    ours.EMBEDDING_URL = "http://user:a-secret@127.0.0.1:1/v1"
    check = Client().get("/readyz", **LOCAL).json()["checks"]["embedding_model"]
    assert check["ok"] is False
    assert check["ms"] >= 0
    assert "refused" in check["reason"].lower()
    assert "a-secret" not in check["reason"]


def test_what_the_chat_can_do_without_makes_it_degraded_and_not_unready(ours) -> None:
    ours.REDIS_URL = ours.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    ours.WEAVIATE_URL = "http://127.0.0.1:1"
    answer = Client().get("/readyz", **LOCAL)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    checks = answer.json()["checks"]
    assert [checks[name]["ok"] for name in ("database", "vector_store")] == [True, False]


def test_a_language_model_that_is_away_changes_nothing(ours) -> None:
    ours.CHAT_URL = "http://127.0.0.1:1/v1"
    answer = Client().get("/readyz", **LOCAL)
    assert answer.json()["status"] == "ready"
    assert answer.json()["checks"]["language_model"]["ok"] is False


def test_a_database_that_lacks_a_migration_makes_it_unready(ours) -> None:
    MigrationRecorder(connection).record_unapplied("chat", NEWEST)
    try:
        answer = Client().get("/readyz", **LOCAL)
        assert (answer.status_code, answer.json()["status"]) == (503, "unready")
        assert "manage.py migrate" in answer.json()["checks"]["database"]["reason"]
    finally:
        MigrationRecorder(connection).record_applied("chat", NEWEST)


def test_a_disk_that_cannot_be_written_is_named(ours, tmp_path) -> None:
    ours.MEDIA_ROOT = tmp_path / "file" / "below"
    (tmp_path / "file").write_text("not a folder")
    answer = Client().get("/readyz", **LOCAL)
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["storage"]["reason"] == "NotADirectoryError: Not a directory"


def test_redis_is_asked_for_what_the_settings_give_it(ours, server_folder) -> None:
    folder = server_folder / "redis-ready"
    with service(Redis, folder) as server:
        ours.REDIS_URL, ours.CHANNEL_LAYER_URL = server.url(), server.url(1)
        ours.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": server.url(2)}
        }
        from celery import current_app

        before, current_app.conf.broker_url = current_app.conf.broker_url, server.url()
        names = ("broker", "channel_layer", "cache")
        try:
            up = Client().get("/readyz", **LOCAL).json()
            server.kill()
            time.sleep(1.1)  # for which an answer is kept
            down = Client().get("/readyz", **LOCAL).json()
        finally:
            current_app.conf.broker_url = before
    shutil.rmtree(folder)
    assert [up["checks"][name]["ok"] for name in names] == [True] * 3
    assert [down["checks"][name]["ok"] for name in names] == [False] * 3
    assert down["status"] == "degraded"


def test_the_sign_of_life_asks_nobody(browser_of, django_db_blocker) -> None:
    with django_db_blocker.block():
        client = Client(headers={"cookie": "sessionid=whatever"})
        assert client.get("/healthz", **STRANGER, HTTP_HOST="10.0.0.7:8000").content == b"ok"


def test_probes_are_answered_over_http_and_under_any_name_behind_https(ours) -> None:
    ours.SECURE_SSL_REDIRECT = True
    for path in ("/healthz", "/readyz"):
        assert Client().get(path, **STRANGER, HTTP_HOST="10.0.0.7:8000").status_code == 200


def test_a_failure_that_nobody_foresaw_is_told_without_its_words() -> None:
    report = Readiness(Check("a", breaks)).report()
    assert (report.status, report.results["a"].reason) == ("degraded", "ValueError")


def test_a_vital_failure_outweighs_the_others() -> None:
    checks = Check("a", fails, vital=True), Check("b", fails), Check("c", fails, matters=False)
    report = Readiness(*checks).report()
    assert report.status == "unready"
    assert [result.reason for result in report.results.values()] == [REASON] * 3


def test_many_probes_ask_once_and_a_check_that_hangs_is_not_started_again() -> None:
    asked: list[str] = []
    go_on = threading.Event()

    def hangs() -> str:
        asked.append("hangs")
        go_on.wait(60)
        return ""

    def answers() -> str:
        asked.append("answers")
        return ""

    readiness = Readiness(Check("hangs", hangs), Check("answers", answers, seconds=60))
    began = time.monotonic()
    reports = [readiness.report() for _ in range(5)]
    assert time.monotonic() - began < 30
    assert all(r.results["answers"].ok and not r.results["hangs"].ok for r in reports)
    assert sorted(asked) == ["answers", "hangs"]
    go_on.set()
    until = time.monotonic() + 30
    while not readiness.report().results["hangs"].ok:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert asked.count("hangs") <= 2
