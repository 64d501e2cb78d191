"""Hostile files through the real sandbox and pipeline: each ends with a reason, and an upload beside it is ready."""

import io
import os
import signal
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from reportlab.pdfgen.canvas import Canvas

from ingestion import pipeline
from ingestion.actions import accept_upload, retry_version
from ingestion.errors import DocumentError
from ingestion.models import Document, DocumentVersion, Passage, Status
from ingestion.parse import Limits, Unpacked, parse, unpack
from ingestion.parse.child import Child
from tenants.access import require_member
from tenants.scoping import tenant_scope

GIB = 1 << 30
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" * 20
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def flat_bomb() -> bytes:
    return zipped({"zeros.txt": bytes(150_000_000)})


def nested_bomb() -> bytes:
    inner = zipped({f"{n}.txt": bytes(18_000_000) for n in range(1)})
    return zipped({f"{n}.zip": inner for n in range(8)})


def overlapping_bomb() -> bytes:
    """Many names in the directory for one and the same member, as Fifield's bombs have them."""
    one = zipped({"a.txt": b"a" * 4_000_000})
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[at:end]
    entries = b"".join(entry.replace(b"a.txt", b"%05d" % n) for n in range(90))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 90, 90, len(entries), at, 0)
    return one[:at] + entries + tail


def quine_of(depth: int = 12) -> bytes:
    """As far as anybody looks, an archive of itself: there is always another one inside."""
    data = b"the end"
    for _ in range(depth):
        data = zipped({"r.zip": data}, zipfile.ZIP_STORED)
    return data


def wide_sheet() -> bytes:
    """One row that says it has a million columns."""
    cells = "".join(f'<c r="{_column(n)}1"><v>{n}</v></c>' for n in range(0, 1_000_000, 20))
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return zipped({"[Content_Types].xml": types, "xl/workbook.xml": "<workbook/>",
                   "xl/worksheets/sheet1.xml": SHEET.format(f"<row>{cells}</row>")})  # fmt: skip


def _column(number: int) -> str:
    letters = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        letters, number = chr(65 + letter) + letters, number - 1
    return letters


def quadratic_blowup() -> bytes:
    return (
        f"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a '{'x' * 100_000}'>]><r>{'&a;' * 20_000}</r>".encode()
    )


