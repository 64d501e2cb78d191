"""Bob's other conversations, for what opens over them: answers beside each other, sources that changed or differ."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from assistant.assistants.models import Assistant
from assistant.assistants.versions import note_version
from chat.models import AnswerPassage, Conversation, Message
from chat.prompts.models import SavedPrompt
from chat.rail.models import Tag, TagColour
from ingestion import tasks
from ingestion.models import Collection, Document, ExtractedText
from tenants.datarights.models import DataRules
from tenants.models import User
from tests.ingestion.illustrated import figure, illustrated_pdf
from tests.journey.sources import ingest, pdf_of

LEAVE = "Every parent gets {} weeks of parental leave at full pay."
WHEELS = "How wheels are fixed to the box\nThe wheels of the box are fixed with four screws."
DRAWING = (figure("teal", (900, 600)), (72.0, 420.0, 300.0, 200.0))
PRICES = ["Hotel prices", "A night in Oslo costs up to 180 euros."]


def paper(user: User, collection: Collection, text: str, name: str) -> Document:
    return ingest(user, collection, f"# Leave\n\n{text}\n".encode(), name)


def asked(user: User, title: str) -> Message:
    row = Conversation.objects.create(user=user, title=title)
    return Message.objects.create(conversation=row, user=user, role="question", text=f"{title}?")


def answered(question: Message, text: str, *sources: tuple[Document, str]) -> Message:
    answer = Message.objects.create(
        conversation=question.conversation, user=question.user, role="answer", question=question, text=text,
        finished_at=timezone.now(),
    )  # fmt: skip
    for number, (document, quote) in enumerate(sources, start=1):
        version = document.current_version
        start = ExtractedText.objects.get(version=version).text.index(quote)
        place: dict[str, Any] = {"start": start, "end": start + len(quote), "quote_start": start}
        AnswerPassage.objects.create(
            message=answer, number=number, version=version, passage=version.passages.first(), title=document.title,
            collection_id=document.collection_id, page=version.passages.first().page, score=1, quote=quote,
            quote_end=start + len(quote), **place,
        )  # fmt: skip
    return answer


def talks(bob: User, alice: User, upload: Callable[..., Document]) -> dict[str, str]:
    """Addresses by name. Besides, Bob has tags and a saved prompt, and everybody an assistant."""
    shelf = Collection.objects.create(name="Rules", everyone=True)
    old, new = LEAVE.format(14), LEAVE.format(16)
    prices = ingest(alice, shelf, pdf_of(PRICES), "prices.pdf")
    first, second = (
        paper(alice, shelf, text, name) for text, name in ((old, "leave-2023.md"), (new, "leave-2024.md"))
    )
    gone = LEAVE.format(12)
    replaced = paper(alice, shelf, gone, "leave.md")

    found: dict[str, Message] = {}
    found["two_answers"] = asked(bob, "Two answers")
    for text in ("Fourteen weeks [1].", "At most fourteen weeks [1], at full pay."):
        answered(found["two_answers"], text, (first, old))
    found["of_a_pdf"] = asked(bob, "A night in Oslo")
    answered(found["of_a_pdf"], "Up to 180 euros [1].", (prices, PRICES[1]))
    manual = ingest(alice, shelf, illustrated_pdf((WHEELS, [DRAWING])), "manual.pdf")
    tasks.pictures(str(manual.tenant_id), str(manual.current_version_id))
    found["with_picture"] = asked(bob, "Wheels of the box")
    answered(found["with_picture"], "With four screws [1].", (manual, WHEELS.splitlines()[1]))
    found["changed"] = asked(bob, "Leave of a parent")
    answered(found["changed"], "Twelve weeks [1].", (replaced, gone))
    paper(alice, shelf, LEAVE.format(18), "leave.md")
    found["differing"] = asked(bob, "Weeks of leave")
    answer = answered(found["differing"], "Fourteen [1] or sixteen [2].", (first, old), (second, new))
    sides = [
        {"number": row.number, "start": row.quote_start, "end": row.quote_end}
        for row in answer.passages.all()
    ]
    Message.objects.filter(pk=answer.pk).update(differs=[{"how": "compared", "sides": sides}])

    for colour in TagColour.values:
        tag = Tag.objects.create(user=bob, name=f"Tag {colour}", colour=colour)
        tag.conversations.set(Conversation.objects.filter(user=bob, title__startswith="Parental"))
    SavedPrompt.objects.create(user=bob, name="Compare", text="Compare {this} with {that}.")
    pilot = Assistant.objects.create(
        name="Pilot", instructions="Be short.", everyone=True, every_collection=True
    )
    note_version(pilot, author=alice.pk)
    DataRules.objects.create(incognito=True)
    return {name: f"/chat/{question.conversation_id}/" for name, question in found.items()}
