"""Formats beside the common ones, and sheets as their readers see them: each by a small file of our own."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest

from ingestion.errors import DocumentError
from ingestion.parse import ParsedDocument
from ingestion.parse.numberformat import shown
from ingestion.parse.office import _old_word
from ingestion.parse.reader import read_document


def read(text: str | bytes, name: str) -> ParsedDocument:
    return read_document(text.encode() if isinstance(text, str) else text, name=name)


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (0.125, "0.0%", "12.5%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (1234.5, '"€" #,##0.00', "€ 1,234.50"),
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (-3, "0", "-3"),
        (0, '0;-0;"none"', "none"),
        (2.5, "0.###", "2.5"),
        (7, "000", "007"),
        (12_500_000, '0.0,,"M"', "12.5M"),
        (123456, "0.00E+00", "1.23E+05"),
        (45351, "yyyy-mm-dd", "2024-02-29"),
        (45351, "d. mmmm yyyy", "29. February 2024"),
        (45351.75, "dd/mm/yy h:mm AM/PM", "29/02/24 6:00 PM"),
        (1.5, "[h]:mm", "36:00"),
        (0.5, "hh:mm:ss", "12:00:00"),
        (0.1 + 0.2, "General", "0.3"),
        (5, "@", "5"),
        (1e300, "yyyy", "1e+300"),
    ],
)
def test_numbers_are_written_as_their_format_shows_them(number: float, code: str, words: str):
    assert shown(number, code) == words


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_sheets_show_dates_and_percentages():
    book = openpyxl.Workbook()
    book.active.append(("Day", "Share"))
    book.active.append((date(2026, 3, 1), 0.25))
    book.active["A2"].number_format, book.active["B2"].number_format = "dd.mm.yyyy", "0%"
    assert "| 01.03.2026 | 25% |" in read(saved(book), "a.xlsx").text


def test_a_blank_line_below_the_head_does_not_part_the_table():
    text = read(
        workbook(("", "2025", "2026 plan"), ("Zone", "Sales", "Profit"), (), ("North", 5, 6)), "a.xlsx"
    ).text
    assert "| Zone | Sales | Profit |\n| North | 5 | 6 |" in text


def test_tables_side_by_side_are_told_apart():
    rows = [("a", "b", None, None, None), (1, 2, None, "c", "d"), (3, 4, None, 5, 6)]
    text = read(workbook(*rows), "a.xlsx").text
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |" in text
    assert "| c | d |\n| --- | --- |\n| 5 | 6 |" in text


def test_a_cell_merged_downwards_is_said_in_each_row():
    book = openpyxl.Workbook()
    for row in (("Team", "Name"), ("Red", "Ann"), (None, "Ben")):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    assert "| Red | Ben |" in read(saved(book), "a.xlsx").text


def test_a_row_of_very_many_cells_is_cut_with_a_word_about_it():
    parsed = read(workbook(tuple(range(5000))), "a.xlsx")
    assert parsed.warnings == ("Rows of the sheet Sheet were cut after 2,000 cells.",)


def test_cells_far_apart_cost_no_more_than_their_words():
    book = openpyxl.Workbook()
    for at in range(1, 300):
        book.active.cell(row=at, column=at * 50, value=f"v{at}")
    assert len(read(saved(book), "a.xlsx").text) < 20_000


def test_a_table_of_an_old_word_file_has_its_rows_again():
    blocks = list(_old_word("Before\n\tFood\tCalories\t\tLeaves\tAsh\t50\t\t\nAfter\tone tab"))
    assert [one.text for one in blocks if one.text] == [
        "Before",
        "|  | Food | Calories |\n| --- | --- | --- |\n| Leaves | Ash | 50 |",
        "After\tone tab",
    ]


def test_a_delimiter_may_be_escaped_in_a_cell():
    assert read(b"id,name\n1,one\\, two\n", "a.csv").text == "| id | name |\n| --- | --- |\n| 1 | one, two |"


RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}}
{\stylesheet{\s1 heading 1;}}{\info{\title Rules}}{\header\pard Confidential\par}
\pard\s1 Leave{\footnote\pard\plain Since 2020.}\par
\pard Caf\'e9 for 5 \u8364?, \f1\'cf\'f0\'e8\'e2\'e5\'f2\f0  and \f2\'93\'fa\'96\'7b\f0\par
{\v hidden}{\deleted gone}Shown {\field{\*\fldinst HYPERLINK "https://example.com/x"}{\fldrslt here}}\par
\trowd\cellx1\cellx2\pard\intbl A\cell B\cell\row\trowd\pard\intbl C\par D\cell E\cell\row
\pard After{\*\atnauthor Eve}{\*\annotation Why?}\par
{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard In a box\par}}}\par
{\listtext 1.\tab}\ls1 one\par{\listtext 2.\tab}two\par
\pard\page A brace \{ on page two}"""


