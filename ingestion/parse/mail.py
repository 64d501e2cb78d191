"""E-mails: who, when and about what, and the body. Attachments are named there, and are documents of their own."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

from ..errors import DocumentError, _
from .blocks import Block, Reading, heading, one_line
from .encoding import decode
from .html import read_html
from .parts import FilePart, named_apart, whole
from .plain import read_text
from .sealed import files_in_tnef, signed_content

ORNAMENT_BYTES = 50_000
MAX_WRAPPINGS = 3
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}


def read_mail(data: bytes) -> Reading:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return read_message(message)


def read_message(message: EmailMessage, *, depth: int = 0) -> Reading:
    _refuse_encrypted(message)
    if depth < MAX_WRAPPINGS and (signed := _signed(message)):
        return _within(message, signed, depth)
    subject = one_line(_header(message, "subject"))
    reading = Reading(title=subject, parts=named_apart(_attachments(message)))
    if subject:
        reading.blocks.append(heading(subject, 1))
    lines = [
        f"{name}: {_header(message, name)}" for name in ("From", "To", "Cc", "Date") if _header(message, name)
    ]
    if reading.parts:
        lines.append("Attachments: " + ", ".join(part.name for part in reading.parts))
    if lines:
        reading.blocks.append(Block("text", "\n".join(lines)))
    body = _body(message)
    reading.blocks += [block if block.kind != "heading" else _lower(block) for block in body.blocks]
    return reading


def _signed(message: EmailMessage) -> bytes:
    """What a signature holds that carries its message."""
    smime = message.get_content_type() in _SMIME
    return signed_content(_bytes(message)) if smime else b""


def _within(outer: EmailMessage, data: bytes, depth: int) -> Reading:
    """The signed message, which has a body and attachments, with the headers that are outside."""
    inner = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(inner, EmailMessage)
    for name in ("Subject", "From", "To", "Cc", "Date"):
        if name not in inner and _header(outer, name):
            inner[name] = _header(outer, name)
    return read_message(inner, depth=depth + 1)


def _lower(block: Block) -> Block:
    return Block(block.kind, block.text.lstrip("# "), None, min(block.level + 1, 6))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:  # the standard library raises many kinds of errors on malformed headers
        return ""


def _refuse_encrypted(message: EmailMessage) -> None:
    kind = message.get_content_type()
    if kind == "multipart/encrypted" or (kind in _SMIME and not _signed(message)):
        raise _sealed()


def _sealed() -> DocumentError:
    return DocumentError(
        "sealed",
        _(
            "This e-mail is encrypted. Open it in your mail program, save it without encryption and upload that."
        ),
    )


def _body(message: EmailMessage) -> Reading:
    plain = rich = None
    for part in _leaves(message):
        if part.get_filename() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and plain is None:
            plain = _text(part)
        elif kind == "text/html" and rich is None:
            rich = _bytes(part), _charset(part)
    if plain is not None and plain.strip():
        if plain.lstrip().startswith("-----BEGIN PGP MESSAGE-----"):
            raise _sealed()
        return read_text(plain)
    if rich is not None:
        data, declared = rich
        return read_html(decode(data, declared=declared).encode() if declared else data)
    return Reading()


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of this message, not those of messages attached to it."""
    stack = [(message, 0)]
    while stack:
        part, depth = stack.pop()
        if part.get_content_maintype() == "multipart" and depth < 20:
            inner = [one for one in part.iter_parts() if isinstance(one, EmailMessage)]
            stack += [(one, depth + 1) for one in reversed(inner)]
        else:
            yield part


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: EmailMessage) -> str:
    text = decode(_bytes(part), declared=_charset(part))
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    return (
        _unwrapped(text, join="" if str(part.get_param("delsp", "")).lower() == "yes" else " ")
        if flowed
        else text
    )


def _charset(part: EmailMessage) -> str | None:
    try:
        return part.get_content_charset()
    except Exception:  # as for headers
        return None


def _unwrapped(text: str, *, join: str) -> str:
    """[RFC 3676]: a line that ends in a space goes on in the next one. "-- " begins the signature."""
    lines: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line.removeprefix(" ")  # it was put there to protect the line
        if open_line and lines and not line.startswith(">"):
            lines[-1] += join + line.rstrip(" ")
        else:
            lines.append(line.rstrip(" "))
        open_line = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)


def _attachments(message: EmailMessage) -> Iterator[FilePart]:
    for part in _leaves(message):
        if part.get_content_type() in _SIGNATURES:
            continue
        attached = part.get_content_type() == "message/rfc822"
        name = one_line(_file_name(part) or (_name_of_message(part) if attached else ""))
        if part.get_content_type() in _TNEF or name.lower() == "winmail.dat":
            yield from files_in_tnef(_bytes(part))
            continue
        if not name:
            continue
        data = _message_bytes(part) if attached else _bytes(part)
        if attached or not _is_ornament(part, data):
            yield FilePart(name.replace("/", "_"), whole(data))


def _file_name(part: EmailMessage) -> str:
    try:
        return part.get_filename() or ""
    except Exception:  # as for headers
        return ""


def _name_of_message(part: EmailMessage) -> str:
    inner = part.get_payload(0) if part.is_multipart() else None
    subject = _header(inner, "subject") if isinstance(inner, EmailMessage) else ""
    return f"{subject or 'message'}.eml"


def _message_bytes(part: EmailMessage) -> bytes:
    inner = part.get_payload(0) if part.is_multipart() else None
    if not isinstance(inner, EmailMessage):
        return _bytes(part)
    try:
        return inner.as_bytes()
    except Exception:  # written again under the lenient rules of old, what is malformed stays as it was
        return inner.as_bytes(policy=email.policy.compat32)


def _is_ornament(part: EmailMessage, data: bytes) -> bool:
    """A logo or a smiley of the text around it, not a picture that somebody attached."""
    if part.get_content_maintype() != "image":
        return False
    placed = part.get_content_disposition() != "attachment" or part.get("Content-ID")
    return bool(placed) and len(data) < ORNAMENT_BYTES
