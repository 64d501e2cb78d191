"""Runs answers as tasks of their own, so that no socket owns one.

A tab that closes, a network that fails, a second tab: nothing of it touches the task. It appends text, publishes
numbered deltas to everyone who follows the conversation, is saved about every second, and ends in the database
before anyone is told that it ended.
"""

import asyncio
import logging
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext, gettext_noop

from assistant.answer import Question
from assistant.errors import AnswerError
from assistant.events import (
    Cited,
    Event,
    Finished,
    FoundPassage,
    Notice,
    PassagesFound,
    Searching,
    SourcesDiffer,
    TextDelta,
    Usage,
)
from assistant.resume import continue_answer
from chat import guests, protocol, titles
from chat.actions import Ending, Posted, save_ending, save_partials, save_passages
from chat.attachments.waiting import answer_with_files
from chat.differing import live_item
from chat.endings import EndOfAccess, concerns
from chat.followers import followers
from chat.models import MessageStatus
from chat.notices import notice_item
from chat.relay import Live, Relay
from chat.unread import tell_answered
from tenants.access import member_of
from tenants.db import in_database
from tenants.observe import metrics
from tenants.observe.ids import about
from tenants.observe.traces import span
from tenants.scoping import tenant_scope

log = logging.getLogger(__name__)

SAVE_SECONDS = 1.0


@dataclass
class RunningAnswer:
    """An answer being written in this process. `length` is in code points."""

    posted: Posted
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    wrote: bool = False
    passages: tuple[FoundPassage, ...] = ()
    citations: dict[int, Cited] = field(default_factory=dict)
    differs: list[SourcesDiffer] = field(default_factory=list)
    notice: str = ""
    usage: Usage | None = None
    model: str = ""
    stop_status: str = MessageStatus.INTERRUPTED
    task: asyncio.Task[None] | None = None
    watch: metrics.AnswerWatch = field(default_factory=metrics.AnswerWatch)

    def __post_init__(self) -> None:
        if self.posted.begun:
            self.pieces.append(self.posted.begun.text)
            self.length = len(self.posted.begun.text)
            self.passages = self.posted.begun.passages
            self.usage = self.posted.spent

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def live(self) -> Live:
        return Live(
            text=self.text,
            passages=[protocol.passage_item(p) for p in self.passages],
            citations=[citation_of(c, self.passages) for c in list(self.citations.values())],
            differs=[live_item(differ, self.passages) for differ in list(self.differs)],
        )

    def ending(self, status: str, error: AnswerError | None = None) -> Ending:
        return Ending(
            status=status,
            text=self.text,
            citations=tuple(self.citations.values()),
            differs=tuple(self.differs),
            notice=self.notice,
            model=self.model,
            usage=self.usage,
            error_code=error.code if error else "",
            error=error.sentence if error else "",
        )


