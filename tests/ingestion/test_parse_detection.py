"""What a file is comes from its content; a name that claims otherwise is corrected or refused."""

import io
import zipfile

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse.detect import detect
from ingestion.parse.reader import read_document

PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" * 20


def pdf_bytes() -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data)
    canvas.drawString(72, 700, "Twenty days of leave.")
    canvas.save()
    return data.getvalue()


def refusal(data: bytes, name: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read_document(data, name=name)
    assert caught.value.permanent
    assert caught.value.sentence.endswith(".")
    return caught.value


@pytest.mark.parametrize("name", ["report.pdf", "report.docx", "report.txt", "report.csv", "report.eml"])
def test_a_program_under_a_documents_name_is_refused_as_disguised(name: str):
    error = refusal(PROGRAM, name)
    assert error.code == "disguised"
    assert "a Windows program" in error.sentence


def test_a_program_under_its_own_name_is_unsupported():
    assert refusal(PROGRAM, "setup.exe").code == "unsupported"
    assert "a HEIC photo" in refusal(b"\0\0\0\x18ftypheic" + bytes(50), "photo.heic").sentence


def test_a_pdf_under_another_name_is_read_as_a_pdf_with_a_warning():
    parsed = read_document(pdf_bytes(), name="contract.docx")
    assert parsed.media_type == "application/pdf"
    assert parsed.warnings == ("The name ends in .docx, but the file is a PDF; it was read as that.",)
    assert read_document(pdf_bytes(), name="contract").warnings == ()


def test_a_web_page_saved_as_a_word_document_is_read_as_a_web_page():
    parsed = read_document(b"<html><body><p>Twenty days.</p></body></html>", name="page.doc")
    assert (parsed.media_type, parsed.text) == ("text/html", "Twenty days.")
    assert parsed.warnings


def test_text_formats_follow_their_names():
    data = b"a,b\n1,2\n"
    assert detect(data, name="x.csv")[0] == "text/csv"
    assert detect(data, name="x.txt")[0] == "text/plain"
    assert detect(data, name="x.md")[0] == "text/markdown"
    assert detect(b"BM is not always an image", name="notes") == ("text/plain", None)


def test_a_mail_and_a_page_are_known_without_their_suffix():
    assert detect(b"From: a@x\nTo: b@x\nSubject: s\n\nhello", name="message")[0] == "message/rfc822"
    assert detect(b"\n<!DOCTYPE html><title>x</title>", name="page")[0] == "text/html"


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b" \n\t\n ", "no_text"), (b"\xef\xbb\xbf", "no_text")]
)
def test_nothing_to_read_is_said_plainly(data: bytes, code: str):
    assert refusal(data, "a.txt").code == code


def test_encrypted_pdf_is_refused_and_one_that_only_forbids_copying_is_read():
    for user, expected in (("secret", "encrypted"), ("", None)):
        data = io.BytesIO()
        with pikepdf.open(io.BytesIO(pdf_bytes())) as plain:
            plain.save(
                data,
                encryption=pikepdf.Encryption(
                    owner="owner", user=user, allow=pikepdf.Permissions(extract=False)
                ),
            )
        if expected:
            assert refusal(data.getvalue(), "a.pdf").code == expected
        else:
            assert "Twenty days" in read_document(data.getvalue(), name="a.pdf").text


def test_encrypted_office_container_is_refused():
    directory = "EncryptedPackage".encode("utf-16-le")
    entry = directory.ljust(64, b"\0") + (len(directory) + 2).to_bytes(2, "little") + b"\x02" + bytes(61)
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\x00" + bytes(480) + entry + bytes(384)
    assert refusal(data, "a.docx").code == "encrypted"


def test_encrypted_archive_and_opendocument_are_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "twenty days")
    sealed = bytearray(data.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        sealed[sealed.index(mark) + offset] |= 1
    assert refusal(bytes(sealed), "a.zip").code == "encrypted"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", "garbage")
    assert refusal(data.getvalue(), "a.odt").code == "encrypted"


@pytest.mark.parametrize("keep", [100, 600])
def test_cut_off_files_are_called_damaged(keep: int):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "x" * 2000)
    assert refusal(data.getvalue()[:keep], "a.docx").code == "corrupt"
    assert refusal(b"%PDF-1.7\n" + pdf_bytes()[20:keep], "a.pdf").code in ("corrupt", "no_text")
