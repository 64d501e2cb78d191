"""Files kept inside PDF and Office files: attachments, and what was inserted as an object."""

import io
import posixpath
import re
import struct
from collections.abc import Iterator

import olefile
import pypdfium2

from .archive import Archive, open_archive
from .blocks import one_line
from .parts import FilePart, named_apart, whole

_EMBEDDED = re.compile(r"(?:word|ppt|xl)/embeddings/[^/]+")
_CHART_DATA = re.compile(r"(?:word|ppt|xl)/charts/_rels/[^/]+\.rels")
_TARGET = re.compile(rb'Target="([^"]*embeddings/[^"]+)"')


def files_in_pdf(data: bytes, password: str) -> list[FilePart]:
    document = pypdfium2.PdfDocument(data, password=password or None)
    parts = []
    for number in range(document.count_attachments()):
        attachment = document.get_attachment(number)
        name = one_line(attachment.get_name()) or f"attachment {number + 1}"
        parts.append(FilePart(name, _pdf_content(attachment)))
    return named_apart(parts)


def _pdf_content(attachment: pypdfium2.PdfAttachment):  # type: ignore[no-untyped-def]
    return lambda: whole(bytes(attachment.get_data()))()


def files_in_office(data: bytes) -> list[FilePart]:
    """What was inserted into a Word, PowerPoint or Excel file; not the tables behind its charts."""
    archive = open_archive(data)
    names = sorted(name for name in archive.names if _EMBEDDED.fullmatch(name))
    behind_charts = _chart_data(archive) if names else set()
    return named_apart(
        part
        for name in names
        if name not in behind_charts and not name.endswith(".rels")
        for part in _inserted(archive, name)
    )


def holds_macros(data: bytes) -> bool:
    return any(name.endswith("/vbaProject.bin") for name in open_archive(data).names)


def _chart_data(archive: Archive) -> set[str]:
    return {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), "..", target.decode("utf-8", "replace")))
        for name in archive.names
        if _CHART_DATA.fullmatch(name)
        for target in _TARGET.findall(archive.read(name, limit=1_000_000))
    }


def _inserted(archive: Archive, name: str) -> Iterator[FilePart]:
    file_name = posixpath.basename(name)
    if file_name.endswith(".bin"):
        yield from _from_ole(archive.read(name), file_name.removesuffix(".bin"))
    else:
        yield FilePart(file_name, archive.reader(archive.zip.getinfo(name)))


def _from_ole(data: bytes, name: str) -> Iterator[FilePart]:
    """A file wrapped by an older program: as a package with its own name, or as the object of another program."""
    if not olefile.isOleFile(data):
        return
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        if ole.exists("\x01Ole10Native"):
            yield from _package(ole.openstream("\x01Ole10Native").read())
        elif ole.exists("Package"):
            yield FilePart(name, whole(ole.openstream("Package").read()))
        elif any(ole.exists(stream) for stream in ("WordDocument", "Workbook", "PowerPoint Document")):
            yield FilePart(name, whole(data))
        elif ole.exists("CONTENTS"):  # a PDF, when its reader was installed as an OLE server
            yield FilePart(name, whole(ole.openstream("CONTENTS").read()))


def _package(stream: bytes) -> Iterator[FilePart]:
    """[MS-OLEDS]: length, mark, label and path as C strings, two marks, path length and path, length and content."""
    try:
        at = 6
        label, at = _c_string(stream, at)
        _, at = _c_string(stream, at)
        at += 4
        (length,) = struct.unpack_from("<I", stream, at)
        at += 4 + length
        (size,) = struct.unpack_from("<I", stream, at)
    except (struct.error, ValueError):
        return
    yield FilePart(one_line(label) or "object", whole(stream[at + 4 : at + 4 + size]))


def _c_string(stream: bytes, at: int) -> tuple[str, int]:
    end = stream.index(b"\0", at)
    return stream[at:end].decode("cp1252", errors="replace"), end + 1
