"""Each format by a small file of our own: what is text, what is a heading, a table, a page."""

import io
import zipfile

import docx
import openpyxl
import pptx
import pytest
from docx.enum.text import WD_BREAK
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse import ParsedDocument
from ingestion.parse.reader import read_document


def read(data: bytes, name: str) -> ParsedDocument:
    parsed = read_document(data, name=name)
    position = 0
    for section in parsed.sections:
        assert position <= section.start < section.end <= len(parsed.text)
        assert not parsed.text[position : section.start].strip()
        position = section.end
    assert not parsed.text[position:].strip()
    return parsed


def spans(parsed: ParsedDocument, kind: str | None = None) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.sections if kind in (None, s.kind)]


def section_of(parsed: ParsedDocument, words: str):
    at = parsed.text.index(words)
    return next(s for s in parsed.sections if s.start <= at < s.end)


MARKDOWN = """---
title: "Travel guide"
owner: HR
---
# Travel

Book early.

Trains
------

| Class | Limit |
| --- | --- |
| Second | 200 |

```sh
# not a heading
book --train
```

## Hotels ##

- up to 120 a night
  with breakfast
- ask first

### Abroad

See [the list](https://example.com/list).
"""


def test_markdown_headings_tables_code_and_lists_are_told_apart():
    parsed = read(MARKDOWN.encode(), "guide.md")
    assert parsed.title == "Travel guide"
    assert parsed.media_type == "text/markdown"
    assert section_of(parsed, "Book early").heading == ("Travel",)
    assert section_of(parsed, "| Second").heading == ("Travel", "Trains")
    assert spans(parsed, "table") == ["| Class | Limit |\n| --- | --- |\n| Second | 200 |"]
    assert spans(parsed, "code") == ["```sh\n# not a heading\nbook --train\n```"]
    assert spans(parsed, "list") == ["- up to 120 a night\n  with breakfast\n- ask first"]
    assert section_of(parsed, "See [the list]").heading == ("Travel", "Hotels", "Abroad")


def test_title_of_markdown_without_front_matter_is_its_first_heading():
    assert read(b"Intro\n\n## *Second*\n\n# First `x`\n\ntext", "a.md").title == "First x"


def test_text_keeps_its_paragraphs_and_form_feeds_are_pages():
    parsed = read(b"Rules\n=====\n\nOne.\r\nStill one.\r\n\r\nTwo.\x0cThree.", "rules.txt")
    assert section_of(parsed, "Still one").heading == ("Rules",)
    assert parsed.pages == 2
    assert section_of(parsed, "Three").page == 2
    assert "One.\nStill one.\n\nTwo." in parsed.text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Grüße — 年次休暇"),
        ("utf-8-sig", "Grüße"),
        ("utf-16", "Grüße 年次休暇"),
        ("utf-16-le", "Plain words without any mark at all"),
        ("utf-32", "Grüße"),
        ("cp1252", "Das war köstlich – “wirklich”"),
        ("shift_jis", "従業員は年に二十日の休暇を取ることができます。"),
        ("euc_jp", "従業員は年に二十日の休暇を取ることができます。"),
        ("iso2022_jp", "従業員は年に二十日の休暇を取ることができます。"),
        ("gb18030", "员工每年有二十天的假期，请提前申请。"),
        ("big5", "員工每年有二十天的假期，請提前申請。"),
        ("cp949", "직원은 연간 20일의 휴가를 가질 수 있습니다."),
        ("cp1251", "Отпуск сотрудника составляет двадцать восемь дней."),
        ("koi8_r", "Отпуск сотрудника составляет двадцать восемь дней."),
        ("iso8859_7", "Η άδεια του εργαζομένου είναι είκοσι ημέρες"),
        ("cp1255", "לעובד יש עשרים ימי חופשה בשנה"),
        ("cp1256", "للموظف عشرون يوما من الإجازة السنوية"),
    ],
)
def test_text_of_any_encoding_is_read(encoding: str, text: str):
    assert read(text.encode(encoding), "note.txt").text == text


def test_a_few_broken_bytes_do_not_change_the_encoding():
    data = ("Überstunden für Mitarbeiter. " * 50).encode() + b"\xff"
    assert read(data, "note.txt").text.startswith("Überstunden für Mitarbeiter.")


def test_html_may_declare_its_encoding():
    data = '<html><meta charset="windows-1250"><p>Žluťoučký kůň</p></html>'.encode("cp1250")
    assert read(data, "page.html").text == "Žluťoučký kůň"


def test_csv_becomes_one_table():
    parsed = read(b'name;days\nAlice;20\nBob;"25; 26"\n', "leave.csv")
    assert spans(parsed, "table") == ["| name | days |\n| --- | --- |\n| Alice | 20 |\n| Bob | 25; 26 |"]


