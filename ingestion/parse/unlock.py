"""Opens Office files that are protected with a password. The readers of PDF and ZIP take theirs themselves."""

import io
from typing import Any

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

from ..errors import DocumentError, _
from .detect import encrypted
from .unlock_odf import unlocked_odf

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel itself encrypts with this one what is only protected against changes, and asks nobody for it.
_EXCELS_OWN = "VelvetSweatshop"


def unlocked(data: bytes, password: str) -> bytes:
    """The file without its protection; the file itself when it has none that is known here."""
    if data.startswith(_OLE):
        return _office(data, password)
    return unlocked_odf(data, password) if data.startswith(b"PK\x03\x04") else data


def _office(data: bytes, password: str) -> bytes:
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
    except (FileFormatError, OSError, ValueError, LookupError, AttributeError):
        return data  # damaged, or no such file: its reader says so
    for candidate in dict.fromkeys((password, _EXCELS_OWN)):
        if candidate and (opened := _decrypted(file, candidate)):
            return opened
    raise encrypted()


def _decrypted(file: Any, password: str) -> bytes:
    """b"" when this is not the password."""
    out = io.BytesIO()
    try:
        # Old formats check the password by themselves, and take no such argument.
        options = {"verify_password": True} if file.format == "ooxml" else {}
        file.load_key(password=password, **options)
        file.decrypt(out)
    except (InvalidKeyError, DecryptionError):
        return b""
    except Exception as error:  # the library's own confusion about a malformed file is the file's fault
        raise DocumentError(
            "corrupt", _("This file is protected with a password and damaged. Save it again and upload that.")
        ) from error
    data = out.getvalue()
    # Older kinds of encryption have no check of their own: a wrong password gives noise.
    return data if data.startswith((b"PK\x03\x04", _OLE)) and _sound(data) else b""


def _sound(data: bytes) -> bool:
    return not data.startswith(_OLE) or olefile.isOleFile(data)
