"""The sample organisation: which documents it has, and questions that they answer."""

from dataclasses import dataclass
from pathlib import Path

DOCUMENTS = Path(__file__).parent / "documents"


@dataclass(frozen=True)
class SampleFile:
    path: str  # below DOCUMENTS
    title: str


@dataclass(frozen=True)
class SampleCollection:
    name: str
    description: str
    files: tuple[SampleFile, ...]


@dataclass(frozen=True)
class SampleQuestion:
    """`phrase` stands in the file at `path`, and the quote of the right answer contains it."""

    question: str
    phrase: str
    path: str


SAMPLE_COLLECTIONS = (
    SampleCollection(
        "People handbook",
        "How we work: leave, pay, travel, conduct and the offices.",
        (
            SampleFile("people/employee-handbook.pdf", "Employee handbook"),
            SampleFile("people/travel-and-expenses.docx", "Travel and expenses policy"),
            SampleFile("people/onboarding-checklist.md", "Onboarding checklist"),
            SampleFile("people/office-guide.html", "Office guide"),
            SampleFile("people/welcome.pptx", "Welcome to Acme"),
            SampleFile("people/limits-and-telephones.xlsx", "City limits and telephone list"),
            SampleFile("people/office-day-and-winter-party.eml", "Office day and winter party"),
        ),
    ),
    SampleCollection(
        "IT guide",
        "Laptops, accounts, VPN, printing, data, and what to do when something goes wrong.",
        (
            SampleFile("it/it-guide.md", "IT guide"),
            SampleFile("it/security-incidents.txt", "Security incidents"),
            SampleFile("it/data-classification.html", "Data classification"),
            SampleFile("it/equipment.csv", "Equipment catalogue"),
        ),
    ),
)

HANDBOOK, IT_GUIDE = "people/employee-handbook.pdf", "it/it-guide.md"

SAMPLE_QUESTIONS = (
    SampleQuestion("How long is parental leave?", "16 weeks of parental leave", HANDBOOK),
    SampleQuestion("How many days of annual leave do I have?", "28 days of annual leave", HANDBOOK),
    SampleQuestion("What may a hotel in Oslo cost?", "Oslo | 190", "people/travel-and-expenses.docx"),
    SampleQuestion("When is the canteen open?", "11:30 to 13:30", "people/office-guide.html"),
    SampleQuestion("When is the winter party?", "11 December 2026", "people/office-day-and-winter-party.eml"),
    SampleQuestion("What do I do when my laptop is stolen?", "call extension 5911 at once", IT_GUIDE),
    SampleQuestion("How long are backups of the shared drives kept?", "90 days", IT_GUIDE),
    SampleQuestion(
        "I clicked a link in a phishing mail, what now?",
        "disconnect from the network",
        "it/security-incidents.txt",
    ),
)
