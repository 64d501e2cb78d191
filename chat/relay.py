"""Joins web processes: an answer written in one is followed, and stopped, from any other.

Redis carries it by publish/subscribe, one channel a conversation: in order, and at most once. It is the fast way and
never the truth. Where a process may have missed something it closes the sockets concerned with the code that makes a
browser reconnect and continue exactly; how an answer ended is always in the database.

    A writes an answer      joins its conversation's channel and announces it; goes on publishing while anyone listens
    B opens a conversation  joins the channel, then asks for what is being written: A's reply and what A publishes
                            after it come in order, so that nothing lies between them and nothing comes twice
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chat.actions import still_streaming
from chat.followers import Followers
from tenants.db import in_database

log = logging.getLogger(__name__)

PATIENCE = 2.0  # for a confirmation by Redis, and for another process's reply
WATCH_SECONDS = 3.0
RECONNECT_SECONDS = 0.5
HEALTH_SECONDS = 10

Message = dict[str, Any]


@dataclass(frozen=True)
class Live:
    """What the process that writes an answer holds of it; the items are as the browser gets them."""

    text: str
    passages: list[Message]
    citations: list[Message]
    differs: list[Message] = field(default_factory=list)


class Relay:
    """`find` gives an answer that is being written here, `stop` stops one if it is this user's."""

    def __init__(
        self,
        followers: Followers,
        *,
        find: Callable[[UUID], Live | None],
        stop: Callable[[UUID, UUID], bool],
    ) -> None:
        self._followers, self._find, self._stop = followers, find, stop
        self._process = uuid4().hex
        self._connected = True  # as far as the log has said
        self._redis: Redis | None = None
        self._pubsub: PubSub | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._outgoing: asyncio.Queue[tuple[UUID, Message]] = asyncio.Queue()
        self._changing_rooms = asyncio.Lock()
        self._rooms: dict[UUID, asyncio.Event] = {}  # set once Redis has confirmed
        self._unconfirmed: set[UUID] = set()  # rooms that someone did not wait for any longer
        self._entering: Counter[UUID] = Counter()  # rooms that somebody is about to follow
        self._written_here: dict[UUID, UUID] = {}  # answer -> conversation
        self._heard_afar: dict[UUID, bool] = {}  # answers written here; missing while it is not known
        self._from_afar: dict[UUID, UUID] = {}  # answers followed here and written elsewhere -> conversation
        self._awaited: dict[str, Callable[[Live], None]] = {}

    @property
    def enabled(self) -> bool:
        return bool(settings.CHANNEL_LAYER_URL)

    # --- what this process writes

    def announce(self, conversation: UUID, answer: UUID, text: str) -> None:
        """An answer begins here."""
        if self.enabled:
            self._written_here[answer] = conversation
            self._send(conversation, kind="begun", answer=answer.hex, texts=[text])

    def publish(self, conversation: UUID, answer: UUID, text: str) -> None:
        """A frame of an answer that is written here. Costs nothing when no other process listens."""
        if answer in self._written_here and self._heard_afar.get(answer, True):
            self._send(conversation, kind="frames", answer=answer.hex, texts=[text])

    def end(self, conversation: UUID, answer: UUID, text: str) -> None:
        """The last frame; the ending is in the database already."""
        if self._written_here.pop(answer, None) and self._heard_afar.pop(answer, True):
            self._send(conversation, kind="ended", answer=answer.hex, texts=[text])

    async def flush(self) -> None:
        """Before the process ends: what is on its way leaves."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outgoing.join(), PATIENCE)

    # --- what others write

    async def join(self, conversation: UUID) -> None:
        """From now on hear of the conversation. Without Redis there is only what the database holds."""
        if not self.enabled:
            return
        self._begin()
        async with self._changing_rooms:
            joined = self._rooms.get(conversation)
            if joined is None:
                joined = self._rooms[conversation] = asyncio.Event()
                if self._pubsub is not None:
                    with suppress(RedisError, OSError):  # subscribed when the connection is back
                        await self._pubsub.subscribe(channel_of(conversation))
        try:
            await asyncio.wait_for(joined.wait(), PATIENCE)
        except TimeoutError:
            self._unconfirmed.add(conversation)

    @asynccontextmanager
    async def joined(self, conversation: UUID) -> AsyncIterator[None]:
        """Joins, and does not leave before the block ends, in which somebody begins to follow."""
        self._entering[conversation] += 1
        try:
            await self.join(conversation)
            yield
        finally:
            self._entering[conversation] -= 1
            self._entering += Counter()  # without those that nobody enters any more

    async def hand_over(self, conversation: UUID, answer: UUID, deliver: Callable[[Live], None]) -> bool:
        """Have the answer's writer tell what it holds. `deliver` is called before any later frame is passed on.

        False when no process said that it writes the answer.
        """
        if not self.enabled:
            return False
        token, delivered = uuid4().hex, asyncio.Event()

        def take(live: Live) -> None:
            self._from_afar[answer] = conversation
            deliver(live)
            delivered.set()

        self._awaited[token] = take
        self._send(conversation, kind="wanted", answer=answer.hex, token=token)
        try:
            await asyncio.wait_for(delivered.wait(), PATIENCE)
        except TimeoutError:
            return False
        finally:
            self._awaited.pop(token, None)
        return True

    def watch(self, conversation: UUID, answer: UUID) -> None:
        """Look in the database for the end of an answer whose writer says nothing."""
        if self.enabled:
            self._from_afar[answer] = conversation

    def stop(self, conversation: UUID, answer: UUID, *, user: UUID) -> None:
        """Ask whoever writes the answer to stop it."""
        if self.enabled:
            self._send(conversation, kind="stop", answer=answer.hex, user=user.hex)

    # --- outgoing

    def _send(self, conversation: UUID, **message: Any) -> None:
        self._begin()
        self._outgoing.put_nowait((conversation, {"from": self._process, **message}))

    def _begin(self) -> None:
        if self._tasks:
            return
        self._redis = client(tries=2)
        works = {"out": self._work_outgoing(), "in": self._work_incoming(), "watch": self._keep_watch()}
        self._tasks = [asyncio.create_task(work, name=f"relay-{name}") for name, work in works.items()]

    async def _work_outgoing(self) -> None:
        while True:
            waiting = [await self._outgoing.get()]
            while not self._outgoing.empty():
                waiting.append(self._outgoing.get_nowait())
            for conversation, message in merged(waiting):
                try:
                    await self._publish(conversation, message)
                except Exception:  # one message that cannot be sent must not hold up all that follow
                    log.exception("a message to other web processes could not be sent")
            for _ in waiting:
                self._outgoing.task_done()

    async def _publish(self, conversation: UUID, message: Message) -> None:
        answer = UUID(message["answer"])
        if message["kind"] == "frames" and not self._heard_afar.get(answer, True):
            return
        assert self._redis is not None
        try:
            if message["kind"] == "begun":
                await self.join(conversation)
            heard = await self._redis.publish(channel_of(conversation), json.dumps(message))
        except (RedisError, OSError):
            return  # as the incoming line says in the log
        if message["kind"] == "begun" and answer in self._written_here:
            self._heard_afar.setdefault(answer, heard > 1)  # one of them is this process

    # --- incoming

    async def _work_incoming(self) -> None:
        # No second try within the client: a line that broke has lost messages, and that must be known here.
        redis = client(tries=1)
        while True:
            try:
                async with redis.pubsub() as pubsub:
                    self._pubsub = pubsub
                    await pubsub.subscribe(f"{PREFIX}{self._process}", *map(channel_of, self._rooms))
                    self._note(connected=True)
                    while True:
                        await self._receive(await pubsub.get_message(timeout=HEALTH_SECONDS / 2))
            except (RedisError, OSError):
                self._note(connected=False)
            except Exception:
                log.exception("a message of another web process could not be read")
            self._pubsub = None
            for conversation, joined in self._rooms.items():
                joined.clear()
                self._unconfirmed.add(conversation)
            for answer in list(self._from_afar):
                self._lose(answer)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _receive(self, received: Message | None) -> None:
        if received is None:
            return
        name = received["channel"].decode().removeprefix(PREFIX)
        if received["type"] == "subscribe" and name != self._process:
            self._confirm(UUID(name))
        elif received["type"] == "message":
            message = json.loads(received["data"])
            if message["from"] != self._process:
                self._handle(UUID(name), UUID(message["answer"]), message)

    def _confirm(self, conversation: UUID) -> None:
        if joined := self._rooms.get(conversation):
            joined.set()
        if conversation in self._unconfirmed:  # whoever went on without it may have missed something
            self._unconfirmed.discard(conversation)
            self._followers.reconnect(conversation)

    def _handle(self, conversation: UUID, answer: UUID, message: Message) -> None:
        match message["kind"]:
            case "begun" | "frames" | "ended" as kind:
                if kind == "begun" and self._followers.any(conversation):
                    self._from_afar[answer] = conversation
                elif kind == "ended":
                    self._from_afar.pop(answer, None)
                for text in message["texts"]:
                    self._followers.publish(conversation, text, about=answer)
            case "wanted":
                if live := self._find(answer):
                    self._heard_afar[answer] = True
                    self._send(
                        conversation,
                        kind="held",
                        answer=answer.hex,
                        token=message["token"],
                        live=asdict(live),
                    )
            case "held":
                if take := self._awaited.get(message["token"]):
                    take(Live(**message["live"]))
            case "stop":
                self._stop(answer, UUID(message["user"]))

    def _note(self, *, connected: bool) -> None:
        if connected is not self._connected:
            self._connected = connected
            words = (
                "is back" if connected else "does not answer: answers are not followed across web processes"
            )
            log.warning("Redis %s", words)

    # --- what was missed

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                await self._leave_unused_rooms()
                await self._notice_endings()
            except Exception:
                log.exception("answers of other web processes could not be watched; trying again")

    async def _leave_unused_rooms(self) -> None:
        async with self._changing_rooms:
            used = {*self._written_here.values(), *self._entering}
            for conversation in [c for c in self._rooms if c not in used and not self._followers.any(c)]:
                del self._rooms[conversation]
                self._unconfirmed.discard(conversation)
                if self._pubsub is not None:
                    with suppress(RedisError, OSError):
                        await self._pubsub.unsubscribe(channel_of(conversation))

    async def _notice_endings(self) -> None:
        """An answer ended, or its process died, and no word of it came."""
        for answer, conversation in list(self._from_afar.items()):
            if not self._followers.any(conversation):
                del self._from_afar[answer]
        before = list(self._from_afar)
        streaming = await in_database(still_streaming, before) if before else set()
        for answer in before:
            if answer not in streaming:
                self._lose(answer)

    def _lose(self, answer: UUID) -> None:
        if conversation := self._from_afar.pop(answer, None):
            self._followers.reconnect(conversation)


def client(*, tries: int) -> Redis:
    return Redis.from_url(
        settings.CHANNEL_LAYER_URL,
        retry=Retry(NoBackoff(), tries - 1),
        health_check_interval=HEALTH_SECONDS,
        socket_connect_timeout=PATIENCE,
        socket_keepalive=True,
    )


PREFIX = "colloquy.conversation."


def channel_of(conversation: UUID) -> str:
    return f"{PREFIX}{conversation.hex}"


def merged(messages: list[tuple[UUID, Message]]) -> list[tuple[UUID, Message]]:
    """Frames of one answer that follow each other directly, as one message."""
    result: list[tuple[UUID, Message]] = []
    for conversation, message in messages:
        if result and message["kind"] == "frames":
            last = result[-1][1]
            if last["kind"] == "frames" and last["answer"] == message["answer"]:
                last["texts"] += message["texts"]
                continue
        result.append((conversation, message))
    return result