def many_pages() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(10_000):
        canvas.drawString(72, 700, f"Page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "flat.zip": flat_bomb,
    "nested.zip": nested_bomb,
    "overlap.zip": overlapping_bomb,
    "quine.zip": quine_of,
    "wide.xlsx": wide_sheet,
    "blowup.xml": quadratic_blowup,
    "deep.html": lambda: b"<div><table><tr><td>" * 50_000 + b"bottom",
    "deep.xml": lambda: b"<a>" * 500_000,
    "pages.pdf": many_pages,
    "noise.pdf": lambda: b"%PDF-1.7\n" + zlib.compress(bytes(range(256)) * 999),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_takes_more_than_a_gibibyte_or_its_reader_down(
    name: str, tmp_path: Path, monkeypatch
) -> None:
    """Read or refused, cut or whole: within bounds, and in words."""
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    children: list[Child] = []
    begin = Child.__init__

    def noted(child: Child, *arguments) -> None:
        children.append(child)
        begin(child, *arguments)

    monkeypatch.setattr(Child, "__init__", noted)
    try:
        parsed = parse(path, name=name)
        unpacked = Unpacked()
        for part in unpack(path, name=name, unpacked=unpacked) if parsed.parts else ():
            assert part.size <= Limits.part_bytes
    except DocumentError as error:
        assert error.code not in ("parser_killed", "internal")
        assert error.sentence.endswith(".")
    assert children
    assert max(child.peak_bytes for child in children) < GIB


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("program.pdf", PROGRAM),
        ("late.pdf", PROGRAM[:64] + b"%PDF-1.7\n1 0 obj\n"),
        ("picture.jar", b"GIF89a\x01\x00\x01\x00\x00\xff\x00," + zipped({"META-INF/MANIFEST.MF": "x"})),
        ("applet.zip", zipped({"META-INF/MANIFEST.MF": "x", "A.class": "x"})),
    ],
)
def test_programs_and_two_files_in_one_are_not_read_as_documents(
    name: str, data: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        parse(path, name=name)
    assert caught.value.code in ("unsupported", "disguised", "corrupt", "no_text")


def test_what_begins_as_a_web_page_or_an_archive_is_read_as_that_and_not_as_the_pdf_further_on(
    tmp_path,
) -> None:
    page, archive = tmp_path / "page", tmp_path / "archive"
    page.write_bytes(b"<html><body><p>Twenty days.</p><!-- %PDF-1.7 --></body></html>")
    assert parse(page, name="a.html").media_type == "text/html"
    archive.write_bytes(zipped({"a.pdf": b"%PDF-1.7 x", "b.txt": b"ten"}, zipfile.ZIP_STORED))
    assert parse(archive, name="a.zip").parts == ("a.pdf", "b.txt")


@pytest.fixture
def take_in(own_index, acme, handbook, alice):
    """Upload without reading yet."""

    def take(data: bytes, name: str) -> DocumentVersion:
        with tenant_scope(acme.id):
            member = require_member(alice.id, tenant=acme.id)
            return accept_upload(
                io.BytesIO(data), name=name, collection=handbook, member=member, send=False
            ).version

    return take


def read_all() -> None:
    waiting = DocumentVersion.objects.filter(status=Status.QUEUED, attempts=0, document__deleted_at=None)
    while version := waiting.first():
        pipeline.ingest(version.pk)


def test_hostile_uploads_stop_no_other_upload(take_in, acme) -> None:
    hostile = [
        take_in(HOSTILE[name](), name) for name in ("flat.zip", "quine.zip", "deep.xml", "overlap.zip")
    ]
    good = take_in(b"Twenty days of leave.", "good.txt")
    with tenant_scope(acme.id):
        read_all()
        good.refresh_from_db()
        assert good.status == Status.READY
        assert Document.objects.live().exclude(parent=None).count() == Limits.depth  # of the quine
        for version in hostile:
            version.refresh_from_db()
            assert version.finished
            assert version.error or version.warnings


def test_script_and_marks_in_names_and_text_stay_text(take_in, acme, alice, browser_of) -> None:
    name = "<img src=x onerror=alert(1)>\u202etxt.exe javascript:alert(1).txt"
    version = take_in(b"<script>alert(1)</script> [x](javascript:alert(1)) \xe2\x80\xaeevil", name)
    with tenant_scope(acme.id):
        read_all()
        document = Document.objects.get(pk=version.document_id)
        assert "\u202e" not in document.name
        assert "<script>alert(1)</script>" in Passage.objects.get(version=version).text
        alices = browser_of(alice)
        for view in ("change", "text", "passages"):
            body = alices.get(
                reverse(f"admin:ingestion_document_{view}", args=[document.pk])
            ).content.decode()
            assert "<img src=x" not in body
            assert "<script>alert(1)" not in body
            assert "&lt;" in body


def test_what_stops_its_reader_three_times_is_set_aside(
    take_in, acme, alice, browser_of, monkeypatch
) -> None:
    """Killed for real; tried again since the machine may be to blame, then only when asked for it alone."""
    version, other = take_in(b"Twenty days.", "killer.txt"), take_in(b"Ten days.", "other.txt")
    read = Child.read

    def killed(child: Child) -> bytes:
        os.kill(child._process, signal.SIGSEGV)
        return read(child)

    with tenant_scope(acme.id):
        monkeypatch.setattr(Child, "read", killed)
        for tries in (1, 2, 3):
            assert version.status == Status.QUEUED
            pipeline.ingest(version.pk)
            version.refresh_from_db()
            assert version.attempts == tries
        assert (version.status, version.error_code) == (Status.FAILED, "set_aside")
        assert "three times" in version.error
        monkeypatch.undo()
        DocumentVersion.objects.filter(pk=other.pk).update(status=Status.FAILED)
        chosen = [version.document_id, other.document_id]
        data = {"action": "retry_failed", "_selected_action": [str(pk) for pk in chosen]}
        browser_of(alice).post(reverse("admin:ingestion_document_changelist"), data)
        version.refresh_from_db()
        other.refresh_from_db()
        assert (version.status, other.status) == (Status.FAILED, Status.QUEUED)
        assert retry_version(version, require_member(alice.id, tenant=acme.id))
        pipeline.ingest(version.pk)
        version.refresh_from_db()
        assert version.status == Status.READY
