"""An organisation with something in every page, and a browser that walks through all of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.utils import timezone
from playwright.sync_api import Page, Playwright, sync_playwright

from chat.models import AnswerPassage, Conversation, Message
from chat.sharing.actions import Audience, share_conversation
from ingestion.days import today
from ingestion.models import Collection, Document, ExtractedText
from ingestion.reviewing import remind
from tenants.access import require_member
from tenants.entrance.invitations import deliver, invite
from tenants.models import Role, Tenant, User
from tenants.scoping import tenant_scope
from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401
from tests.matrix.scene import Scene
from tests.services import chromium_path

TEXTS = {
    "Parental leave.md": """# Parental leave

## Who can take it

Every parent who has worked here for three months can take parental leave, whatever their contract.

## How long

Every parent gets 16 weeks of parental leave at full pay. It can be taken in up to three blocks within the first two years. Twins add four weeks.

## How to ask

Tell your manager eight weeks ahead, and enter it in the time sheet. People & Culture confirms within five days.
""",
    "Travel policy.md": """# Travel

## Hotels

Hotels in Oslo and Zurich may cost up to 180 euros a night, elsewhere up to 140 euros.

## Trains and flights

Take the train for journeys below six hours. First class is for journeys above three hours.

| Class | Below 3 h | 3 to 6 h | Above 6 h |
|---|---|---|---|
| Train | second | first | first |
| Flight | no | no | economy |
""",
    "Information security.md": """# Information security

## Passwords and devices

Lock your screen whenever you leave it. Report a lost device within the hour at extension 4444.

## Classification

Papers marked *internal* stay in the house. Papers marked *confidential* stay in their collection.
""",
    "Expenses.md": "# Expenses\n\nHand in receipts within 30 days. Meals are paid up to 35 euros a day.\n",
}
ANSWER = """Yes. Every parent gets **16 weeks at full pay** [1], and twins add four weeks [1].

- You can take it in up to three blocks within the first two years [1].
- Tell your manager **eight weeks ahead** [2]; People & Culture confirms within five days.

| | Weeks | Pay |
|---|---:|---|
| Each parent | 16 | full |
| With twins | 20 | full |
"""
QUOTES = (
    "Every parent gets 16 weeks of parental leave at full pay.",
    "Tell your manager eight weeks ahead, and enter it in the time sheet.",
)
EARLIER = (
    "Hotel prices in Oslo",
    "Who signs a contract?",
    "Onboarding in the first week",
    "Lost laptop",
    "Meals on a trip",
)


@dataclass
class House:
    """What a walk needs to know of the organisation."""

    clients: dict[str, Client]
    conversation: str
    shared: str
    invitation: str
    document: str


@pytest.fixture
def house(
    installation: Any,
    acme: Tenant,
    alice: User,
    manager: User,
    bob: User,
    upload: Callable[..., Document],
    browser_of: Any,
) -> House:
    with tenant_scope(acme.id):
        handbook = Collection.objects.create(name="People handbook", everyone=True)
        Collection.objects.create(name="IT and security", everyone=True)
        papers = [upload(manager, handbook, text, name) for name, text in TEXTS.items()]
        for title in EARLIER:
            Conversation.objects.create(user=bob, title=title)
        row = talk(bob, papers[0])
        member = require_member(bob.pk, tenant=acme.id)
        shared = share_conversation(row, Audience(everyone=True), member)
        invited = invite("ivy@acme.example", role=Role.MEMBER, groups=[], actor=alice)
    people = {"bob": bob, "mia": manager, "alice": alice}
    return House(
        {name: browser_of(user) for name, user in people.items()},
        f"/chat/{row.pk}/",
        f"/shared/{shared.key}/",
        "/" + invited.address.split("/", 3)[3],
        str(papers[0].pk),
    )


def talk(user: User, paper: Document) -> Conversation:
    row = Conversation.objects.create(user=user, title="Parental leave for twins")
    asked = Message.objects.create(
        conversation=row,
        user=user,
        role="question",
        text="We expect twins. How long can I stay at home, and at what pay?",
    )
    answer = Message.objects.create(
        conversation=row, user=user, role="answer", question=asked, text=ANSWER, finished_at=timezone.now()
    )
    version = paper.current_version
    text = ExtractedText.objects.get(version=version).text
    for number, quote in enumerate(QUOTES, start=1):
        start = text.index(quote)
        AnswerPassage.objects.create(
            message=answer, number=number, version=version, collection_id=paper.collection_id, title=paper.title,
            heading=["Parental leave", "How long" if number == 1 else "How to ask"], start=start,
            end=start + len(quote), score=1, quote=quote, quote_start=start, quote_end=start + len(quote),
        )  # fmt: skip
    Conversation.objects.filter(pk=row.pk).update(updated=timezone.now() + timedelta(minutes=1))
    return row


@dataclass
class Window:
    """A browser's window before the server."""

    page: Page
    address: str
    playwright: Playwright


@dataclass
class Visit(Window):
    """A browser in one look, in which one can be this person or that."""

    house: House

    def be(self, who: str | None) -> None:
        self.page.context.clear_cookies(name="sessionid")
        if who:
            value = self.house.clients[who].cookies["sessionid"].value
            self.page.context.add_cookies([{"name": "sessionid", "value": value, "url": self.address}])

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.page.evaluate("document.fonts.ready.then(() => true)")


@pytest.fixture
def scene(installation: Any) -> Scene:
    """An organisation with one row of everything, and one with nothing."""
    return Scene()


@pytest.fixture
def browse(web: str) -> Callable[..., Any]:
    """Runs a script in a browser, in a thread of its own, since the browser's loop holds the test's."""

    def run(script: Callable[[Window], Any], cookies: dict[str, str], options: dict[str, Any]) -> Any:
        address = f"http://localhost:{web.split(':')[1]}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
            context = browser.new_context(**options)
            context.add_cookies(
                [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
            )
            page = context.new_page()
            page.set_default_timeout(30_000)
            result = script(Window(page, address, playwright))
            browser.close()
            return result

    def go(script: Callable[[Window], Any], cookies: dict[str, str] | None = None, **options: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run, script, cookies or {}, options).result()

    return go


@pytest.fixture
def visit(house: House, browse: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a script in a browser for the people of the organisation."""

    def go(script: Callable[[Visit], Any], **options: Any) -> Any:
        return browse(lambda at: script(Visit(at.page, at.address, at.playwright, house)), **options)

    return go


@pytest.fixture
def letters(house: House, acme: Tenant, alice: User, manager: User, bob: User) -> dict[str, str]:
    """The HTML of what people find in their mailbox, by name."""
    sent = {}
    with override_settings(EMAIL_HOST="mail.example", PUBLIC_URL="https://chat.acme.example"):
        with tenant_scope(acme.id):
            deliver(invite("jon@acme.example", role=Role.MEMBER, groups=[], actor=alice), actor=alice)
            Document.objects.update(review_on=today(), owner=manager)
        sent["invitation"] = mail.outbox.pop()
        Client().post("/accounts/password/reset/", {"email": bob.email}, headers={"host": "localhost"})
        sent["new-password"] = mail.outbox.pop()
        remind()
        sent["review"] = mail.outbox.pop()
    return {name: str(message.alternatives[0].content) for name, message in sent.items()}
