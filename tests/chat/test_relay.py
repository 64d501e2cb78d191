"""Nobody follows a conversation of which their process does not hear, whatever Redis and the watch do meanwhile."""

import asyncio
from uuid import uuid4

import pytest

from chat import relay as module
from chat.followers import Followers, Outbox
from chat.relay import Relay

CONVERSATION = uuid4()


@pytest.fixture
def followers() -> Followers:
    return Followers()


@pytest.fixture
def relay(redis_server, settings, followers) -> Relay:
    settings.CHANNEL_LAYER_URL = redis_server.url(1)
    return Relay(followers, find=lambda answer: None, stop=lambda answer, user: False)


async def ended(relay: Relay) -> None:
    for task in relay._tasks:
        task.cancel()
    await asyncio.gather(*relay._tasks, return_exceptions=True)


async def test_a_conversation_that_somebody_is_about_to_follow_is_not_left(relay) -> None:
    async with relay.joined(CONVERSATION), relay.joined(CONVERSATION):
        await relay._leave_unused_rooms()
        assert CONVERSATION in relay._rooms
    await relay._leave_unused_rooms()
    assert CONVERSATION not in relay._rooms
    await ended(relay)


async def test_whoever_followed_before_redis_confirmed_starts_anew(
    relay, followers, redis_server, monkeypatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(module, "RECONNECT_SECONDS", 0.05)
    redis_server.kill()
    lost = asyncio.Event()

    async def close() -> None:
        lost.set()

    async def send(text: str) -> None:
        raise AssertionError(text)

    async with relay.joined(CONVERSATION):
        followers.add(CONVERSATION, Outbox(send, close))
    assert not lost.is_set()
    await asyncio.to_thread(redis_server.start)
    await asyncio.wait_for(lost.wait(), 30)
    await ended(relay)
