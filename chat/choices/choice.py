"""From what the browser asks for to what it comes to, decided anew for each question.

What the person may not use, or read, is treated as what does not exist: the words are the same.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from assistant.assistants.models import Assistant, AssistantVersion
from assistant.assistants.versions import current_version
from assistant.setup import ANYWHERE, PLAIN, Setup, Within
from chat.choices.models import AnswerChoice, ConversationChoice
from chat.errors import QuestionRefused
from chat.models import Conversation, Message
from ingestion.models import Collection
from tenants.access import Member

Item = dict[str, Any]

ASSISTANT_GONE = gettext_lazy(
    "This assistant is not available to you (any more). Choose another one, then ask again."
)
COLLECTION_GONE = gettext_lazy(
    "A collection that you chose is not available to you (any more). Choose again where to search."
)
DAYS_SWAPPED = gettext_lazy("The first day is later than the last one. Choose the days again.")


@dataclass(frozen=True)
class Wish:
    """What the browser asks for. No assistant is the organisation's default, or none."""

    assistant: UUID | None = None
    within: Within = ANYWHERE


@dataclass(frozen=True)
class Choice:
    """What it comes to for this person at this moment."""

    setup: Setup = PLAIN
    within: Within = ANYWHERE
    assistant: Assistant | None = None
    version: AssistantVersion | None = None
    collections: tuple[Collection, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.assistant or self.within)


NO_WISH = Wish()
NO_CHOICE = Choice()


def choose(wish: Wish, member: Member) -> Choice:
    """Raises QuestionRefused; nothing is ever searched more widely than it was asked for."""
    assistant = _assistant(wish.assistant, member)
    within = wish.within
    collections = _collections(within.collections, member)
    if within.dated_from and within.dated_until and within.dated_from > within.dated_until:
        raise QuestionRefused(str(DAYS_SWAPPED), code="days_swapped")
    version = current_version(assistant.pk) if assistant else None
    return Choice(_setup(assistant), within, assistant, version, collections)


def _assistant(wanted: UUID | None, member: Member) -> Assistant | None:
    usable = Assistant.objects.usable_by(member)
    if wanted is None:
        return usable.filter(standard=True).first()
    assistant = usable.filter(pk=wanted).first()
    if assistant is None:
        raise QuestionRefused(str(ASSISTANT_GONE), code="assistant_gone")
    return assistant


def _collections(wanted: frozenset[UUID], member: Member) -> tuple[Collection, ...]:
    """All of them, or none at all: with one left out the answer would be about something else."""
    if not wanted:
        return ()
    found = tuple(Collection.objects.readable_by(member).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise QuestionRefused(str(COLLECTION_GONE), code="collection_gone")
    return found


def _setup(assistant: Assistant | None) -> Setup:
    if assistant is None:
        return PLAIN
    chosen = None if assistant.every_collection else assistant.collections.values_list("pk", flat=True)
    return Setup(
        instructions=assistant.instructions,
        collections=None if chosen is None else frozenset(chosen),
        endpoint=assistant.endpoint_id,
        model=assistant.model,
        temperature=assistant.temperature,
    )


def keep(choice: Choice, conversation: Conversation, answer: Message) -> None:
    """Beside the answer, and for the conversation's head. In the transaction that commits the answer."""
    assistant = choice.assistant
    if choice:
        AnswerChoice.objects.create(
            message=answer,
            assistant=assistant,
            version=choice.version,
            name=assistant.name if assistant else "",
            icon=assistant.icon if assistant else "",
            collections=[{"id": str(c.pk), "name": c.name} for c in choice.collections],
            dated_from=choice.within.dated_from,
            dated_until=choice.within.dated_until,
        )
    if assistant:
        said = {"assistant": assistant, "name": assistant.name, "icon": assistant.icon}
        ConversationChoice.objects.update_or_create(conversation=conversation, defaults=said)
    else:
        ConversationChoice.objects.filter(conversation=conversation).delete()


def wish_of(answer: Message | None) -> Wish:
    """To ask the same again. What has gone since is still in it, and so refused."""
    row = AnswerChoice.objects.filter(message=answer).first()
    if row is None:
        return NO_WISH
    if row.name and row.assistant_id is None:
        raise QuestionRefused(str(ASSISTANT_GONE), code="assistant_gone")
    chosen = frozenset(UUID(each["id"]) for each in row.collections)
    return Wish(row.assistant_id, Within(chosen, row.dated_from, row.dated_until))
