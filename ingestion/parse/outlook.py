"""Outlook messages (.msg), turned into the same kind of message that an .eml file holds, and read as one.

The file is a folder of properties in an OLE container; a stream's name ends in the property's number and type.
"""

import io
import struct
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import olefile

from ..errors import DocumentError, _
from .blocks import Reading, one_line
from .compressed import decompress_rtf
from .detect import RTF
from .encoding import decode
from .mail import read_message
from .office import read_other

_SUBJECT, _BODY, _HTML, _RTF, _SENDER, _ADDRESS, _SMTP = (
    0x0037,
    0x1000,
    0x1013,
    0x1009,
    0x0C1A,
    0x0C1F,
    0x5D01,
)
_TO, _CC, _CODEPAGE, _SUBMITTED, _DELIVERED, _HEADERS = 0x0E04, 0x0E03, 0x3FFD, 0x0039, 0x0E06, 0x007D
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _DATA, _CONTENT_ID, _MIME, _HIDDEN = (
    *(0x3707, 0x3704, 0x3001, 0x3701, 0x3712, 0x370E, 0x7FFE),
)
_MAX_NESTED = 5
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def read_outlook(data: bytes) -> Reading:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            message = _message(ole, [], 0)
    except (OSError, struct.error, IndexError) as error:
        raise DocumentError(
            "corrupt", _("This Outlook message is damaged or cut off. Save it again and upload that.")
        ) from error
    return read_message(message)


def _message(ole: Any, place: list[str], depth: int) -> EmailMessage:
    header = 24 if place else 32
    of = _Properties(ole, place, header)
    kind = of.text(0x001A)
    if "smime" in kind.lower() and "multipartsigned" not in kind.lower():
        raise DocumentError(
            "sealed",
            _(
                "This e-mail is encrypted. Open it in your mail program, save it without encryption and upload that."
            ),
        )
    message = EmailMessage()
    _put(message, "Subject", of.text(_SUBJECT))
    address = of.text(_SMTP) or of.text(_ADDRESS)
    name = of.text(_SENDER)
    _put(
        message,
        "From",
        f"{name} <{address}>" if name and "@" in address and name != address else name or address,
    )
    _put(message, "To", of.text(_TO))
    _put(message, "Cc", of.text(_CC))
    if sent := of.time(_SUBMITTED) or of.time(_DELIVERED):
        _put(message, "Date", format_datetime(sent))
    plain, rich = of.text(_BODY), of.html()
    if not plain.strip() and not rich and (packed := of.bytes(_RTF)):
        plain = _text_of_rtf(packed)
    message.set_content(plain if plain.strip() or not rich else "")
    if rich and not plain.strip():
        message.set_content(rich, subtype="html")
    for folder in _folders(ole, place, "__attach_version1.0_"):
        _attach(message, ole, [*place, folder], depth)
    return message


def _put(message: EmailMessage, name: str, words: str) -> None:
    if line := one_line(words, 2000):
        message[name] = line


def _text_of_rtf(packed: bytes) -> str:
    rtf = decompress_rtf(packed)
    if not rtf:
        return ""
    return "\n\n".join(block.text for block in read_other(rtf, RTF).blocks)


def _attach(message: EmailMessage, ole: Any, place: list[str], depth: int) -> None:
    of = _Properties(ole, place, 8)
    name = one_line(of.text(_LONG_NAME) or of.text(_SHORT_NAME) or of.text(_SHOWN_NAME)) or "attachment"
    inner = [*place, f"__substg1.0_{_DATA:04X}000D"]
    if ole.exists(inner):
        if depth < _MAX_NESTED and ole.exists([*inner, "__properties_version1.0"]):
            message.add_attachment(
                _message(ole, inner, depth + 1), filename=f"{name.removesuffix('.msg')}.eml"
            )
        return
    data = of.bytes(_DATA)
    main, _, sub = (of.text(_MIME) or "application/octet-stream").partition("/")
    if main in ("message", "multipart") or not sub.isascii() or not main.isalpha():
        main, sub = "application", "octet-stream"
    placed = one_line(of.text(_CONTENT_ID))
    message.add_attachment(data, maintype=main, subtype=sub or "octet-stream", filename=name)
    if placed:
        message.get_payload()[-1]["Content-ID"] = f"<{placed}>"  # type: ignore[index]


def _folders(ole: Any, place: list[str], prefix: str) -> list[str]:
    depth = len(place)
    return sorted(
        {
            path[depth]
            for path in ole.listdir(streams=True, storages=True)
            if len(path) > depth and path[:depth] == place and path[depth].startswith(prefix)
        }
    )


class _Properties:
    """What one storage (the message, a recipient, an attachment) says about itself."""

    def __init__(self, ole: Any, place: list[str], header: int) -> None:
        self._ole, self._place = ole, place
        fixed = self._read("__properties_version1.0")[header:]
        self._fixed: dict[int, tuple[int, bytes]] = {}
        for at in range(0, len(fixed) - 15, 16):
            kind, number = struct.unpack_from("<HH", fixed, at)
            self._fixed[number] = (kind, fixed[at + 8 : at + 16])

    def _read(self, name: str) -> bytes:
        path = [*self._place, name]
        return bytes(self._ole.openstream(path).read()) if self._ole.exists(path) else b""

    def text(self, number: int) -> str:
        """In Unicode where the message has it, else in the code page that it names."""
        if wide := self._read(f"__substg1.0_{number:04X}001F"):
            return wide.decode("utf-16-le", errors="replace").rstrip("\0")
        narrow = self._read(f"__substg1.0_{number:04X}001E")
        return decode(narrow, declared=self._encoding()).rstrip("\0") if narrow else ""

    def bytes(self, number: int) -> bytes:
        return self._read(f"__substg1.0_{number:04X}0102")

    def html(self) -> str:
        if data := self.bytes(_HTML):
            return decode(data, declared=self._codepage(0x3FDE))
        return self.text(_HTML)

    def time(self, number: int) -> datetime | None:
        kind, value = self._fixed.get(number, (0, b""))
        if kind != 0x0040:
            return None
        try:
            return _EPOCH + timedelta(microseconds=struct.unpack("<Q", value)[0] // 10)
        except OverflowError:
            return None

    def _encoding(self) -> str | None:
        return self._codepage(_CODEPAGE) or self._codepage(0x3FDE)

    def _codepage(self, number: int) -> str | None:
        kind, value = self._fixed.get(number, (0, b""))
        page = struct.unpack_from("<I", value)[0] if kind == 0x0003 else 0
        known = {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 28592: "iso8859-2", 20866: "koi8-r",
                 50220: "iso2022_jp", 51932: "euc_jp", 936: "gbk", 950: "big5", 949: "cp949"}  # fmt: skip
        return known.get(page) or (f"cp{page}" if page else None)
