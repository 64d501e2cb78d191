"""Two web processes joined by Redis: an answer written in one is followed and stopped from the other."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.core.cache.backends.redis import RedisCache
from django.db import connection

from benchmarks.processes import free_port, running, wait_until
from benchmarks.upstream import Script, Upstream, serving
from chat.actions import interrupt_orphans
from chat.models import Message
from ingestion import index
from tenants.models import User
from tenants.scim.models import ScimToken, ScimUser
from tenants.scim.tokens import make_token
from tenants.scoping import every_tenant, tenant_scope
from tests.chat.conftest import open_tab, text_of
from tests.journey.conftest import wait_for

LONG = Script(text=" ".join(["Wörter 🙂 wandern weit."] * 40), rate=120)
QUESTION = "How long is parental leave?"


@dataclass
class Web:
    host: str
    process: subprocess.Popen


@contextmanager
def web_process(var: Path, environment: dict[str, str]) -> Iterator[Web]:
    port, log = free_port(), var / f"web-{os.urandom(4).hex()}.log"
    command = [sys.executable, "-m", "uvicorn", "assistant.config.asgi:application", "--port", str(port)]
    with running([*command, "--ws", "websockets-sansio"], env=environment, log=log) as process:
        wait_until(lambda: "Uvicorn running" in log.read_text(), process=process, seconds=60, log=log)
        yield Web(f"127.0.0.1:{port}", process)


@dataclass
class Pair:
    var: Path
    upstream: Upstream
    first: Web
    second: Web


@pytest.fixture(scope="module")
def start_web(
    tmp_path_factory, redis_server, django_db_setup
) -> Iterator[tuple[Path, Upstream, Callable[[], Web]]]:
    var = tmp_path_factory.mktemp("two")
    with serving() as upstream, ExitStack() as started:
        environment = {
            "VAR_DIR": str(var), "DATABASE_URL": database_url(), "CHANNEL_LAYER_URL": redis_server.url(1),
            "SECRET_KEY": configured.SECRET_KEY, "CACHE_URL": redis_server.url(2), "QUESTIONS_PER_MINUTE": "1000", "DRAIN_SECONDS": "1",
            "EMBEDDING_URL": upstream.url, "EMBEDDING_MODEL": "instant", "EMBEDDING_DIMENSION": "384",
            "CHAT_URL": upstream.url, "CHAT_MODEL": "cite", "CHAT_KEY": "key", "CHAT_TITLES": "off",
        }  # fmt: skip
        yield var, upstream, lambda: started.enter_context(web_process(var, environment))


def database_url() -> str:
    """Of the tests' own database, for other processes."""
    options = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{options['NAME']}"
    return f"postgres://{options['USER']}:{options['PASSWORD']}@{options['HOST']}:{options['PORT']}/{options['NAME']}"


@pytest.fixture(scope="module")
def webs(start_web) -> Pair:
    var, upstream, start = start_web
    return Pair(var, upstream, start(), start())


@pytest.fixture
def pair(webs, transactional_db, settings, alice, handbook, upload) -> Pair:
    """Both processes, and a document that they can answer from."""
    settings.VAR_DIR = webs.var
    settings.EMBEDDING_URL, settings.EMBEDDING_MODEL = webs.upstream.url, "instant"
    settings.EMBEDDING_DIMENSION = 384
    index._open.cache_clear()
    upload(alice, handbook)
    return webs


async def stored(message: str) -> Message:
    def load() -> Message:
        with every_tenant():
            return Message.objects.get(pk=message)

    return await sync_to_async(load)()


async def begin(t, client_id: str = "c1") -> list[dict]:
    await t.send(type="ask", client_id=client_id, conversation=None, text=QUESTION)
    return await t.until("delta")


def follow(seen: list[dict], *, held: bool = False) -> dict:
    have = {"message": seen[0]["message"], "offset": len(text_of(seen))} if held else None
    return {"type": "follow", "conversation": seen[0]["conversation"], "have": have}