def test_bars_and_line_ends_in_a_cell_do_not_break_the_table():
    parsed = read(b'a,b\n"x | y","two\nlines"\n', "x.csv")
    assert spans(parsed, "table") == ["| a | b |\n| --- | --- |\n| x \\| y | two lines |"]


HTML = """<!doctype html><html><head><title>Leave policy</title><style>p{}</style></head><body>
<nav><a href=/>Home</a></nav><main><h1>Leave</h1><p>Twenty&nbsp;days
a year.<br>Ask <b>Bob</b>.</p><h2>Carry over</h2><ul><li>five days<ul><li>by March</li></ul></li></ul>
<table><caption>Days</caption><tr><th>Years</th><th>Days</th></tr><tr><td rowspan=2>1</td><td>20</td></tr>
<tr><td>21</td></tr></table><pre>x = 1
y = 2</pre><p hidden>secret</p><script>alert(1)</script></main></body></html>"""


def test_html_keeps_content_and_leaves_navigation_and_scripts():
    parsed = read(HTML.encode(), "policy.html")
    assert parsed.title == "Leave policy"
    assert "Twenty days a year.\nAsk Bob." in parsed.text
    assert section_of(parsed, "five days").heading == ("Leave", "Carry over")
    assert spans(parsed, "list") == ["- five days\n  - by March"]
    assert spans(parsed, "table") == ["| Years | Days |\n| --- | --- |\n| 1 | 20 |\n| 1 | 21 |"]
    assert spans(parsed, "code") == ["```\nx = 1\ny = 2\n```"]
    for unwanted in ("Home", "secret", "alert", "p{}"):
        assert unwanted not in parsed.text


def docx_bytes() -> bytes:
    document = docx.Document()
    document.core_properties.title = "Handbook"
    document.add_heading("Leave", 1)
    document.add_paragraph("Twenty days a year.")
    document.add_heading("Carry over", 2)
    document.add_paragraph("Five days", style="List Bullet")
    document.add_paragraph("First", style="List Number")
    document.add_paragraph("Second", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        (c for row in table.rows for c in row.cells), ("Years", "Days", "1", "20"), strict=True
    ):
        cell.text = text
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("Sickness", 1)
    document.add_paragraph("Call before nine.")
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def test_docx_headings_lists_tables_and_pages():
    parsed = read(docx_bytes(), "handbook.docx")
    assert parsed.title == "Handbook"
    assert section_of(parsed, "Twenty days").heading == ("Leave",)
    assert section_of(parsed, "Five days").heading == ("Leave", "Carry over")
    assert spans(parsed, "table") == ["| Years | Days |\n| --- | --- |\n| 1 | 20 |"]
    assert section_of(parsed, "Twenty days").page == 1
    assert section_of(parsed, "Call before nine").page == 2
    assert section_of(parsed, "Call before nine").heading == ("Sickness",)
    assert parsed.pages == 2


def test_pptx_slides_are_pages_with_their_titles_and_notes():
    deck = pptx.Presentation()
    for title, body in (("Goals", "Grow\nShrink"), ("Plans", "Wait")):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        slide.notes_slide.notes_text_frame.text = f"Say {title} slowly"
    data = io.BytesIO()
    deck.save(data)
    parsed = read(data.getvalue(), "deck.pptx")
    assert parsed.pages == 2
    assert section_of(parsed, "Wait").page == 2
    assert section_of(parsed, "Wait").heading == ("Plans",)
    assert "- Grow\n- Shrink" in parsed.text
    assert section_of(parsed, "Notes: Say Plans slowly").page == 2


def test_xlsx_sheets_are_pages_and_blank_rows_part_tables():
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Costs"
    for row in (("Item", "Euro"), ("Chair", 99.5), (), ("Room", "Seats"), ("Blue", 8)):
        first.append(row)
    book.create_sheet("Dates")["A1"] = "Easter"
    data = io.BytesIO()
    book.save(data)
    parsed = read(data.getvalue(), "book.xlsx")
    assert spans(parsed, "table") == [
        "| Item | Euro |\n| --- | --- |\n| Chair | 99.5 |",
        "| Room | Seats |\n| --- | --- |\n| Blue | 8 |",
    ]
    assert section_of(parsed, "Chair").heading == ("Costs",)
    assert section_of(parsed, "Easter").page == 2
    assert section_of(parsed, "Easter").heading == ("Dates",)


def pdf_bytes(pages: int = 2) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4)
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 760, f"Chapter {number}")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 730, "Employees receive twenty days of leave in each calendar year, and man-")
        canvas.drawString(72, 716, f"agers may grant {number} more of them for weddings.")
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def test_pdf_pages_headings_and_hyphenated_lines():
    parsed = read(pdf_bytes(), "book.pdf")
    assert parsed.pages == 2
    assert section_of(parsed, "managers may grant 2 more").page == 2
    assert section_of(parsed, "managers may grant 2 more").heading == ("Chapter 2",)
    assert parsed.title == "Chapter 1"


