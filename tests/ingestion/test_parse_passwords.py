"""What is protected with a password is read once it is given, and says so until then."""

import io
from collections.abc import Callable
from pathlib import Path

import docx
import msoffcrypto
import openpyxl
import pptx
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse import parse

WORDS = "Twenty days of leave."


def protected(save: Callable[[io.BytesIO], object], password: str) -> bytes:
    plain, out = io.BytesIO(), io.BytesIO()
    save(plain)
    msoffcrypto.OfficeFile(plain).encrypt(password, out)
    return out.getvalue()


def word(password: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(WORDS)
    return protected(document.save, password)


def workbook(password: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.append([WORDS])
    return protected(book.save, password)


def slides(password: str) -> bytes:
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = WORDS
    return protected(show.save, password)


def pdf(password: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, ownerPassword="another", strength=128))
    canvas.drawString(72, 700, WORDS)
    canvas.save()
    return out.getvalue()


KINDS = {"docx": word, "xlsx": workbook, "pptx": slides, "pdf": pdf}


def refusal(path: Path, name: str, password: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse(path, name=name, password=password)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_protected_file_is_read_with_its_password_alone(kind: str, tmp_path: Path):
    path, name = tmp_path / "file", f"leave.{kind}"
    path.write_bytes(KINDS[kind]("Gehäuse 1"))
    assert WORDS in parse(path, name=name, password="Gehäuse 1").text
    missing, wrong = refusal(path, name, ""), refusal(path, name, "guessed")
    assert (missing.code, wrong.code) == ("encrypted", "encrypted")
    assert "Enter its password" in missing.sentence
    assert "does not open this file" in wrong.sentence
    assert "guessed" not in wrong.sentence


def test_a_workbook_that_is_only_protected_against_changes_needs_no_password(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(workbook("VelvetSweatshop"))  # what Excel itself tries before it asks
    assert WORDS in parse(path, name="a.xlsx").text


def test_a_password_for_a_file_without_one_is_not_minded(tmp_path: Path):
    path = tmp_path / "file"
    path.write_text(WORDS)
    assert parse(path, name="a.txt", password="needless").text == WORDS


def test_a_damaged_protected_file_says_so(tmp_path: Path):
    path = tmp_path / "file"
    data = bytearray(word("secret"))
    path.write_bytes(bytes(data[: len(data) // 2]))
    assert refusal(path, "a.docx", "secret").code in ("corrupt", "encrypted")
