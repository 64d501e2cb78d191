"""Builds the sample documents that are not plain text from their sources: `python -m assistant.sample.build`.

The libraries come with the development requirements; what is built is committed. Dates are fixed, so that building again
changes nothing that a reader can see.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).parent
SOURCES, DOCUMENTS = HERE / "sources", HERE / "documents"
WHEN = datetime(2026, 9, 1, 9, 0)

SLIDES = [
    ("Welcome to Acme", ["Three offices: Leeds, Bergen and Lyon", "412 colleagues, 31 nationalities", "Founded in 1998 as a maker of measuring instruments"]),
    ("What we make", ["Flow meters for water works", "Sensors for cold chains", "Services that read them"]),
    ("How we decide", ["The person who does the work proposes", "Objections come with a reason within three working days", "Decisions are written down on one page"]),
    ("Your first week", ["Badge at reception, 08:30 to 10:00", "Second factor within 48 hours", "Lunch with your buddy on day one"]),
    ("Who helps", ["People team: people@acme.example", "IT service desk: extension 5000", "Ombudsperson: ombuds@acme.example"]),
]  # fmt: skip
ROOMS = [("City", "Hotel limit a night", "Meals a full day", "Taxi from the airport"), ("London", 220, 48, 70), ("Oslo", 190, 48, 65), ("Paris", 210, 48, 60), ("Bergen", 170, 48, 40), ("Lyon", 150, 48, 50), ("Leeds", 140, 48, 35)]  # fmt: skip
PHONES = [("Team", "Extension", "Hours"), ("Reception", 4000, "07:30 to 18:00"), ("People team", 4100, "09:00 to 16:00"), ("IT service desk", 5000, "07:30 to 18:00"), ("IT on call", 5911, "always"), ("Security", 4999, "always"), ("Assistance line", 4400, "always")]  # fmt: skip
MAIL = """Dear all,

from 1 October 2026 the office day for every team moves from Wednesday to Tuesday. The canteen opens half an hour earlier on
that day, at 11:00.

The winter party is on Friday 11 December 2026 at 18:30 in the old harbour hall in Bergen. Acme pays for travel and one night
at a hotel. Please register in the People portal by 13 November and say whether you bring a guest and what you do not eat.

Kind regards
Ingrid Solberg, People team
"""


def blocks(markdown: str) -> Iterator[tuple[str, str | list[list[str]]]]:
    """(kind, content): h1, h2, p, or a table as rows of cells."""
    for block in re.split(r"\n\n+", markdown.strip()):
        if match := re.match(r"(#+) (.*)", block):
            yield f"h{len(match[1])}", match[2]
        elif block.startswith("|"):
            rows = [[c.strip() for c in line.strip("|").split("|")] for line in block.splitlines()]
            yield "table", [rows[0], *rows[2:]]
        else:
            yield "p", block


def build_pdf(source: Path, target: Path) -> None:
    from reportlab.lib import colors
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    text = ParagraphStyle(
        "text", fontName="Helvetica", fontSize=11, leading=16.5, spaceAfter=9, alignment=TA_LEFT
    )
    styles = {
        "h1": ParagraphStyle("h1", text, fontName="Helvetica-Bold", fontSize=20, leading=26, spaceAfter=12, textColor="#0f766e"),
        "h2": ParagraphStyle("h2", text, fontName="Helvetica-Bold", fontSize=14, leading=19, spaceBefore=10, spaceAfter=6),
        "p": text,
    }  # fmt: skip
    lines = [("GRID", (0, 0), (-1, -1), 0.5, colors.lightgrey), ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke), ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"), ("FONTSIZE", (0, 0), (-1, -1), 10.5)]  # fmt: skip
    story = []
    for kind, content in blocks(source.read_text()):
        if kind == "table":
            story += [Table(content, style=TableStyle(lines), hAlign="LEFT"), Spacer(1, 12)]
        else:
            if kind == "h1" and len(story) > 2:
                story.append(PageBreak())
            story.append(Paragraph(content, styles[kind]))

    def footer(canvas, page) -> None:  # type: ignore[no-untyped-def]
        canvas.setFont("Helvetica", 9)
        canvas.setFillColor(colors.grey)
        canvas.drawString(62, 32, "Acme employee handbook, September 2026")
        canvas.drawRightString(A4[0] - 62, 32, f"Page {page.page}")

    document = SimpleDocTemplate(
        str(target), pagesize=A4, leftMargin=62, rightMargin=62, topMargin=64, bottomMargin=64,
        title="Employee handbook", author="Acme People team", invariant=1,
    )  # fmt: skip
    document.build(story, onFirstPage=footer, onLaterPages=footer)


def build_docx(source: Path, target: Path) -> None:
    from docx import Document

    document = Document()
    document.core_properties.title = "Travel and expenses policy"
    document.core_properties.created = document.core_properties.modified = WHEN
    for kind, content in blocks(source.read_text()):
        if isinstance(content, list):
            table = document.add_table(rows=0, cols=len(content[0]), style="Light Grid Accent 1")
            for row in content:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = value
        elif kind == "p":
            document.add_paragraph(content)
        else:
            document.add_heading(content, level=int(kind[1]))
    document.save(str(target))


def build_pptx(target: Path) -> None:
    from pptx import Presentation

    deck = Presentation()
    deck.core_properties.title = "Welcome to Acme"
    deck.core_properties.created = deck.core_properties.modified = WHEN
    for title, points in SLIDES:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(points)
    deck.save(str(target))


def build_xlsx(target: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.created = book.properties.modified = WHEN
    for title, rows in (("City limits in euros", ROOMS), ("Telephone list", PHONES)):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(target)


def build_eml(target: Path) -> None:
    message = EmailMessage()
    message["From"] = "Ingrid Solberg <people@acme.example>"
    message["To"] = "everyone@acme.example"
    message["Subject"] = "Office day and winter party"
    message["Date"] = "Tue, 01 Sep 2026 09:00:00 +0000"
    message["Message-ID"] = "<2026-09-01.1@acme.example>"
    message.set_content(MAIL)
    target.write_bytes(bytes(message))


def build(folder: Path = DOCUMENTS) -> None:
    (folder / "people").mkdir(parents=True, exist_ok=True)
    build_pdf(SOURCES / "handbook.md", folder / "people" / "employee-handbook.pdf")
    build_docx(SOURCES / "travel.md", folder / "people" / "travel-and-expenses.docx")
    build_pptx(folder / "people" / "welcome.pptx")
    build_xlsx(folder / "people" / "limits-and-telephones.xlsx")
    build_eml(folder / "people" / "office-day-and-winter-party.eml")


if __name__ == "__main__":
    build()
