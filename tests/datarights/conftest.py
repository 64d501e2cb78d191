"""Bob's conversation at Acme, with a quote from the handbook."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from chat.models import AnswerPassage, Conversation, Message
from ingestion.models import Passage
from tenants.scoping import tenant_scope

QUOTE = "Parental leave lasts 16 weeks."


class Zip(dict[str, str]):
    """The members of an export by name."""

    def json(self, name: str) -> Any:
        return json.loads(self[name])

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self[name].splitlines()]

    @property
    def words(self) -> str:
        return "\n".join(self.values())


@pytest.fixture
def unzipped() -> Callable[[bytes], Zip]:
    def read(content: bytes) -> Zip:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            return Zip({name: archive.read(name).decode(errors="replace") for name in archive.namelist()})

    return read


@pytest.fixture
def talk(acme, bob, handbook, add_document) -> Callable[..., Conversation]:
    """A question of somebody's, its answer, and the passage that it quotes."""

    def ask(person=bob, title="About leave", **fields) -> Conversation:
        with tenant_scope(acme.id):
            from ingestion.models import Document

            document = Document.objects.filter(title="Leave").first() or add_document(handbook, "Leave")
            version = document.current_version
            passage, _ = Passage.objects.get_or_create(
                version=version, position=0,
                defaults={"text": QUOTE, "start": 0, "end": len(QUOTE), "tokens": 6, "content_hash": "x"},
            )  # fmt: skip
            conversation = Conversation.objects.create(user=person, title=title, **fields)
            question = Message.objects.create(
                conversation=conversation, user=person, role="question", text="How long is leave?"
            )
            answer = Message.objects.create(
                conversation=conversation, user=person, role="answer", question=question, text="As cited [1]."
            )
            AnswerPassage.objects.create(
                message=answer, number=1, passage=passage, version=version, collection=handbook, title="Leave",
                start=0, end=len(QUOTE), score=1, quote=QUOTE, quote_start=0, quote_end=len(QUOTE),
            )  # fmt: skip
        return conversation

    return ask