def test_rtf_words_of_every_code_page_notes_boxes_and_tables():
    parsed = read(RTF, "a.rtf")
    assert parsed.title == "Rules"
    assert parsed.pages == 2
    assert parsed.text == (
        "Confidential\n\n# Leave\n\nNote: Since 2020.\n\nCafé for 5 €, Привет and 日本\n\nShown here\n\n"
        "| A | B |\n| --- | --- |\n| C D | E |\n\nAfter\n\nComment by Eve: Why?\n\nIn a box\n\n1. one\n2. two\n\n"
        "A brace { on page two\n\nLinks: https://example.com/x"
    )


def epub(*pages: str, protected: bool = False) -> bytes:
    items = "".join(f'<item id="p{n}" href="p%20{n}.xhtml"/>' for n in range(len(pages)))
    places = "".join(f'<itemref idref="p{n}"/>' for n in reversed(range(len(pages))))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", '<c><rootfile full-path="OPS/book.opf"/></c>')
        if protected:
            archive.writestr("META-INF/encryption.xml", '<e><EncryptionMethod Algorithm="aes"/></e>')
        archive.writestr(
            "OPS/book.opf",
            f"<package><metadata><title>Book</title></metadata><manifest>{items}"
            f'<item id="n" href="nav.xhtml" properties="nav"/></manifest><spine><itemref idref="n"/>{places}</spine></package>',
        )
        archive.writestr("OPS/nav.xhtml", "<html><body><p>Contents</p></body></html>")
        for number, page in enumerate(pages):
            archive.writestr(f"OPS/p {number}.xhtml", f"<html><body>{page}</body></html>")
    return data.getvalue()


def test_epub_chapters_come_in_reading_order_without_navigation():
    parsed = read(epub("<h1>Two</h1><p>b</p>", "<h1>One</h1><p>a</p>"), "a.epub")
    assert parsed.title == "Book"
    assert parsed.text == "# One\n\na\n\n# Two\n\nb"


def test_a_protected_book_is_refused():
    with pytest.raises(DocumentError) as caught:
        read(epub("<p>x</p>", protected=True), "a.epub")
    assert caught.value.code == "encrypted"


FLAT = """<?xml version="1.0"?><o:document xmlns:o="o" xmlns:t="t" xmlns:d="d" xmlns:s="s" xmlns:dc="dc"
 o:mimetype="application/vnd.oasis.opendocument.text"><o:master-styles><s:master-page><s:header><t:p>Top</t:p>
</s:header></s:master-page></o:master-styles><o:body><o:text><t:tracked-changes><t:p>gone</t:p></t:tracked-changes>
<t:p>Twenty<t:note><t:note-citation>1</t:note-citation><t:note-body><t:p>Less.</t:p></t:note-body></t:note> days
<o:annotation><dc:creator>Eve</dc:creator><t:p>Why?</t:p></o:annotation></t:p>
<t:p>A<d:frame><d:text-box><t:p>boxed</t:p></d:text-box><d:desc>A duck</d:desc></d:frame>B</t:p></o:text></o:body>
</o:document>"""


def test_opendocument_notes_boxes_and_headers_leave_sentences_whole():
    assert read(FLAT, "a.fodt").text == (
        "Top\n\nTwenty[^1] days\n\n[^1]: Less.\n\nComment by Eve: Why?\n\nAB\n\nboxed\n\nPicture: A duck"
    )


MARKUPS = {
    "a.rst": "Leave\n=====\n\nTwenty.\n\nSick\n----\n\nCall.\n\nOther\n=====\n\nEnd.",
    "a.adoc": "= Leave\n\nTwenty.\n\n== Sick\n\nCall.\n\n= Other\n\nEnd.",
    "a.org": "* Leave\nTwenty.\n** Sick :tag:\nCall.\n* Other\nEnd.",
    "a.tex": r"\documentclass{a}\begin{document}\chapter{Leave} Twenty.\section{Sick}Call.\chapter{Other} End.\end{document}",
    "a.xml": "<b><sec><title>Leave</title><p>Twenty.</p><sec><title>Sick</title><p>Call.</p></sec></sec>"
    "<sec><title>Other</title><p>End.</p></sec></b>",
}


