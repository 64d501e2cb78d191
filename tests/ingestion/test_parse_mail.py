"""E-mails as people have them: odd encodings, wrapped, signed, with attachments of every kind."""

import datetime
import io
import struct
import zipfile
from email.message import EmailMessage

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from ingestion.errors import DocumentError
from ingestion.parse.compressed import decompress_rtf
from ingestion.parse.reader import files_inside, read_document

LOGO = b"\x89PNG\r\n\x1a\n" + bytes(2000)


def parts(data: bytes, name: str = "a.eml") -> dict[str, bytes]:
    return {part.name: b"".join(part.blocks()) for part in files_inside(data, name=name)}


def message(body: str = "See below.") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@acme.example", "b@acme.example", "The plan"
    mail.set_content(body)
    return mail


def test_an_attached_message_is_a_part_named_by_its_subject():
    outer, inner = message(), message("Twenty days.")
    inner.replace_header("Subject", "Leave: how long?")
    outer.add_attachment(inner)
    [(name, data)] = parts(outer.as_bytes()).items()
    assert name == "Leave: how long?.eml"
    assert "Twenty days." in read_document(data, name=name).text


def test_logos_and_signatures_are_no_attachments_but_pictures_are():
    mail = message()
    mail.add_related(LOGO, maintype="image", subtype="png", cid="<logo>", filename="logo.png")
    mail.add_attachment(LOGO, maintype="image", subtype="png", filename="scan.png")
    mail.add_attachment(b"sig", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    assert list(parts(mail.as_bytes())) == ["scan.png"]


def test_a_signed_message_is_read_with_its_attachments():
    inner = message("Twenty days.")
    inner.add_attachment(b"Ten.", maintype="text", subtype="plain", filename="ten.txt")
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")]),
    )
    day = datetime.datetime(2026, 1, 1)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, day, day + datetime.timedelta(days=9)
    ).sign(key, hashes.SHA256())
    signed = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(inner.as_bytes())
        .add_signer(certificate, key, hashes.SHA256())
        .sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@acme.example", "Signed"
    outer.set_content(signed, maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    parsed = read_document(outer.as_bytes(), name="a.eml")
    assert "Twenty days." in parsed.text
    assert parsed.parts == ("ten.txt",)


@pytest.mark.parametrize("kind", ["multipart/encrypted; boundary=e", "application/pkcs7-mime"])
def test_an_encrypted_message_says_so(kind: str):
    data = f"From: a@x\nTo: b@x\nSubject: s\nContent-Type: {kind}\n\n--e\n\nx\n--e--\n".encode()
    with pytest.raises(DocumentError) as caught:
        read_document(data, name="a.eml")
    assert caught.value.code == "sealed"


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ("Content-Type: text/plain; charset=windows-1252", "K\xf6ln".encode("cp1252"), "Köln"),
        ("Content-Type: text/plain; charset=x-unheard-of", "Köln".encode(), "Köln"),
        ("Content-Type: text/plain; charset=utf-8", "K\xf6ln und Umgebung".encode("cp1252"), "ln und Umgebung"),
        ("Content-Type: text/plain; format=flowed", b"a long \nline\n-- \nme", "a long line"),
        ("Content-Type: text/html", b"<p>K&ouml;ln</p>", "Köln"),
        ("Content-Transfer-Encoding: base64", b"VHdlbnR5IGRheXM=", "Twenty days"),
        ("Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8", b"K=C3=B6ln", "Köln"),
        ("Content-Type: multipart/mixed; boundary=never", b"Twenty days", "s"),
    ],
)  # fmt: skip
def test_bodies_in_every_dress_are_read(headers: str, body: bytes, text: str):
    data = b"From: a@x\nTo: b@x\nSubject: s\n" + headers.encode() + b"\n\n" + body
    assert text in read_document(data, name="a.eml").text


def test_outlooks_winmail_dat_gives_its_attachments():
    def attribute(number: int, value: bytes) -> bytes:
        return struct.pack("<BII", 2, number, len(value)) + value + b"\0\0"

    tnef = struct.pack("<IH", 0x223E9F78, 1)
    for name, data in ((b"plan.txt\0", b"Swim."), (b"other.txt\0", b"Run.")):
        tnef += attribute(0x00069002, b"") + attribute(0x00018010, name) + attribute(0x0006800F, data)
    mail = message()
    mail.add_attachment(tnef, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert parts(mail.as_bytes()) == {"plan.txt": b"Swim.", "other.txt": b"Run."}


def test_two_attachments_of_one_name_are_told_apart():
    mail = message()
    for data in (b"one", b"two"):
        mail.add_attachment(data, maintype="text", subtype="plain", filename="a.txt")
    assert parts(mail.as_bytes()) == {"a.txt": b"one", "a (2).txt": b"two"}


def test_compressed_rtf_of_outlook_is_expanded():
    """The example of [MS-OXRTFCP]."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert decompress_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def office(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_files_inserted_into_office_files_are_parts_and_macros_are_not_run():
    rels = b'<R><x Target="../embeddings/Microsoft_Excel_Sheet1.xlsx"/></R>'
    data = office(
        {
            "word/embeddings/plan.pdf": b"%PDF-1.7",
            "word/embeddings/Microsoft_Excel_Sheet1.xlsx": b"PK\x03\x04",
            "word/charts/_rels/chart1.xml.rels": rels,
            "word/vbaProject.bin": b"\0",
            "word/document.xml": b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            b"<w:body><w:p><w:r><w:t>Hello</w:t></w:r></w:p></w:body></w:document>",
        }
    )
    parsed = read_document(data, name="a.docm")
    assert parsed.parts == ("plan.pdf",)
    assert "It holds macros, which were not run." in parsed.warnings
