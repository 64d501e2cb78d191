"""Builds the sample documents that are no plain text from `sources`: `python -m assistant.sample.build`.

The libraries come with the development requirements, and what is built is committed. Every date is fixed, so that
building again with the same libraries gives the same bytes.
"""

from email.message import EmailMessage
from pathlib import Path

from assistant.sample.build_office import build_docx, build_pptx, build_xlsx
from assistant.sample.build_pdf import build_pdf

HERE = Path(__file__).parent
SOURCES, DOCUMENTS = HERE / "sources", HERE / "documents"


def build_eml(source: Path, target: Path, *, title: str) -> None:
    message = EmailMessage()
    message["From"] = "Ingrid Solberg <people@acme.example>"
    message["To"] = "everyone@acme.example"
    message["Subject"] = title
    message["Date"] = "Tue, 01 Sep 2026 09:00:00 +0000"
    message["Message-ID"] = "<2026-09-01.1@acme.example>"
    message.set_content(source.read_text())
    target.write_bytes(bytes(message))


BUILDERS = (
    (build_pdf, "handbook.md", "employee-handbook.pdf", "Employee handbook"),
    (build_docx, "travel.md", "travel-and-expenses.docx", "Travel and expenses policy"),
    (build_pptx, "welcome.md", "welcome.pptx", "Welcome to Acme"),
    (build_xlsx, "limits.md", "limits-and-telephones.xlsx", "City limits and telephone list"),
    (build_eml, "announcement.txt", "office-day-and-winter-party.eml", "Office day and winter party"),
)


def build(folder: Path = DOCUMENTS) -> None:
    (folder / "people").mkdir(parents=True, exist_ok=True)
    for builder, source, target, title in BUILDERS:
        builder(SOURCES / source, folder / "people" / target, title=title)


if __name__ == "__main__":
    build()
