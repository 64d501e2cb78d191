"""Frames in, events out; nothing else. The work is in `actions`, `runner` and `presentation`."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone, translation
from redis.exceptions import RedisError

from chat import guests, protocol
from chat.actions import Posted, edit_question, post_question, retry_answer, streaming_conversation
from chat.attachments.shown import items_of_question
from chat.choices.choice import Wish
from chat.endings import concerns, sockets_of
from chat.errors import ChatError, MalformedFrame, NotFound, QuestionRefused
from chat.followers import Outbox, followers
from chat.presentation import Snapshot, owned_conversation, snapshots
from chat.protocol import Ask, Continue, Edit, Follow, Ping, Retry, Seen, Stop
from chat.relay import Live
from chat.resume import resume_answer
from chat.runner import relay, runner
from chat.tabs import tell_tabs_now
from chat.unread import see
from tenants.access import Visitor, enter
from tenants.audit.origin import coming_from, of_socket
from tenants.audit.refusals import NOT_THEIRS, tell_refusal
from tenants.db import in_database
from tenants.errors import AccessError, SignedOut
from tenants.language.choice import language_of_socket
from tenants.middleware import chosen_membership
from tenants.observe import metrics
from tenants.observe.ids import about, request_id
from tenants.scoping import tenant_scope

log = logging.getLogger(__name__)


def session_group(session: str) -> str:
    return f"session.{session}"


def tell_of(request: protocol.Request, visitor: Visitor) -> None:
    """Somebody named a conversation or an answer that is not theirs."""
    named = getattr(request, "message", None) or getattr(request, "conversation", None)
    kind = type(request).__name__.lower()
    with tenant_scope(visitor.tenant):
        tell_refusal(visitor.user, address="/ws/chat/", method=kind, reason=NOT_THEIRS, subject=named)


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One tab. It follows one conversation at a time."""

    visitor: Visitor
    outbox: Outbox
    following: UUID | None = None
    language = ""

    async def connect(self) -> None:
        visitor = await in_database(self._visitor)
        await self.accept()
        if visitor is None:  # accepted first, since a browser sees the close code only of an open socket
            await self.close(protocol.SIGNED_OUT)
            return
        self.visitor = visitor
        self.outbox = Outbox(self._deliver, self._reconnect)
        metrics.socket_opened()
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)
        try:
            # Access may have ended before the groups were joined.
            guests.watch(await in_database(enter, visitor))
        except AccessError:
            await self.close(protocol.SIGNED_OUT)

    def _groups(self) -> tuple[str, str]:
        return session_group(self.visitor.session), sockets_of(self.visitor.user)

    def _visitor(self) -> Visitor | None:
        user, session = self.scope["user"], self.scope["session"]
        self.language = language_of_socket(user, self.scope["cookies"], self.scope["headers"])
        member = chosen_membership(user, session) if user.is_authenticated else None
        return Visitor(session.session_key, member.user, member.tenant) if member else None

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "visitor"):
            metrics.socket_closed()
            self._follow_only(None)
            self.outbox.close()
            with suppress(RedisError, OSError):  # the channel ends with this socket in any case
                for group in self._groups():
                    await self.channel_layer.group_discard(group, self.channel_name)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        visitor = getattr(self, "visitor", None)
        origin = of_socket(self.scope, visitor and visitor.session)
        with (
            about(request=request_id(), tenant=visitor and visitor.tenant, user=visitor and visitor.user),
            coming_from(origin),
            translation.override(self.language),
        ):
            await super().websocket_receive(message)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        client_id = None
        request: protocol.Request | None = None
        try:
            request = protocol.decode(text_data)
            client_id = getattr(request, "client_id", None)
            await self._handle(request)
        except SignedOut:
            await self.close(protocol.SIGNED_OUT)
        except MalformedFrame as error:
            self._fail(error.code, error.sentence, client_id=protocol.client_id_of(text_data))
        except QuestionRefused as error:
            self._fail(error.code, error.sentence, client_id=client_id, retry_after=error.retry_after)
        except (ChatError, AccessError) as error:
            self._fail(error.code, error.sentence, client_id=client_id)
            if isinstance(error, NotFound) and request:
                await in_database(tell_of, request, self.visitor)
        except Exception:
            log.exception("a frame could not be handled")
            self._fail(ChatError.code, ChatError().sentence, client_id=client_id, retryable=True)

    async def _handle(self, request: protocol.Request) -> None:
        match request:
            case Ask(client_id, conversation, text, as_of, incognito, attachments, assistant, within):
                posted = await in_database(
                    post_question,
                    self.visitor,
                    client_id=client_id,
                    conversation=conversation,
                    text=text,
                    as_of=as_of,
                    incognito=incognito,
                    attachments=attachments,
                    wish=Wish(assistant, within),
                )
                files = await self._files(posted) if attachments else []
                await self._accept(client_id, posted, question=True, files=files)
            case Retry(client_id, message):
                posted = await in_database(retry_answer, self.visitor, client_id=client_id, message=message)
                await self._accept(client_id, posted, question=False)
            case Continue(client_id, message):
                posted = await in_database(resume_answer, self.visitor, message=message)
                await self._accept(client_id, posted, question=False)
            case Edit(client_id, message, text):
                posted = await in_database(
                    edit_question, self.visitor, client_id=client_id, message=message, text=text
                )
                await self._accept(client_id, posted, question=True)
            case Stop(message):
                await self._stop(message)
            case Follow():
                await self._follow(request)
            case Seen(conversation):
                await in_database(see, self.visitor, conversation)
            case Ping():
                self._send(protocol.pong())

    async def _files(self, posted: Posted) -> list[protocol.Frame]:
        def load() -> list[protocol.Frame]:
            with tenant_scope(posted.member.tenant):
                return items_of_question(posted.question)

        return await in_database(load)

    async def _accept(
        self, client_id: str, posted: Posted, *, question: bool, files: Sequence[protocol.Frame] = ()
    ) -> None:
        """Tell every tab of the conversation, this one too, and set the answer going."""
        self._follow_only(posted.conversation)
        frame = protocol.accepted(
            client_id=client_id,
            conversation=posted.conversation,
            title=posted.title,
            question=(posted.question, posted.text) if question else None,
            message=posted.answer,
            as_of=posted.as_of,
            incognito=posted.incognito,
            attachments=files,
            versions=posted.versions,
            offset=len(posted.begun.text) if posted.begun else None,
            asked_with=posted.asked_with,
        )
        if posted.fresh:
            runner.start(posted, frame)
            if not posted.incognito:
                item = {
                    "id": str(posted.conversation),
                    "title": posted.title,
                    "updated": timezone.now().isoformat(),
                    "archived": False,
                }
                await tell_tabs_now(posted.member, protocol.listed(item), but=self.channel_name)
        else:
            self._send(frame)
            await self._follow(Follow(posted.conversation, posted.answer, 0))

    async def _stop(self, answer: UUID) -> None:
        if runner.stop(answer, user=self.visitor.user):
            return
        if conversation := await in_database(streaming_conversation, self.visitor, answer):
            relay.stop(conversation, answer, user=self.visitor.user)

    async def _follow(self, request: Follow) -> None:
        def load() -> list[Snapshot]:
            member = enter(self.visitor)
            with tenant_scope(member.tenant):
                conversation = owned_conversation(request.conversation, member)
                return snapshots(conversation, member, message=request.message, offset=request.offset)

        async with relay.joined(request.conversation):
            loaded = await in_database(load)
            # No await until the last snapshot is sent: every delta is in one or comes after it, and none is in neither.
            self._follow_only(request.conversation)
        elsewhere = [snapshot for snapshot in loaded if snapshot.elsewhere]
        for snapshot in loaded:
            if snapshot in elsewhere:
                self.outbox.withhold(snapshot.message)
            else:
                self._send(snapshot.frame())
        for snapshot in elsewhere:
            taken = partial(self._release, snapshot)
            if not await relay.hand_over(request.conversation, snapshot.message, taken):
                # It has ended since, or its process died: the database has what there is.
                for late in await in_database(load):
                    if late.message == snapshot.message:
                        self._release(late, None)
                        if late.elsewhere:
                            relay.watch(request.conversation, late.message)

    def _release(self, snapshot: Snapshot, live: Live | None) -> None:
        self.outbox.release(snapshot.message)
        self._send(snapshot.frame(live))

    def _follow_only(self, conversation: UUID | None) -> None:
        if self.following == conversation:
            return
        if self.following:
            followers.discard(self.following, self.outbox)
        self.following = conversation
        if conversation:
            followers.add(conversation, self.outbox)

    async def news(self, event: dict[str, Any]) -> None:
        """Something of this person's has changed, be it in another tab or on another device."""
        known = self.following and self.following.hex == event["known"]
        if concerns(event, self.visitor.tenant) and not known:
            self.outbox.put(event["text"])

    async def session_ended(self, event: dict[str, Any]) -> None:
        await self.close(protocol.SIGNED_OUT)

    async def access_ended(self, event: dict[str, Any]) -> None:
        if concerns(event, self.visitor.tenant):
            await self.close(protocol.SIGNED_OUT)

    async def tab_frame(self, event: dict[str, Any]) -> None:
        if concerns(event, self.visitor.tenant) and event["but"] != self.channel_name:
            self._send(event["frame"])

    def _send(self, frame: protocol.Frame) -> None:
        self.outbox.put(protocol.encode(frame))

    def _fail(self, code: str, text: str, **more: Any) -> None:
        self._send(protocol.failed(code=code, text=text, **more))

    async def _deliver(self, text: str) -> None:
        await self.send(text_data=text)

    async def _reconnect(self) -> None:
        await self.close(protocol.RECONNECT)