async def test_an_answer_written_in_one_process_is_followed_from_the_other(pair, bob) -> None:
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as first, open_tab(pair.second.host, bob) as second:
        seen = await begin(first)
        await second.send(**follow(seen))
        rest, other = await asyncio.gather(first.until("finished"), second.until("finished"))
    other = [frame for frame in other if frame["type"] != "listed"]  # a conversation more, told to all tabs
    assert other[0]["type"] == "snapshot"
    assert other[0]["passages"] and other[0]["status"] == "streaming"
    assert sum(frame["type"] == "delta" for frame in other) > 5
    answer = await stored(seen[0]["message"])
    assert text_of(seen + rest) == text_of(other) == answer.text == LONG.text


async def test_a_question_asked_in_one_process_is_heard_in_the_other(pair, bob) -> None:
    async with open_tab(pair.first.host, bob) as first, open_tab(pair.second.host, bob) as second:
        seen = await first.ask(QUESTION)
        await second.send(**follow(seen))
        await second.until("snapshot")
        pair.upstream.enqueue(LONG)
        await first.send(type="ask", client_id="c2", conversation=seen[0]["conversation"], text="And then?")
        heard = await second.until("finished")
    heard = [frame for frame in heard if frame["type"] != "listed"]
    assert heard[0]["type"] == "accepted"
    assert heard[0]["question"]["text"] == "And then?"
    assert text_of(heard) == LONG.text


async def test_a_tab_moving_between_processes_loses_no_character(pair, bob) -> None:
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as t:
        seen = await begin(t)
    hosts = [pair.second.host, pair.first.host]
    while seen[-1]["type"] != "finished":
        async with open_tab(hosts[0], bob) as t:
            await t.send(**follow(seen, held=True))
            seen += await t.until("snapshot")
            if seen[-1]["status"] != "streaming":
                break
            seen += await t.until("delta", "finished")
        hosts.reverse()
    assert text_of(seen) == LONG.text


async def test_stop_works_from_the_other_process(pair, bob) -> None:
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as first, open_tab(pair.second.host, bob) as second:
        seen = await begin(first)
        await second.send(type="stop", message=seen[0]["message"])
        seen += await first.until("finished")
    assert seen[-1]["status"] == "stopped"
    answer = await stored(seen[0]["message"])
    assert (answer.status, answer.text) == ("stopped", text_of(seen))


async def test_an_outsider_neither_follows_nor_stops_from_another_process(pair, bob, alice, carol) -> None:
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as first:
        seen = await begin(first)
        for outsider in (carol, alice):
            async with open_tab(pair.second.host, outsider) as t:
                await t.send(type="stop", message=seen[0]["message"])
                await t.send(**follow(seen))
                assert (await t.frame())["code"] == "not_found"
                await t.send(type="ping")
                assert (await t.frame())["type"] == "pong"
        seen += await first.until("finished")
    assert seen[-1]["status"] == "complete"
    assert text_of(seen) == LONG.text


async def test_signing_out_in_one_process_closes_the_sockets_of_the_other(pair, bob, browser_of) -> None:
    client = await sync_to_async(browser_of)(bob)
    async with open_tab(pair.second.host, bob, client=client) as t:
        await t.send(type="ping")
        await t.frame()
        cookies = {"sessionid": client.cookies["sessionid"].value}
        async with httpx.AsyncClient(base_url=f"http://{pair.first.host}", cookies=cookies) as browser:
            await browser.get("/accounts/logout/")
            token = browser.cookies["csrftoken"]
            await browser.post("/accounts/logout/", data={"csrfmiddlewaretoken": token})
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(t.frame(), 30)
    assert closed.value.rcvd.code == 4401


async def test_limits_count_over_both_processes(pair, bob, redis_server) -> None:
    async with open_tab(pair.first.host, bob) as first, open_tab(pair.second.host, bob) as second:
        await first.ask(QUESTION, client_id="a")
        await second.ask(QUESTION, client_id="b")
    cache = RedisCache(redis_server.url(2), {})
    assert await sync_to_async(cache.get)(f"questions.{bob.pk}") == 2


