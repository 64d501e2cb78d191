"""`manage.py ask "question" --tenant NAME --user EMAIL`: an answer with its citations, in the terminal."""

import asyncio
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.answer import Question, answer_question
from assistant.errors import AnswerError
from assistant.events import Cited, FoundPassage, Notice, PassagesFound, TextDelta
from ingestion.days import in_words, today
from tenants.access import Member, require_member
from tenants.errors import NotAllowed
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

NOTICES = {
    "quote_mode": "No language model is connected; these are quotations. Connect one in the admin, or set CHAT_URL.",
    "cut_short": "The answer reached its length limit.",
    "content_filter": "The model's provider cut the answer off.",
}


class Command(BaseCommand):
    help = "Ask as a member would: the answer streams to standard output, its citations follow."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--tenant", required=True, help="the organisation's name")
        parser.add_argument("--user", required=True, help="the member's e-mail address; their rights apply")

        parser.add_argument(
            "--as-of", help="a day such as 2026-03-01: answer from the documents as they were then"
        )

    def handle(
        self, *args: Any, question: str, tenant: str, user: str, as_of: str | None, **options: Any
    ) -> None:
        member, day = find_member(tenant, user), past_day(as_of)
        if not question.strip():
            raise CommandError("Ask a question that is not empty.")
        with tenant_scope(member.tenant):
            try:
                asyncio.run(self._answer(Question(question.strip(), member, as_of=day)))
            except AnswerError as error:
                raise CommandError(error.sentence) from error

    async def _answer(self, question: Question) -> None:
        passages: tuple[FoundPassage, ...] = ()
        cited: list[Cited] = []
        async for event in answer_question(question):
            match event:
                case PassagesFound():
                    passages = event.passages
                case TextDelta(text):
                    self.stdout.write(text, ending="")
                    self.stdout.flush()
                case Cited():
                    cited.append(event)
                case Notice(code):
                    self.stderr.write(NOTICES.get(code, code))
        self.stdout.write("\n")
        for citation in sorted(cited, key=lambda c: c.number):
            self.stdout.write(citation_line(citation, passages[citation.number - 1]))
        if question.as_of:
            self.stdout.write(f"As of {in_words(question.as_of)}")


def past_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is not a day. Write it like 2026-03-01.") from error
    if day > today():
        raise CommandError(f"{in_words(day)} has not come yet. Choose today or an earlier day.")
    return day


def find_member(tenant: str, email: str) -> Member:
    organisation = Tenant.objects.filter(name__iexact=tenant).first()
    if organisation is None:
        known = ", ".join(Tenant.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no organisation “{tenant}”. Known: {known}.")
    user = User.objects.filter(email=User.objects.normalise(email)).first()
    try:
        if user:
            return require_member(user.id, tenant=organisation.id)
    except NotAllowed:
        pass
    raise CommandError(f"“{email}” is not an active member of {organisation.name}.")


def citation_line(citation: Cited, passage: FoundPassage) -> str:
    place = [passage.title, *([f"page {passage.page}"] if passage.page else []), *passage.heading]
    marks = "".join(f" ({mark.text})" for mark in passage.standing.marks) if passage.standing else ""
    return f"[{citation.number}] {' > '.join(place)}: “{' '.join(citation.quote.split())}”{marks}"
