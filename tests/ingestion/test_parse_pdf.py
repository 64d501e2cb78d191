"""PDF pages as people read them: columns, tables, forms, notes, turned pages, right-to-left lines."""

import io
import resource
from collections.abc import Callable

import pikepdf
import pytest
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse import ParsedDocument
from ingestion.parse.pdf import read_pdf
from ingestion.parse.reader import read_document

PROSE = "The quick brown fox jumps over a lazy dog and".split()


def made(draw: Callable[[Canvas], None], *, pagesize: tuple[float, float] = A4) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data, pagesize=pagesize)
    draw(canvas)
    canvas.save()
    return data.getvalue()


def read(data: bytes) -> ParsedDocument:
    return read_document(data, name="page.pdf")


def tables(parsed: ParsedDocument) -> list[str]:
    return [parsed.text[s.start : s.end] for s in parsed.sections if s.kind == "table"]


def in_order(parsed: ParsedDocument, *words: str) -> bool:
    places = [parsed.text.index(word) for word in words]
    return places == sorted(places)


def columns(canvas: Canvas, count: int, *, row_by_row: bool) -> None:
    width = 480 / count
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(60, 780, "A title across all the columns")
    canvas.setFont("Helvetica", 8)
    cells = [(column, line) for column in range(count) for line in range(12)]
    for column, line in sorted(cells, key=lambda cell: cell[::-1]) if row_by_row else cells:
        words = f"Column {column} line {line} fox jumps over"
        canvas.drawString(60 + column * width, 740 - line * 10, words)
    canvas.drawString(60, 580, "A closing sentence" + " that is as wide as all of the columns above it" * 3)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("row_by_row", [False, True], ids=["column by column", "row by row"])
def test_columns_are_read_one_after_the_other(count: int, row_by_row: bool):
    parsed = read(made(lambda canvas: columns(canvas, count, row_by_row=row_by_row)))
    lines = [f"Column {column} line {line} " for column in range(count) for line in range(12)]
    assert in_order(parsed, "A title across", *lines, "A closing sentence")
    assert not tables(parsed)


ROWS = [
    ["Item", "Size", "Price"],
    ["Chair", "small", "99.50"],
    ["Desk", "large", "250.00"],
    ["Lamp", "", "20.00"],
]


def ruled(canvas: Canvas) -> None:
    canvas.drawString(72, 760, "What we bought:")
    canvas.grid([72, 172, 272, 372], [640, 665, 690, 715, 740])
    for number, row in enumerate(ROWS):
        for column, words in enumerate(row):
            canvas.drawString(78 + column * 100, 722 - number * 25, words)
    canvas.drawString(72, 600, "That was all.")


def test_a_table_drawn_with_lines():
    parsed = read(made(ruled))
    assert tables(parsed) == [
        "| Item | Size | Price |\n| --- | --- | --- |\n| Chair | small | 99.50 |\n| Desk | large | 250.00 |\n"
        "| Lamp |  | 20.00 |"
    ]
    assert in_order(parsed, "What we bought", "| Item", "That was all.")


def test_lines_within_a_cell_run_on():
    def draw(canvas: Canvas) -> None:
        canvas.grid([72, 200, 400], [640, 700, 740])
        for x, y, words in (
            (78, 722, "Name"), (206, 722, "Remark"), (78, 685, "Chair"), (206, 685, "has four legs of un-"),
            (206, 670, "painted wood"),
        ):  # fmt: skip
            canvas.drawString(x, y, words)

    assert "| Chair | has four legs of unpainted wood |" in read(made(draw)).text


def test_a_table_without_lines():
    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(ROWS):
            for column, words in enumerate(row):
                canvas.drawString(72 + column * 120, 740 - number * 16, words)

    assert tables(read(made(draw))) == tables(read(made(ruled)))


def test_labels_beside_values_keep_their_lines():
    """Two lines of two are too few to be sure of a table: they stay as they stand."""

    def draw(canvas: Canvas) -> None:
        for number, (label, value) in enumerate((("Name:", "Alice Ames"), ("Town:", "Bath"))):
            canvas.drawString(72, 740 - number * 16, label)
            canvas.drawString(200, 740 - number * 16, value)

    parsed = read(made(draw))
    assert "Name: Alice Ames" in parsed.text and "Town: Bath" in parsed.text


def test_fields_of_a_form_with_what_was_filled_in():
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 770, "Application for leave")
        form = canvas.acroForm
        form.textfield(name="who", tooltip="Surname", value="Müller", x=72, y=700)
        form.textfield(name="empty", tooltip="Nickname", x=72, y=660)
        form.checkbox(name="paid", tooltip="Paid leave", checked=True, x=72, y=620)
        form.checkbox(name="sick", tooltip="Sick leave", checked=False, x=72, y=600)
        form.choice(name="team", tooltip="Team", value="Blue", options=["Red", "Blue"], x=72, y=560)

    text = read(made(draw)).text
    assert "Surname: Müller" in text and "[x] Paid leave" in text and "Team: Blue" in text
    assert "Nickname" not in text and "Sick leave" not in text


