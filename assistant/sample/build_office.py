"""Office files, each frozen as it is saved: the libraries would record the moment of saving otherwise."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from pptx import Presentation
from pptx.dml.color import RGBColor as SlideColour
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.util import Cm

from assistant.sample.blocks import AUTHOR, CHANGED, INK, LINE, PALE, TEAL, Block, blocks

SIZES = {"Normal": 10.5, "Title": 26, "Heading 1": 17, "Heading 2": 13}
LISTS = {"ul": "List Bullet", "ol": "List Number"}
PAGE_NUMBER = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
SHADE = f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{PALE}"/>'
LEFT, WIDTH, SLIDE = Cm(2.4), Cm(29), (Cm(33.87), Cm(19.05))


def build_docx(source: Path, target: Path, *, title: str) -> None:
    document = Document()
    describe(document.core_properties, title)
    for name, size in SIZES.items():
        font = document.styles[name].font
        font.name, font.size = "Calibri", Pt(size)
        font.color.rgb = RGBColor.from_string(INK if name == "Normal" else TEAL)
    for edge in next(document.styles["Table Grid"].element.iter(qn("w:tblBorders"))):
        edge.set(qn("w:color"), LINE)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    footer = page.footer.paragraphs[0]
    footer.add_run(f"{title}, {CHANGED:%B %Y}, page ")
    footer._p.append(parse_xml(PAGE_NUMBER))
    for number, block in enumerate(blocks(source)):
        if block.kind == "table":
            add_table(document, block)
        elif block.kind in LISTS:
            for (item,) in block.rows:
                document.add_paragraph(item, LISTS[block.kind])
        elif block.kind == "p":
            document.add_paragraph(block.text)
        else:
            document.add_heading(block.text, level=int(block.kind[1]) if number else 0)
    freeze(document, target)


def add_table(document: Any, block: Block) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
    for y, row in enumerate(block.rows):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
            look = cell.paragraphs[0].paragraph_format
            look.space_before, look.space_after = Pt(3), Pt(3)
            look.keep_with_next = y < len(block.rows) - 1  # no page ends inside a table
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
        cell._tc.get_or_add_tcPr().append(parse_xml(SHADE))
    document.add_paragraph()


def build_pptx(source: Path, target: Path, *, title: str) -> None:
    """Each slide is a heading and one block."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = SLIDE
    describe(deck.core_properties, title)
    found = list(blocks(source))
    for heading, body in zip(found[::2], found[1::2], strict=True):
        # Layout 1 has a title and a body with bullets, layout 5 a title alone.
        slide = deck.slides.add_slide(deck.slide_layouts[1 if body.kind == "ul" else 5])
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Cm(0.9), SLIDE[1])
        bar.fill.solid()
        bar.fill.fore_color.rgb = colour(TEAL)
        bar.line.fill.background()
        place(slide.shapes.title, top=Cm(1.4), height=Cm(2.4))
        write(slide.shapes.title.text_frame, heading.text, size=38, ink=TEAL, bold=True)
        if body.kind == "table":
            add_slide_table(slide, body)
            continue
        box = slide.placeholders[1] if body.rows else slide.shapes.add_textbox(0, 0, 0, 0)
        place(box, top=Cm(4.4), height=Cm(12))
        write(box.text_frame, "\n".join(item for (item,) in body.rows) or body.text, size=26, ink=INK)
    freeze(deck, target)


def place(shape: Any, *, top: int, height: int) -> None:
    shape.left, shape.top, shape.width, shape.height = LEFT, top, WIDTH, height


def write(frame: Any, text: str, *, size: int, ink: str, bold: bool = False) -> None:
    frame.word_wrap = True
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(size / 2)
        paragraph.font.size, paragraph.font.bold, paragraph.font.color.rgb = Pt(size), bold, colour(ink)


def add_slide_table(slide: Any, block: Block) -> None:
    size = (len(block.rows), len(block.rows[0]))
    table = slide.shapes.add_table(*size, LEFT, Cm(4.4), WIDTH, Cm(1.2) * size[0]).table
    for y, row in enumerate(block.rows):
        for x, value in enumerate(row):
            cell = table.cell(y, x)
            write(cell.text_frame, value, size=18, ink=INK if y else TEAL, bold=not y)
            cell.text_frame.paragraphs[0].space_after = Pt(0)
            cell.fill.solid()
            cell.fill.fore_color.rgb = colour("F8FAFA" if y else PALE)


def colour(value: str) -> SlideColour:
    return SlideColour(*bytes.fromhex(value))  # type: ignore[no-untyped-call]


def build_xlsx(source: Path, target: Path, *, title: str) -> None:
    book = Workbook()
    book.properties.title, book.properties.creator, book.properties.created = title, AUTHOR, CHANGED
    book.remove(book.active)
    for block in blocks(source):
        if block.kind == "h1":
            sheet = book.create_sheet(block.text)
            continue
        for row in block.rows:
            sheet.append([int(value) if value.isdigit() else value for value in row])
        for cell in sheet[1]:
            cell.font, cell.fill = Font(bold=True, color=TEAL), PatternFill("solid", PALE)
        for column in sheet.columns:
            longest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[column[0].column_letter].width = longest + 3
        sheet.freeze_panes = "A2"
    freeze(book, target)


def describe(properties: Any, title: str) -> None:
    properties.title, properties.author, properties.last_modified_by = title, AUTHOR, AUTHOR
    properties.comments = ""
    properties.created = properties.modified = CHANGED


def freeze(made: Any, target: Path) -> None:
    """Save an Office file so that its members, and its own record of the last change, bear the fixed date."""
    buffer = io.BytesIO()
    made.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                stamp = f">{CHANGED:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>".encode()
                content = re.sub(rb">[^<]*</dcterms:modified>", stamp, content)
            member = zipfile.ZipInfo(name, (*CHANGED.timetuple()[:6],))
            new.writestr(member, content, zipfile.ZIP_DEFLATED)
