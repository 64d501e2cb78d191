"""Archives: ZIP, tar, and single compressed files. They have no text of their own; their members are documents."""

import gzip
import io
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from ..errors import DocumentError, _
from .archive import MAX_MEMBER, MAX_MEMBERS, MAX_RATIO, MAX_TOTAL, RATIO_FLOOR, bomb, corrupt, open_archive
from .blocks import Reading, one_line
from .detect import encrypted
from .parts import BLOCK, FilePart, is_system, whole


def read_zip(data: bytes, password: str = "") -> Reading:
    archive = open_archive(data, password)
    if archive.encrypted and not password:
        raise encrypted()
    reading = Reading()
    left_out = []
    for member in sorted(archive.members, key=lambda member: member.filename):
        if member.is_dir() or is_system(member.filename):
            continue
        if stat.S_ISLNK(member.external_attr >> 16):
            left_out.append(f"{one_line(member.filename)} (a link)")
            continue
        reading.parts.append(FilePart(member.filename, archive.reader(member)))
    if archive.encrypted and reading.parts:
        next(reading.parts[0].blocks(), b"")  # a wrong password shows at once
    _name_left_out(reading, left_out)
    return reading


def read_tar(data: bytes) -> Reading:
    """Plain or compressed. What is no regular file (a link, a device) is never followed, nor made."""
    reading = Reading()
    left_out = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            members = _members(archive)
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise corrupt() from error
    for member in sorted(members, key=lambda member: member.name):
        if member.isdir() or is_system(member.name):
            continue
        if not member.isreg() or member.issparse():
            left_out.append(f"{one_line(member.name)} (a link or a device)")
            continue
        reading.parts.append(FilePart(member.name, _tar_member(data, member)))
    _name_left_out(reading, left_out)
    return reading


def read_gzip(data: bytes, name: str) -> Reading:
    """One compressed file, or the tar archive inside."""
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while block := file.read(BLOCK):
                unpacked += block
                if len(unpacked) > MAX_MEMBER or len(unpacked) > max(RATIO_FLOOR, MAX_RATIO * len(data)):
                    raise bomb()
    except (EOFError, OSError, zlib.error) as error:
        raise corrupt() from error
    content = bytes(unpacked)
    if content[257:262] == b"ustar":
        return read_tar(content)
    inner = PurePosixPath(name).stem if name.lower().endswith((".gz", ".gzip")) else f"{name}.content"
    return Reading(parts=[FilePart(inner or "content", whole(content))])


def _members(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members: list[tarfile.TarInfo] = []
    total = 0
    for member in archive:
        members.append(member)
        total += member.size
        if len(members) > MAX_MEMBERS or member.size > MAX_MEMBER or total > MAX_TOTAL:
            raise bomb()
    return members


def _tar_member(data: bytes, member: tarfile.TarInfo) -> Callable[[], Iterator[bytes]]:
    def blocks() -> Iterator[bytes]:
        end = member.offset_data + member.size
        for at in range(member.offset_data, end, BLOCK):
            yield data[at : min(at + BLOCK, end)]

    return blocks


def _name_left_out(reading: Reading, left_out: list[str]) -> None:
    if left_out:
        shown = ", ".join(left_out[:10]) + (f" and {len(left_out) - 10} more" if len(left_out) > 10 else "")
        reading.warnings.append(f"Left out: {shown}.")
    if not reading.parts:
        raise DocumentError("no_text", _("This archive holds no file that could be read."))