class Runner:
    """The answers of this process."""

    def __init__(self) -> None:
        self._answers: dict[UUID, RunningAnswer] = {}
        self._saver: asyncio.Task[None] | None = None
        self._endings = EndOfAccess(self.interrupt)

    def start(self, posted: Posted, accepted: protocol.Frame) -> None:
        """Tell every tab of the conversation that the question was accepted, and set its answer going."""
        text = protocol.encode(accepted)
        followers.publish(posted.conversation, text, about=posted.answer)
        relay.announce(posted.conversation, posted.answer, text)
        guests.watch(posted.member)
        running = RunningAnswer(posted)
        self._answers[posted.answer] = running
        metrics.answers_running(len(self._answers))
        running.task = asyncio.create_task(self._run(running), name=f"answer-{posted.answer}")
        if self._saver is None or self._saver.done():
            self._saver = asyncio.create_task(self._save_now_and_then(), name="answers-saver")

    def find(self, answer: UUID) -> Live | None:
        running = self._answers.get(answer)
        return running.live if running else None

    def stop(self, answer: UUID, *, user: UUID) -> bool:
        """Stop the answer if it is this user's and runs here; its text so far stays."""
        running = self._answers.get(answer)
        if running is None or running.task is None or running.posted.member.user != user:
            return False
        running.stop_status = MessageStatus.STOPPED
        running.task.cancel()
        return True

    def interrupt(self, event: dict[str, Any]) -> None:
        """Someone's access has ended: their answers stop here, with the text they have."""
        for running in self._answers.values():
            member = running.posted.member
            if running.task and member.user.hex == event["user"] and concerns(event, member.tenant):
                running.task.cancel()

    async def drain(self, seconds: float) -> None:
        """Let running answers end; after `seconds` keep what they have and mark them interrupted."""
        tasks = [a.task for a in self._answers.values() if a.task]
        if not tasks:
            return
        log.info("waiting up to %.0f s for %d answers", seconds, len(tasks))
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=10)
        await relay.flush()

    async def _run(self, running: RunningAnswer) -> None:
        posted = running.posted
        ids = about(
            tenant=posted.member.tenant,
            user=posted.member.user,
            conversation=posted.conversation,
            answer=posted.answer,
        )
        with tenant_scope(posted.member.tenant), ids:
            with span("question"):
                ending = await self._write_and_save(running)
            running.watch.ended(ending.status, code=ending.error_code, spent=ending.usage)
            text = protocol.encode(ending_frame(posted.answer, ending))
            followers.publish(posted.conversation, text, about=posted.answer)
            relay.end(posted.conversation, posted.answer, text)
            if not posted.incognito:
                await tell_answered(
                    posted.member, posted.conversation, title=posted.title, status=ending.status
                )
            titles.write_soon(posted, ending.status)

    async def _write_and_save(self, running: RunningAnswer) -> Ending:
        """How the answer ended, once the database knows."""
        posted = running.posted
        try:
            ending = await self._write(running)
            await in_database(save_ending, posted.answer, tenant=posted.member.tenant, ending=ending)
        except Exception:
            log.exception("the answer %s could not be saved", posted.answer)
            ending = running.ending(MessageStatus.FAILED, AnswerError())
        finally:
            self._answers.pop(posted.answer, None)
            metrics.answers_running(len(self._answers))
        return ending

    async def _write(self, running: RunningAnswer) -> Ending:
        """Consume the events of the answer; every way it can end is an Ending."""
        posted = running.posted
        question = Question(
            posted.text,
            posted.member,
            posted.history,
            posted.as_of,
            setup=posted.choice.setup,
            within=posted.choice.within,
            verified=posted.verified,
        )
        if posted.begun:
            events = continue_answer(question, posted.begun)
        else:
            events = answer_with_files(question, conversation=posted.conversation, asked=posted.question)
        try:
            await self._endings.listen()
            # Whose access ended before this process listened is told apart here, and later by `interrupt`.
            if await in_database(member_of, posted.member.user, tenant=posted.member.tenant) is None:
                return running.ending(MessageStatus.INTERRUPTED)
            async for event in events:
                await self._handle(event, running)
        except asyncio.CancelledError:
            return running.ending(running.stop_status)
        except AnswerError as error:
            log.warning("answer %s failed: %s", posted.answer, error.code)
            return running.ending(MessageStatus.FAILED, error)
        except Exception:
            log.exception("answer %s failed", posted.answer)
            return running.ending(MessageStatus.FAILED, AnswerError())
        finally:
            await events.aclose()
        return running.ending(MessageStatus.COMPLETE)

    async def _handle(self, event: Event, running: RunningAnswer) -> None:
        answer = running.posted.answer
        match event:
            case Searching():
                frame = protocol.searching(answer)
            case PassagesFound(passages):
                running.passages = passages
                tenant = running.posted.member.tenant
                await in_database(save_passages, answer, tenant=tenant, passages=passages)
                frame = protocol.passages(answer, passages)
            case TextDelta(text):
                if not running.wrote:
                    running.wrote = True
                    running.watch.first_text()
                frame = protocol.delta(answer, offset=running.length, text=text)
                running.pieces.append(text)
                running.length += len(text)
            case Cited():
                running.citations[event.number] = event
                frame = protocol.cited(answer, citation_of(event, running.passages))
            case SourcesDiffer():
                running.differs.append(event)
                frame = protocol.differs(answer, live_item(event, running.passages))
            case Notice(code):
                running.notice = code
                item = notice_item(code, administers=running.posted.member.administers)
                if item is None:
                    return
                frame = protocol.notice(answer, item)
            case Finished(usage, model):
                running.usage, running.model = (running.usage or Usage()) + usage, model
                return
        text = protocol.encode(frame)
        followers.publish(running.posted.conversation, text, about=answer)
        relay.publish(running.posted.conversation, answer, text)

    async def _save_now_and_then(self) -> None:
        """One transaction a second for all answers that grew, and a sign of life for the others."""
        while self._answers:
            await asyncio.sleep(SAVE_SECONDS)
            texts = {key: answer.text for key, answer in self._answers.items()}
            try:
                await in_database(save_partials, texts)
            except Exception:
                log.exception("partial answers could not be saved; trying again in a second")


def citation_of(citation: Cited, passages: tuple[FoundPassage, ...]) -> protocol.Frame:
    passage = passages[citation.number - 1]
    return protocol.citation_item(
        marker=citation.number,
        quote=citation.quote,
        title=passage.title,
        page=passage.page,
        heading=list(passage.heading),
        standing=passage.standing,
        verified=passage.verified is not None,
    )


def ending_frame(answer: UUID, ending: Ending) -> protocol.Frame:
    match ending.status:
        case MessageStatus.FAILED:
            return protocol.failed(
                message=answer, code=ending.error_code, text=gettext(ending.error), retryable=True
            )
        case MessageStatus.INTERRUPTED:
            return protocol.failed(
                message=answer, code="interrupted", text=gettext(INTERRUPTED), retryable=True
            )
    return protocol.finished(answer, status=ending.status, usage=asdict(ending.usage) if ending.usage else {})


INTERRUPTED = gettext_noop("The answer was interrupted. What was written is kept; try again for a new one.")

runner = Runner()
relay = Relay(followers, find=runner.find, stop=lambda answer, user: runner.stop(answer, user=user))