def test_notes_of_readers_are_part_of_the_page():
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 770, "The contract ends in May.")
        canvas.textAnnotation("Ask legal before signing.", Rect=[72, 700, 92, 720])

    parsed = read(made(draw))
    assert "Note: Ask legal before signing." in parsed.text


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_written(turned: int):
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(turned)
        canvas.drawString(72, 500, "The first line of the page.")
        canvas.drawString(72, 480, "The second line of the page.")

    parsed = read(made(draw, pagesize=landscape(A4)))
    assert "The first line of the page. The second line of the page." in " ".join(parsed.text.split())


def test_text_drawn_upwards_is_read_along_itself():
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 100)
        canvas.rotate(90)
        ruled_again(canvas)

    def ruled_again(canvas: Canvas) -> None:
        canvas.grid([0, 100, 200, 300], [40, 65, 90, 115, 140])
        for number, row in enumerate(ROWS):
            for column, words in enumerate(row):
                canvas.drawString(6 + column * 100, 122 - number * 25, words)

    assert tables(read(made(draw))) == tables(read(made(ruled)))


def test_a_stamp_along_the_edge_does_not_break_a_sentence():
    def draw(canvas: Canvas) -> None:
        canvas.drawString(150, 500, "This sentence begins on one line and it goes on")
        canvas.saveState()
        canvas.translate(40, 300)
        canvas.rotate(90)
        canvas.drawString(0, 0, "COPY 7 OF 9")
        canvas.restoreState()
        canvas.drawString(150, 486, "to the next one, as sentences do now and then.")

    text = read(made(draw)).text
    assert "and it goes on to the next one" in text
    assert text.endswith("COPY 7 OF 9")


def letters(*glyphs: tuple[str, float], name: str = "F1") -> bytes:
    """A PDF that draws one glyph at each place, each standing for the letters beside it (a ToUnicode map)."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 200))
    lines = [
        f"<{code:02x}> <{words.encode('utf-16-be').hex()}>" for code, (words, _) in enumerate(glyphs, 65)
    ]
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(lines)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar endcmap end end"
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Courier,
        ToUnicode=pdf.make_stream(cmap.encode()),
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/" + name: pdf.make_indirect(font)}))
    drawn = "".join(f"1 0 0 1 {x} 100 Tm <{code:02x}> Tj " for code, (_, x) in enumerate(glyphs, 65))
    page.Contents = pdf.make_stream(f"BT /{name} 10 Tf {drawn} ET".encode())
    data = io.BytesIO()
    pdf.save(data)
    return data.getvalue()


def test_hebrew_drawn_from_left_to_right_is_read_from_right_to_left():
    drawn = letters(("\u05dd", 50), ("\u05d5", 56), ("\u05dc", 62), ("\u05e9", 68))
    assert read(drawn).text == "\u05e9\u05dc\u05d5\u05dd"


def test_presentation_forms_of_arabic_become_letters():
    drawn = letters(("\ufee2", 50), ("\ufefc", 56), ("\ufeb3", 62))
    assert read(drawn).text == "\u0633\u0644\u0627\u0645"


def test_letters_whose_meaning_is_lost_are_recognised_by_their_shape():
    """Private use: what the glyphs mean is known to the font alone, but it draws them as A to L."""
    drawn = letters(*((chr(0xE000 + place), 20 + place * 7) for place in range(12)))
    assert read(drawn).text == "ABCDEFGHIJKL"


def locked(password: str) -> bytes:
    data = io.BytesIO()
    with pikepdf.open(io.BytesIO(made(ruled))) as pdf:
        pdf.save(data, encryption=pikepdf.Encryption(user=password, owner="owner"))
    return data.getvalue()


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_locked_pdf_is_refused_without_its_password(password: str):
    with pytest.raises(DocumentError) as refused:
        read_pdf(locked("right"), password=password)
    assert refused.value.code == "encrypted"


def test_a_locked_pdf_opens_by_its_password():
    assert any("Chair" in block.text for block in read_pdf(locked("right"), password="right").blocks)


def test_a_pdf_that_only_forbids_copying_is_read():
    assert "What we bought" in read(locked("")).text


def test_a_damaged_page_is_named_and_the_others_are_read():
    whole = made(lambda canvas: (ruled(canvas), canvas.showPage(), ruled(canvas)))
    parsed = read(whole.replace(b"/Kids [ 3 0 R", b"/Kids [ 2 0 R"))
    assert "What we bought" in parsed.text
    assert parsed.warnings == ("Page 1 could not be read: damaged.",)


def test_a_pdf_cut_off_is_read_or_refused_in_words():
    whole = made(ruled)
    for part in (60, len(whole) // 2, len(whole) - 40):
        try:
            assert "What we bought" in read(whole[:part]).text
        except DocumentError as error:
            assert error.code in ("corrupt", "no_text")


def test_three_thousand_pages_take_little_memory():
    def draw(canvas: Canvas) -> None:
        for number in range(3000):
            canvas.drawString(72, 700, f"Sentence {number} says something about the fox.")
            canvas.showPage()

    data = made(draw)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parsed = read(data)
    assert parsed.pages == 3000 and "Sentence 2999 says" in parsed.text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120 * 1024
