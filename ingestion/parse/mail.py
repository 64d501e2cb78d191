"""E-mails: who, when and about what, the body, and each attachment that can be read under its own heading."""

import email
import email.policy
from collections.abc import Callable, Iterator
from email.message import EmailMessage

from ..errors import DocumentError
from .blocks import Block, Reading, heading, one_line
from .encoding import decode
from .html import read_html
from .plain import read_text

MAX_ATTACHMENTS = 100
ReadPart = Callable[[bytes, str], Reading]


def read_mail(data: bytes, read_part: ReadPart) -> Reading:
    """`read_part` reads an attachment by its content and name."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    _refuse_encrypted(message)
    subject = one_line(_header(message, "subject"))
    reading = Reading(title=subject)
    if subject:
        reading.blocks.append(heading(subject, 1))
    lines = [
        f"{name}: {_header(message, name)}" for name in ("From", "To", "Cc", "Date") if _header(message, name)
    ]
    if lines:
        reading.blocks.append(Block("text", "\n".join(lines)))
    body = _body(message)
    reading.blocks += [block if block.kind != "heading" else _lower(block) for block in body.blocks]
    _attachments(message, reading, read_part)
    return reading


def _lower(block: Block) -> Block:
    return Block(block.kind, block.text.lstrip("# "), None, min(block.level + 1, 6))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:  # the standard library raises many kinds of errors on malformed headers
        return ""


def _refuse_encrypted(message: EmailMessage) -> None:
    kind = message.get_content_type()
    smime = kind in ("application/pkcs7-mime", "application/x-pkcs7-mime")
    if kind == "multipart/encrypted" or (smime and "signed" not in str(message.get_param("smime-type", ""))):
        raise _sealed()


def _sealed() -> DocumentError:
    return DocumentError(
        "encrypted",
        "This e-mail is encrypted. Open it in your mail program, save it without encryption and upload that.",
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
            rich = _bytes(part), part.get_content_charset()
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
    return decode(_bytes(part), declared=part.get_content_charset())


def _attachments(message: EmailMessage, reading: Reading, read_part: ReadPart) -> None:
    count = 0
    for part in _leaves(message):
        attached = part.get_content_type() == "message/rfc822"
        name = one_line(part.get_filename() or ("message.eml" if attached else ""))
        if not name or part.get_content_maintype() == "image":
            continue
        count += 1
        if count > MAX_ATTACHMENTS:
            reading.warnings.append(f"Only the first {MAX_ATTACHMENTS} attachments were read.")
            return
        inner = part.get_payload(0) if attached and part.is_multipart() else None
        data = inner.as_bytes() if isinstance(inner, EmailMessage) else _bytes(part)
        try:
            reading.add_part(f"Attachment: {name}", read_part(data, name), level=2)
        except DocumentError as error:
            reading.warnings.append(f"Attachment {name} was left out: {error.sentence}")
