"""From a question to a cited answer, as a stream of events. The steps in order; each lives in its own module."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from assistant.cite import Citations
from assistant.condense import condense
from assistant.differ import differences
from assistant.endpoints import Endpoint
from assistant.errors import ModelRubbish
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
)
from assistant.prompt import Turn, answer_messages
from assistant.quote import quote
from assistant.retrieve import retrieve
from assistant.setup import ANYWHERE, PLAIN, Setup, Within, endpoint_for
from assistant.stream import Completion, complete
from assistant.verified.index import find_verified
from ingestion.days import in_words
from ingestion.models import Collection
from tenants.access import Member
from tenants.db import in_database
from tenants.models import Membership, Role
from tenants.observe.steps import observed

VERIFIED = "verified answer"  # in place of a model's name


@dataclass(frozen=True)
class Question:
    """What is asked, by whom, after which earlier turns of the conversation, as of which day (None is today), of which
    assistant, and within what.
    """

    text: str
    member: Member
    history: Sequence[Turn] = ()
    as_of: date | None = None
    files: UUID | None = None  # the private collection with the files of the conversation
    setup: Setup = PLAIN
    within: Within = ANYWHERE
    verified: bool = True  # look for a verified answer first


async def answer_question(question: Question) -> AsyncGenerator[Event, None]:
    """Search, then answer from what was found. Raises an AnswerError; what was yielded before it stays valid."""
    yield Searching()
    endpoint = await in_database(endpoint_for, question.setup)
    alone = await condense(question.text, history=question.history, endpoint=endpoint)
    found = (
        await find_verified(alone, question.member, among=among(question))
        if takes_verified(question)
        else None
    )
    if found and found.sure and not question.files:
        for event in given(found.passage):
            yield event
        return
    with observed("answer.retrieve"):
        passages = await retrieve(
            alone,
            member=question.member,
            limit=settings.PASSAGES_PER_ANSWER,
            as_of=question.as_of,
            files=question.files,
            setup=question.setup,
            within=question.within,
        )
    if found:
        passages = (found.passage, *(replace(p, number=p.number + 1) for p in passages))
    yield PassagesFound(passages)
    if not passages:
        yield TextDelta(
            await in_database(nothing_found, question.member, as_of=question.as_of, hint=hint_of(question))
        )
        yield Finished()
    else:
        answer = written(question, endpoint, passages) if endpoint else quoted(alone, question, passages)
        async for event in with_differences(answer, alone, passages):
            yield event


async def with_differences(
    answer: AsyncIterator[Event], alone: str, passages: Sequence[FoundPassage]
) -> AsyncIterator[Event]:
    """The answer, and before its end the contradictions between its sources that the model has not told of."""
    cited: set[int] = set()
    told: set[frozenset[UUID]] = set()
    version = {p.number: p.version for p in passages}
    compared = [p for p in passages if not p.verified]
    async for event in answer:
        if isinstance(event, Cited):
            cited.add(event.number)
        elif isinstance(event, SourcesDiffer):
            told.add(frozenset((version[event.first.number], version[event.second.number])))
        elif isinstance(event, Finished):
            for found in await asyncio.to_thread(differences, alone, compared, cited):
                if frozenset((version[found.first.number], version[found.second.number])) not in told:
                    yield found
        yield event


def takes_verified(question: Question) -> bool:
    """Of another day than today, and of documents of certain days, it is not known what was verified."""
    dated = question.within.dated_from or question.within.dated_until
    return question.verified and not question.as_of and not dated


def among(question: Question) -> frozenset[UUID] | None:
    """The collections that a verified answer may be of; None is all that the person may read."""
    chosen = [
        each for each in (question.setup.collections, question.within.collections or None) if each is not None
    ]
    return frozenset.intersection(*chosen) if chosen else None


def given(passage: FoundPassage) -> Iterator[Event]:
    """A verified answer, word for word."""
    yield PassagesFound((passage,))
    yield Cited(passage.number, passage.text, passage.start, passage.end)
    yield TextDelta(f"{passage.text.rstrip()}\n\n[{passage.number}]")
    yield Finished(model=VERIFIED)


async def quoted(alone: str, question: Question, passages: Sequence[FoundPassage]) -> AsyncIterator[Event]:
    """The extractive answer: sentences of the passages, word for word."""
    yield Notice("quote_mode")
    found = False
    async for event in quote(alone, passages):
        found = True
        yield event
    if not found:
        yield Notice("quote_none")
        yield TextDelta(
            await in_database(nothing_found, question.member, as_of=question.as_of, hint=hint_of(question))
        )
    yield Finished(model="quotes")


async def written(
    question: Question, endpoint: Endpoint, passages: Sequence[FoundPassage]
) -> AsyncIterator[Event]:
    """The model's answer, its markers resolved as they come."""
    messages = answer_messages(
        question.text,
        tenant=question.member.tenant_name,
        passages=passages,
        history=question.history,
        as_of=question.as_of,
        files=question.files,
        instructions=question.setup.instructions,
        budget=endpoint.context_window - endpoint.max_answer_tokens,
    )
    completion = Completion()
    citations = Citations(passages)
    with observed("answer.model", yields=True):
        async for text in complete(endpoint, messages, completion):
            for event in citations.feed(text):
                yield event
    for event in citations.flush():
        yield event
    if not completion.text_length:
        raise ModelRubbish("an empty answer")
    if citations.unanswered:
        yield Notice("unanswered")
    for last in ended(completion, endpoint):
        yield last


def ended(completion: Completion, endpoint: Endpoint) -> Iterator[Notice | Finished]:
    """Why the model stopped, where that is worth telling, and what it took."""
    if completion.finish_reason == "length":
        yield Notice("cut_short")
    elif completion.finish_reason == "content_filter":
        yield Notice("content_filter")
    usage = endpoint.usage(input_tokens=completion.input_tokens, output_tokens=completion.output_tokens)
    yield Finished(usage=usage, model=endpoint.name)


def hint_of(question: Question) -> str:
    """Where else to look, after a search that did not go through all that the person may read."""
    if question.within:
        return " You had narrowed the search: ask again in all collections, or documents of all days."
    if question.setup.collections is not None:
        return " This assistant answers from some collections only: another one may know more."
    return ""


def nothing_found(member: Member, *, as_of: date | None = None, hint: str = "") -> str:
    """An honest no, and who tends the documents."""
    if not Collection.objects.readable_by(member).exists():
        said = "There are no documents that you may read yet."
    elif as_of:
        said = f"I found nothing that answers this in the documents you can read, as they were on {in_words(as_of)}."
    else:
        said = "I found nothing in the documents you can read that answers this."
    said += hint
    if member.is_guest:
        return said  # who works here is not for guests
    readable = Collection.managers.through.objects.filter(
        collection__in=Collection.objects.readable_by(member)
    )
    tenders = Membership.objects.filter(role__in=[Role.MANAGER, Role.ADMIN], user__is_active=True).exclude(
        ~Q(user__in=readable.values("user")), role=Role.MANAGER, tends_chosen=True
    )
    names = [
        m.user.get_full_name()
        for m in tenders.exclude(user=member.user).select_related("user").order_by("-role")[:3]
    ]
    return f"{said} The documents are tended by {_listed(names)}." if names else said


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
