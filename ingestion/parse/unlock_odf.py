"""OpenDocument files with a password: each member is deflated, then encrypted under a key made from the password.

[ODF 1.2 part 3]: AES-256-CBC, the key by PBKDF2 from a hash of the password. Older ones (Blowfish) and those of the
newest office suites (Argon2) are named in words.
"""

import base64
import hashlib
import io
import zipfile
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from ..errors import DocumentError, _
from .archive import MAX_MEMBER, Archive, open_archive
from .detect import encrypted
from .xmltree import parse_xml

_M = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_MANIFEST = "META-INF/manifest.xml"
_READ = ("content.xml", "styles.xml", "meta.xml")
_MAX_ROUNDS = 10_000_000


def unlocked_odf(data: bytes, password: str) -> bytes:
    """The same document without encryption; itself when it is none, or has no password."""
    archive = open_archive(data)
    if "mimetype" not in archive.names or _MANIFEST not in archive.names:
        return data
    manifest = archive.read(_MANIFEST)
    if b"encryption-data" not in manifest:
        return data
    entries = {
        entry.get(f"{_M}full-path"): entry
        for entry in parse_xml(manifest).iter(f"{_M}file-entry")
        if entry.find(f"{_M}encryption-data") is not None
    }
    if "encrypted-package" in entries:
        raise _unknown()
    if not password:
        raise encrypted()
    if not any(name in entries for name in _READ):
        raise _unknown()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as plain:
        plain.writestr("mimetype", archive.read("mimetype"))
        for name in _READ:
            if name in archive.names:
                content = (
                    _opened(archive, name, entries[name], password) if name in entries else archive.read(name)
                )
                plain.writestr(name, content)
    return out.getvalue()


def _opened(archive: Archive, name: str, entry: etree._Element, password: str) -> bytes:
    about = entry.find(f"{_M}encryption-data")
    if about is None:
        raise _unknown()
    cipher, derived = about.find(f"{_M}algorithm"), about.find(f"{_M}key-derivation")
    if cipher is None or derived is None or not cipher.get(f"{_M}algorithm-name", "").endswith("aes256-cbc"):
        raise _unknown()
    begun = about.find(f"{_M}start-key-generation")
    wide = begun is not None and begun.get(f"{_M}start-key-generation-name", "").lower().endswith("sha256")
    start = hashlib.sha256(password.encode()) if wide else hashlib.sha1(password.encode())  # noqa: S324  by the standard
    rounds = int(derived.get(f"{_M}iteration-count", "0"))
    if not 0 < rounds <= _MAX_ROUNDS:
        raise _unknown()
    salt = base64.b64decode(derived.get(f"{_M}salt", ""))
    key = hashlib.pbkdf2_hmac("sha1", start.digest(), salt, rounds, 32)
    iv = base64.b64decode(cipher.get(f"{_M}initialisation-vector", ""))
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    deflated = decryptor.update(archive.read(name)) + decryptor.finalize()
    try:
        unpacker = zlib.decompressobj(-15)
        return unpacker.decompress(deflated, MAX_MEMBER)
    except zlib.error as error:  # a wrong key gives noise
        raise encrypted() from error


def _unknown() -> DocumentError:
    return DocumentError(
        "sealed",
        _(
            "This file is protected with a password in a way that cannot be opened here. Upload a copy without one."
        ),
    )
