"""The compressed RTF of Outlook messages ([MS-OXRTFCP]): a window of 4 KiB that starts out with common words."""

import struct

_WORDS = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_MOST = 50_000_000


def decompress_rtf(data: bytes) -> bytes:
    """The RTF; b"" when this is none."""
    if len(data) < 16:
        return b""
    _, size, mark, _ = struct.unpack_from("<IIII", data)
    if mark == 0x414C454D:  # "MELA": stored as it is
        return data[16 : 16 + size]
    if mark != 0x75465A4C:  # "LZFu"
        return b""
    return _expanded(data[16:], min(size, _MOST))


def _expanded(data: bytes, most: int) -> bytes:
    window = bytearray(_WORDS.ljust(_WINDOW, b"\0"))
    write, at = len(_WORDS), 0
    out = bytearray()

    def put(byte: int) -> None:
        nonlocal write
        out.append(byte)
        window[write] = byte
        write = (write + 1) % _WINDOW

    while at < len(data) and len(out) < most:
        control, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not control >> bit & 1:
                put(data[at])
                at += 1
                continue
            if at + 1 >= len(data):
                break
            reference, at = data[at] << 8 | data[at + 1], at + 2
            offset = reference >> 4
            if offset == write:
                return bytes(out)
            for step in range((reference & 15) + 2):
                put(window[(offset + step) % _WINDOW])
    return bytes(out)
