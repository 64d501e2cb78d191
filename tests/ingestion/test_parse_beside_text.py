"""What stands beside the text of Office files: comments, notes, headers, boxes, charts, diagrams, hidden parts."""

import io
import zipfile
from collections.abc import Mapping

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from ingestion.parse.reader import read_document

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relations(links: Mapping[str, tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if kind == "hyperlink" else "/>")
        for key, (kind, target) in links.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def word(body: str, *, namespace: str = W, **parts: str) -> bytes:
    """A Word file of these parts; a part's name is its kind, its relationship id is the name too."""
    targets = {key: (key.rstrip("0123456789"), f"{key}.xml") for key in parts if key != "links"}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relations({"r": ("officeDocument", "word/document.xml")}))
        links = dict(targets)
        if "links" in parts:
            links["web"] = ("hyperlink", parts["links"])
        archive.writestr("word/_rels/document.xml.rels", relations(links))
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{namespace}" xmlns:r="{R}" xmlns:v="urn:v" xmlns:mc="urn:mc" xmlns:m="urn:m">'
            f"<w:body>{body}</w:body></w:document>",
        )
        for key, (_, name) in targets.items():
            content = parts[key]
            if "<" in content and "xmlns" not in content:
                content = f'<w:x xmlns:w="{namespace}" xmlns:r="{R}">{content}</w:x>'
            archive.writestr(f"word/{name}", content)
    return data.getvalue()


def p(words: str, inside: str = "") -> str:
    return f"<w:p><w:r><w:t>{words}</w:t>{inside}</w:r></w:p>"


def text_of(data: bytes, name: str) -> str:
    return read_document(data, name=name).text


def test_word_notes_and_comments_stand_below_the_paragraph_they_belong_to():
    body = (
        p("Twenty days", '<w:footnoteReference w:id="1"/><w:commentReference w:id="7"/>')
        + p("Next", '<w:endnoteReference w:id="2"/>')
        + p("Last")
    )
    text = text_of(
        word(
            body,
            footnotes=f'<w:footnote w:id="1">{p("Part-time staff less.")}</w:footnote>'
            f'<w:footnote w:type="separator" w:id="0">{p("no")}</w:footnote>',
            endnotes=f'<w:endnote w:id="2">{p("See the law.")}</w:endnote>',
            comments=f'<w:comment w:id="7" w:author="Eve">{p("Is this still so?")}</w:comment>',
        ),
        "a.docx",
    )
    assert text == (
        "Twenty days[^1]\n\n[^1]: Part-time staff less.\n\nComment by Eve: Is this still so?\n\n"
        "Next[^e2]\n\n[^e2]: See the law.\n\nLast"
    )


def test_word_headers_and_footers_are_read_once_and_page_numbers_not_at_all():
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/><w:headerReference r:id="header2"/>'
        '<w:footerReference r:id="footer1"/></w:sectPr>'
    )
    text = text_of(
        word(
            f"<w:p><w:pPr>{section}</w:pPr><w:r><w:t>Body</w:t></w:r></w:p>{section}",
            header1=p("Confidential"),
            header2=p("Confidential"),
            footer1=p("Page 3 of 7") + p("Acme Ltd"),
        ),
        "a.docx",
    )
    assert text == "Confidential\n\nBody\n\nAcme Ltd"


def test_word_boxes_are_read_once_in_whatever_way_they_are_drawn():
    box = f"<w:txbxContent>{p('In the box')}</w:txbxContent>"
    twice = (
        f"<mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    old = (
        f"<w:pict><v:group><v:shape><v:textbox><w:txbxContent>{p('Old box')}</w:txbxContent></v:textbox>"
        '</v:shape><v:shape><v:textpath string="Draft"/></v:shape></v:group></w:pict>'
    )
    text = text_of(word(p("Before", twice) + p("After", old)), "a.docx")
    assert text == "Before\n\nIn the box\n\nAfter\n\nDraft\n\nOld box"