@pytest.mark.parametrize("name", MARKUPS)
def test_headings_of_every_markup_are_recognised(name: str):
    parsed = read(MARKUPS[name], name)
    paths = {parsed.text[s.start : s.end].rsplit("\n", 1)[-1]: s.heading for s in parsed.sections}
    assert paths == {"Twenty.": ("Leave",), "Call.": ("Leave", "Sick"), "End.": ("Other",)}


def test_latex_gives_words_and_no_commands():
    source = (
        r"\section{A} It is \textbf{bold}~\cite{x}, costs 5\% and na\"{\i}ve. % note" + "\n" + r"\item one"
    )
    assert read(source, "a.tex").text == "## A\n\nIt is bold , costs 5% and naïve.\n\n- one"


def test_xml_text_names_entities_and_web_pages_inside():
    source = "<rss><item><title>News</title><description>&lt;p&gt;One &amp;amp; &lt;b&gt;two&lt;/b&gt;&lt;/p&gt;</description></item></rss>"
    assert read(source, "a.xml").text == "# News\n\ndescription: One & two"
    assert read("<a><p>Caf&eacute;&nbsp;x &bomb;</p></a>", "b.xml").text == "Café x"
    assert (
        read("<?xml version='1.0' encoding='cp1250'?><a><p>Žluť</p></a>".encode("cp1250"), "c.xml").text
        == "Žluť"
    )


NOTEBOOK = """{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "source": ["# Study\\n", "Text."]},
{"cell_type": "code", "source": "1 + 1", "outputs": [{"data": {"text/plain": ["2"]}}]}]}"""


def test_notebooks_are_read_cell_by_cell():
    assert read(NOTEBOOK, "a.ipynb").text == "# Study\n\nText.\n\n```\n1 + 1\n```\n\n```\n2\n```"


def test_json_shows_characters_and_not_their_escapes():
    assert '"a": "日本 "x""' in read('{"a": "\\u65e5\\u672c \\"x\\""}', "a.json").text
    assert read('{"a": "\\u65e5"}\n{"a": 2}', "a.jsonl").text == '{"a": "日"}\n{"a": 2}'
    assert read('{"a": "cut', "a.json").text == '{"a": "cut'


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "a.vtt",
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ann>So we\n\n00:00:02.000 --> 00:00:03.000\n<v Ann>agree &amp; go.",
        ),
        (
            "a.srt",
            "1\n00:00:01,000 --> 00:00:02,000\nAnn: So <i>we</i>\n\n2\n00:00:02,000 --> 00:00:03,000\nagree &amp; go.",
        ),
    ],
)
def test_subtitles_read_as_speech(name: str, source: str):
    assert read(source, name).text == "[00:00:01] Ann: So we agree & go."


def test_calendars_and_cards_say_what_they_hold():
    source = "BEGIN:VEVENT\nUID:1\nSUMMARY;LANGUAGE=en:Team\\, all\nDESCRIPTION:long li\n ne\nEND:VEVENT"
    assert read(source, "a.ics").text == "Summary: Team, all\nDescription: long line"


def test_saved_web_pages_are_read():
    source = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>caf=C3=A9</p>\n--b--\n"
    assert read(source, "a.mht").text == read(source, "a.doc").text == "café"


PAGE = """<body><main><p>Short.</p></main><div><p>Much more is said outside of the part marked as main.</p></div>
<dl><dt>Term<dd>Meaning<dt>Other<dd>One</dl><p><img alt="A duck at rest"></p><p>See <a href="https://a.example/x">it</a>.</p>
<p><math><mi>E</mi><annotation>tex</annotation></math></p><input value="Filled"><input type=hidden value=h></body>"""


def test_web_pages_lose_no_content():
    text = read(PAGE, "a.html").text
    assert text == (
        "Short.\n\nMuch more is said outside of the part marked as main.\n\n- Term: Meaning\n- Other: One\n\n"
        "Picture: A duck at rest\n\nSee it.\n\nE\n\nFilled\n\nLinks: it (https://a.example/x)"
    )


def test_markdown_is_rid_of_what_no_reader_sees():
    source = "<!-- todo -->\n# A&nbsp;<br>b\n\nText <b>bold</b> `<b>` List<String> <img src=x alt='duck'>"
    assert read(source, "a.md").text == "# A  b\n\nText bold `<b>` List<String> duck"
