"""What is protected with a password is read once it is given, and says so until then."""

import base64
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import docx
import msoffcrypto
import openpyxl
import pptx
import pytest
import pyzipper
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ingestion.errors import DocumentError
from ingestion.parse import Unpacked, parse, unpack

WORDS = "Twenty days of leave."
# a/leave.txt under the password “secret” with the old encryption of ZIP, which no library here writes.
ZIPCRYPTO = base64.b64decode(
    "UEsDBBQAAQAAAAAAIQDytC1AIQAAABUAAAALAAAAYS9sZWF2ZS50eHTIiMK/DeOkA/QVMpnpuwP6Bw2F5VBxvu6dS1FrQeK/"
    "WbpQSwECFAAUAAEAAAAAACEA8rQtQCEAAAAVAAAACwAAAAAAAAAAAAAAAAAAAAAAYS9sZWF2ZS50eHRQSwUGAAAAAAEAAQA5"
    "AAAASgAAAAAA"
)


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


def opendocument(password: str) -> bytes:
    """As LibreOffice writes it: content deflated, padded, and encrypted under a key from the password."""
    content = f"<d><body><text><p>{WORDS}</p></text></body></d>".encode()
    packer = zlib.compressobj(wbits=-15)
    deflated = packer.compress(content) + packer.flush()
    deflated += bytes(16 - len(deflated) % 16)
    salt, iv = bytes(range(16)), bytes(range(16, 32))
    start = hashlib.sha256(password.encode()).digest()
    key = hashlib.pbkdf2_hmac("sha1", start, salt, 1000, 32)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    coded = {"salt": base64.b64encode(salt).decode(), "iv": base64.b64encode(iv).decode()}
    manifest = f"""<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
      <m:file-entry m:full-path="content.xml" m:size="{len(content)}"><m:encryption-data>
        <m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc"
          m:initialisation-vector="{coded["iv"]}"/>
        <m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="1000"
          m:salt="{coded["salt"]}"/>
        <m:start-key-generation m:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256"/>
      </m:encryption-data></m:file-entry></m:manifest>"""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", encryptor.update(deflated) + encryptor.finalize())
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


KINDS = {"docx": word, "xlsx": workbook, "pptx": slides, "pdf": pdf, "odt": opendocument}


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


@pytest.mark.parametrize("strong", [True, False], ids=["AES", "ZipCrypto"])
def test_a_protected_archive_gives_its_files_with_its_password_alone(strong: bool, tmp_path: Path):
    path = tmp_path / "file"
    if strong:
        with pyzipper.AESZipFile(path, "w", encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(b"secret")
            archive.writestr("a/leave.txt", WORDS)
    else:
        path.write_bytes(ZIPCRYPTO)
    assert parse(path, name="a.zip", password="secret").parts == ("a/leave.txt",)
    parts = unpack(path, name="a.zip", unpacked=Unpacked(), password="secret")
    assert [(part.name, part.path.read_text()) for part in parts] == [("a/leave.txt", WORDS)]
    assert "Enter its password" in refusal(path, "a.zip", "").sentence
    assert "does not open" in refusal(path, "a.zip", "guessed").sentence


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