def test_word_insertions_stay_and_deletions_go():
    body = (
        "<w:p><w:r><w:t>Twenty</w:t></w:r><w:del><w:r><w:delText> five</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> one</w:t></w:r></w:ins></w:p>"
    )
    assert text_of(word(body), "a.docx") == "Twenty one"


def test_word_links_keep_their_address_and_leave_the_sentence_whole():
    body = f'<w:p><w:r><w:t>See </w:t></w:r><w:hyperlink r:id="web">{p("the list")[5:-6]}</w:hyperlink></w:p>'
    text = text_of(word(body + p("End"), links="https://example.com/list"), "a.docx")
    assert text == "See the list\n\nEnd\n\nLinks: the list (https://example.com/list)"


def test_word_nested_tables_formulas_and_content_controls_keep_their_words():
    inner = f"<w:tbl><w:tr><w:tc>{p('in')}</w:tc><w:tc>{p('ner')}</w:tc></w:tr></w:tbl>"
    body = (
        f"<w:tbl><w:tr><w:tc>{p('a')}</w:tc><w:tc>{p('b')}{inner}</w:tc></w:tr></w:tbl>"
        f"<w:sdt><w:sdtContent>{p('Controlled')}</w:sdtContent></w:sdt>"
        "<w:p><m:oMath><m:r><m:t>E=mc</m:t></m:r></m:oMath></w:p>"
    )
    text = text_of(word(body), "a.docx")
    assert text == "| a | b in ner |\n| --- | --- |\n\nControlled\n\nE=mc"


def test_word_files_of_the_strict_standard_are_read_too():
    body = '<w:p><w:pPr><w:pStyle w:val="h"/></w:pPr><w:r><w:t>Leave</w:t></w:r></w:p>'
    styles = '<w:style w:styleId="h"><w:name w:val="heading 2"/></w:style>'
    data = word(body, namespace="http://purl.oclc.org/ooxml/wordprocessingml/main", styles=styles)
    assert text_of(data, "a.docx") == "## Leave"


def test_word_lists_count_as_their_style_says():
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="2"/><w:numFmt w:val="lowerLetter"/>'
        '</w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    )
    styles = '<w:style w:styleId="L"><w:name w:val="List"/><w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>'
    item = '<w:p><w:pPr><w:pStyle w:val="L"/></w:pPr><w:r><w:t>item</w:t></w:r></w:p>'
    assert text_of(word(item * 2, numbering=numbering, styles=styles), "a.docx") == "b. item\nc. item"


def test_word_alternative_texts_are_kept_unless_a_program_made_them_up():
    document = docx.Document()
    run = document.add_paragraph("Chart").add_run()
    for words in ("Sales rise from May to June", "image1.png"):
        run._r.append(
            parse_xml(
                f'<w:drawing xmlns:w="{W}" xmlns:wp="urn:wp"><wp:inline><wp:docPr id="1" name="x" descr="{words}"/>'
                "</wp:inline></w:drawing>"
            )
        )
    data = io.BytesIO()
    document.save(data)
    assert text_of(data.getvalue(), "a.docx") == "Chart\n\nPicture: Sales rise from May to June"


def test_word_diagrams_and_pasted_documents_are_read():
    diagram = (
        '<d:dataModel xmlns:d="urn:d" xmlns:a="urn:a"><d:ptLst><d:pt type="doc"/><d:pt><d:t><a:p><a:r><a:t>Plan</a:t>'
        '</a:r></a:p></d:t></d:pt><d:pt type="pres"><d:t><a:p><a:r><a:t>no</a:t></a:r></a:p></d:t></d:pt>'
        "<d:pt><d:t><a:p><a:r><a:t>Do</a:t></a:r></a:p></d:t></d:pt></d:ptLst></d:dataModel>"
    )
    frame = '<w:drawing><d:relIds xmlns:d="urn:d" r:dm="diagramData1"/></w:drawing>'
    body = p("Steps", frame) + '<w:altChunk r:id="aFChunk1"/>'
    data = word(
        body, diagramData1=diagram, aFChunk1="<html xmlns='x'><body><h2>Pasted</h2><p>in</p></body></html>"
    )
    assert text_of(data, "a.docx") == "Steps\n\n- Plan\n- Do\n\n## Pasted\n\nin"