def test_pdf_running_heads_are_said_once():
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=A4)
    for number in range(1, 7):
        canvas.drawString(72, 800, f"Acme handbook, page {number}")
        for line in range(8):
            canvas.drawString(
                72,
                760 - 14 * line,
                f"Sentence {'abcdefgh'[line]} of part {'uvwxyz'[number - 1]} says something.",
            )
        canvas.showPage()
    canvas.save()
    parsed = read(data.getvalue(), "book.pdf")
    assert parsed.text.count("Acme handbook") == 1
    assert "Sentence a of part u" in parsed.text


def test_pdf_without_text_says_that_it_shows_only_pictures():
    data = io.BytesIO()
    canvas = Canvas(data)
    canvas.rect(10, 10, 100, 100)
    canvas.save()
    with pytest.raises(DocumentError) as caught:
        read(data.getvalue(), "scan.pdf")
    assert caught.value.code == "no_text"
    assert "shows only pictures" in caught.value.sentence


MAIL = """From: Alice <alice@acme.example>
To: Bob <bob@acme.example>
Subject: =?utf-8?q?Urlaubsgr=C3=BC=C3=9Fe?=
Date: Mon, 2 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=edge

--edge
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Ferien.

--inner
Content-Type: text/html

<p>rich</p>
--inner--
--edge
Content-Type: text/markdown; name=plan.md
Content-Disposition: attachment; filename=plan.md

# Plan

Swim daily.
--edge
Content-Type: application/octet-stream
Content-Disposition: attachment; filename=tool.exe
Content-Transfer-Encoding: base64

TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=
--edge--
"""


def test_mail_has_its_headers_body_and_attachments():
    parsed = read(MAIL.encode(), "mail.eml")
    assert parsed.title == "Urlaubsgrüße"
    assert "From: Alice <alice@acme.example>" in parsed.text
    assert "Schöne Ferien." in parsed.text
    assert "rich" not in parsed.text
    assert "Attachments: plan.md, tool.exe" in parsed.text
    assert "Swim daily" not in parsed.text
    assert parsed.parts == ("plan.md", "tool.exe")


def test_encrypted_mail_is_refused():
    data = (
        b"From: a@x\nTo: b@x\nSubject: s\nContent-Type: multipart/encrypted; boundary=e\n\n--e\n\nx\n--e--\n"
    )
    with pytest.raises(DocumentError) as caught:
        read(data, "sealed.eml")
    assert caught.value.code == "sealed"


OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"


def opendocument(kind: str, body: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr(
            "content.xml",
            f'<o:document-content xmlns:o="{OFFICE}" xmlns:t="{TEXT}" xmlns:b="{TABLE}">'
            f"<o:body>{body}</o:body></o:document-content>",
        )
    return data.getvalue()


def test_odt_headings_and_lists():
    body = (
        '<o:text><t:h t:outline-level="2">Leave</t:h><t:p>Twenty<t:s/>days</t:p>'
        "<t:list><t:list-item><t:p>one</t:p></t:list-item></t:list></o:text>"
    )
    parsed = read(opendocument("text", body), "a.odt")
    assert section_of(parsed, "Twenty days").heading == ("Leave",)
    assert spans(parsed, "list") == ["- one"]


def test_ods_cells_repeated_a_million_times_stay_small():
    body = (
        '<o:spreadsheet><b:table b:name="S"><b:table-row b:number-rows-repeated="1000000">'
        '<b:table-cell b:number-columns-repeated="16000"><t:p>x</t:p></b:table-cell></b:table-row></b:table>'
        "</o:spreadsheet>"
    )
    parsed = read(opendocument("spreadsheet", body), "a.ods")
    assert parsed.pages == 1
    assert len(parsed.text) < 100_000


def test_zip_archive_names_its_members_and_has_no_text_of_its_own():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a/one.md", "# Leave\n\nTwenty days.")
        archive.writestr("two.csv", "a,b\n1,2\n")
        archive.writestr("tool.exe", b"MZ\x00\x01\x02" * 40)
    parsed = read(data.getvalue(), "all.zip")
    assert (parsed.text, parsed.sections) == ("", ())
    assert parsed.parts == ("a/one.md", "tool.exe", "two.csv")


def test_json_and_xml_and_rtf_are_readable():
    assert '"leave": 20' in read(b'{"leave": 20}', "a.json").text
    assert (
        "leave: Twenty days" in read(b"<?xml version='1.0'?><a><leave>Twenty days</leave></a>", "a.xml").text
    )
    assert "Twenty days" in read(rb"{\rtf1\ansi Twenty days\par}", "a.rtf").text


def test_control_characters_and_soft_hyphens_never_reach_the_index():
    words = "twenty days of leave " * 50
    parsed = read(f"{words}Ur\u00adlaub\x00 ja\ufeff".encode(), "a.txt")
    assert parsed.text == words + "Urlaub ja"
