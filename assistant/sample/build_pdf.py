"""A PDF with bookmarks, tables and page numbers. Its bytes depend on the source alone."""

from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table

from assistant.sample.blocks import AUTHOR, CHANGED, GREY, INK, LINE, PALE, TEAL, blocks

ink, teal, pale, line, grey = (HexColor(f"#{value}") for value in (INK, TEAL, PALE, LINE, GREY))
MARGIN = 62
WIDTH = A4[0] - 2 * MARGIN

TEXT = ParagraphStyle("p", fontName="Helvetica", fontSize=11, leading=16.5, spaceAfter=9, textColor=ink)
BOLD = ParagraphStyle("bold", TEXT, fontName="Helvetica-Bold", keepWithNext=1)
TITLE = ParagraphStyle("title", BOLD, fontSize=28, leading=34, textColor=teal)
CHAPTER = ParagraphStyle("h1", BOLD, fontSize=19, leading=24, spaceBefore=18, spaceAfter=4, textColor=teal)
SECTION = ParagraphStyle("h2", BOLD, fontSize=13, leading=18, spaceBefore=9, spaceAfter=3)
STYLES = {"h1": CHAPTER, "h2": SECTION, "p": TEXT}
CELL = ParagraphStyle("cell", TEXT, fontSize=10, leading=13.5, spaceAfter=0)
COLUMN_NAME = ParagraphStyle("column name", CELL, fontName="Helvetica-Bold", textColor=teal)
TABLE_LOOK = [
    ("BACKGROUND", (0, 0), (-1, 0), pale),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, line),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
]


class Bookmarked(SimpleDocTemplate):  # type: ignore[misc]
    def afterFlowable(self, flowable: Any) -> None:
        """Headings become the bookmarks that a reader shows beside the pages."""
        style = getattr(flowable, "style", None)
        if style in (CHAPTER, SECTION):
            name = flowable.getPlainText()
            self.canv.bookmarkPage(name)
            self.canv.addOutlineEntry(name, name, level=int(style is SECTION), closed=style is CHAPTER)


def build_pdf(source: Path, target: Path, *, title: str) -> None:
    story: list[Any] = []
    for block in blocks(source):
        if block.kind == "table":
            story.append(table(block.rows))
        elif not story:
            rule = HRFlowable("100%", 2, color=teal, spaceBefore=0, spaceAfter=12)
            story += [Paragraph(block.text, TITLE), Spacer(1, 4), rule]
        else:
            story.append(Paragraph(block.text, STYLES[block.kind]))

    def footer(canvas: Any, page: Any) -> None:
        canvas.setFont("Helvetica", 8.5)
        canvas.setFillColor(grey)
        canvas.drawString(MARGIN, 34, f"{title}, {CHANGED:%B %Y}")
        canvas.drawRightString(A4[0] - MARGIN, 34, f"Page {page.page}")

    # The frame adds six points to each side.
    sides = {"leftMargin": MARGIN - 6, "rightMargin": MARGIN - 6, "topMargin": 56, "bottomMargin": 60}
    document = Bookmarked(
        str(target), pagesize=A4, **sides, title=title, author=AUTHOR, lang="en-GB", invariant=1
    )
    document.build(story, onFirstPage=footer, onLaterPages=footer)


def table(rows: tuple[tuple[str, ...], ...]) -> Any:
    """Columns share the width by their longest cells, within limits."""
    lengths = [min(max(map(len, column)), 56) + 6 for column in zip(*rows, strict=True)]
    cells = [[Paragraph(value, CELL if y else COLUMN_NAME) for value in row] for y, row in enumerate(rows)]
    widths = [WIDTH * length / sum(lengths) for length in lengths]
    return Table(cells, widths, style=TABLE_LOOK, repeatRows=1, spaceBefore=4, spaceAfter=12)