COMMENTS = (
    '<p:cmLst xmlns:p="urn:p" xmlns:a="urn:a"><p:cm authorId="0"><p:text>Old way</p:text></p:cm>'
    '<p:cm authorId="{7}"><p:replyLst><p:reply authorId="0"><p:txBody><a:p><a:r><a:t>Reply</a:t></a:r></a:p></p:txBody>'
    "</p:reply></p:replyLst><p:txBody><a:p><a:r><a:t>New way</a:t></a:r></a:p></p:txBody></p:cm></p:cmLst>"
)


def test_slides_have_their_comments_old_and_new():
    made, slide = deck()
    slide.shapes.title.text = "Sales"
    for owner, kind, name, content in (
        (slide.part, "comments", "/ppt/comments/comment1.xml", COMMENTS),
        (
            made.part,
            "commentAuthors",
            "/ppt/commentAuthors.xml",
            '<a><b id="0" name="Eve"/><b id="{7}" name="Ann"/></a>',
        ),
    ):
        part = Part(PackURI(name), "application/xml", made.part.package, content.encode())
        owner.relate_to(part, f"{R}/{kind}")
    text = text_of(saved(made), "a.pptx")
    assert text == "# Sales\n\nComment by Eve: Old way\nComment by Ann: New way\nComment by Eve: Reply"


def deck() -> tuple[pptx.presentation.Presentation, object]:
    made = pptx.Presentation()
    return made, made.slides.add_slide(made.slide_layouts[5])


def saved(made) -> bytes:
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def test_slides_have_their_charts_groups_and_links():
    made, slide = deck()
    slide.shapes.title.text = "Sales"
    chart = CategoryChartData()
    chart.categories = ["May", "June"]
    chart.add_series("North", (1.5, 2))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(3), Inches(3), chart)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "By month"
    inner = slide.shapes.add_group_shape().shapes.add_group_shape()
    run = inner.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.paragraphs[0].add_run()
    run.text = "Deep in groups"
    run.hyperlink.address = "https://example.com/x"
    text = text_of(saved(made), "a.pptx")
    assert text == (
        "# Sales\n\nChart: By month\n\n|  | North |\n| --- | --- |\n| May | 1.5 |\n| June | 2 |\n\n"
        "Deep in groups\n\nLinks: Deep in groups (https://example.com/x)"
    )


def test_words_of_the_slide_layout_are_not_the_slides():
    made, slide = deck()
    slide.shapes.title.text = "Only this"
    assert text_of(saved(made), "a.pptx") == "# Only this"


def test_a_sheet_has_its_comments_charts_and_links():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sales"
    for row in (("Month", "Euro"), ("May", 1), ("June", 2)):
        sheet.append(row)
    sheet["A2"].comment = Comment("Estimated", "Eve")
    sheet["A3"].hyperlink = "https://example.com/june"
    chart = BarChart()
    chart.title = "By month"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "D2")
    text = text_of(saved(book), "a.xlsx")
    assert "| June (https://example.com/june) | 2 |" in text
    assert "Comment on A2 by Eve: Estimated" in text
    assert "Chart: By month" in text


def test_hidden_sheets_are_read_with_a_word_about_it():
    book = openpyxl.Workbook()
    book.active["A1"] = "Shown"
    hidden = book.create_sheet("Rates")
    hidden["A1"] = "Secret rate"
    hidden.sheet_state = "hidden"
    parsed = read_document(saved(book), name="a.xlsx")
    assert "Secret rate" in parsed.text
    assert parsed.warnings == ("The sheet Rates is hidden in the workbook; it was read too.",)