async def test_an_answer_whose_process_is_killed_ends_as_interrupted_in_the_other(
    start_web, pair, bob
) -> None:
    doomed = start_web[2]()
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.second.host, bob) as second:
        async with open_tab(doomed.host, bob) as first:
            seen = await begin(first)
            await second.send(**follow(seen))
            heard = await second.until("delta")
            await wait_until_saved(seen[0]["message"])
            os.kill(doomed.process.pid, signal.SIGKILL)
        await sync_to_async(interrupt_when_silent)(seen[0]["message"])
        with pytest.raises(Exception, match="4408"):
            while True:
                heard.append(await asyncio.wait_for(second.frame(), 30))
    async with open_tab(pair.second.host, bob) as second:
        await second.send(**follow(heard[:0] + seen, held=False))
        snapshot = (await second.until("snapshot"))[-1]
    answer = await stored(seen[0]["message"])
    assert (snapshot["status"], snapshot["text"]) == ("interrupted", answer.text)
    assert LONG.text.startswith(answer.text) and answer.text


async def wait_until_saved(message: str) -> None:
    while not (await stored(message)).text:
        await asyncio.sleep(0.05)


def interrupt_when_silent(message: str) -> None:
    def silent() -> bool:
        return bool(interrupt_orphans(silent_for=timedelta(seconds=4)))

    wait_for(silent)


async def test_a_break_of_redis_loses_no_answer(pair, bob, redis_server) -> None:
    """The last test of this module: Redis starts again with what it had."""
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as first, open_tab(pair.second.host, bob) as second:
        seen = await begin(first)
        await second.send(**follow(seen))
        await second.until("delta")
        redis_server.kill()
        seen += await first.until("finished")  # its own process needs nothing of Redis
        assert (await first.ask(QUESTION, client_id="meanwhile"))[-1]["status"] == "complete"
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                await asyncio.wait_for(second.frame(), 30)
        await asyncio.to_thread(redis_server.start)
    assert closed.value.rcvd.code == 4408
    assert text_of(seen) == LONG.text
    pair.upstream.enqueue(LONG)
    async with open_tab(pair.first.host, bob) as first:
        again = await begin(first, client_id="c2")
        assert text_of(await followed_to_the_end(pair.second.host, bob, again)) == LONG.text


async def followed_to_the_end(host: str, user: User, seen: list[dict]) -> list[dict]:
    """As a browser does: whenever the socket is closed with the code for it, it opens another and goes on."""
    while True:
        async with open_tab(host, user) as t:
            await t.send(**follow(seen))
            try:
                frames = await t.until("snapshot")
                return frames if frames[-1]["status"] != "streaming" else frames + await t.until("finished")
            except websockets.ConnectionClosed as closed:
                assert closed.rcvd.code == 4408


@pytest.fixture
def deactivation(acme, bob) -> tuple[str, dict]:
    """The address and headers by which a provider deactivates Bob."""
    with tenant_scope(acme.id):
        token = make_token(ScimToken(name="Okta"), actor=None)
        row = ScimUser.objects.create(user=bob, user_name=bob.email)
    return f"/scim/v2/Users/{row.pk}", {"Authorization": f"Bearer {token}"}


async def test_access_that_ends_in_one_process_ends_what_is_open_in_the_other(
    pair, bob, deactivation
) -> None:
    path, headers = deactivation
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    pair.upstream.enqueue(Script(text=LONG.text * 20, rate=60))
    async with open_tab(pair.first.host, bob) as first:
        seen = await begin(first)
        async with httpx.AsyncClient(base_url=f"http://{pair.second.host}") as client:
            assert (await client.patch(path, json=off, headers=headers)).status_code == 200
        with pytest.raises(websockets.ConnectionClosed):
            while True:
                await first.frame()

    def interrupted() -> bool:
        with every_tenant():
            return Message.objects.filter(pk=seen[0]["message"], status="interrupted").exists()

    await sync_to_async(wait_for)(interrupted)
