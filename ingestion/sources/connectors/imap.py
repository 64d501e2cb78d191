"""Folders of a mailbox. Messages are read and never marked as read; attachments become documents of their own."""

import binascii
import email.errors
import email.header
import email.parser
import email.policy
import email.utils
import imaplib
import io
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import BinaryIO

from django import forms
from django.conf import settings

from ingestion.sources import addresses
from ingestion.sources.connector import Connector, Event, Item, Session, Settings, Unchanged, lines_of
from ingestion.sources.errors import AddressRefused, SourceError, TooMuch, Unreachable

SILENCE = 30.0
PORTS = {"tls": 993, "starttls": 143}
AT_ONCE = 200  # messages whose headers are asked for together
UID = re.compile(rb"UID (\d+)")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
HEADERS = "(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)])"


class ImapSettings(Settings):
    host = forms.CharField(max_length=253, help_text="Such as imap.example.com.")
    security = forms.ChoiceField(
        choices=[("tls", "TLS (port 993)"), ("starttls", "STARTTLS (port 143)")], initial="tls"
    )
    port = forms.IntegerField(required=False, min_value=1, max_value=65535, help_text="Empty: the usual one.")
    user = forms.CharField(max_length=200, label="User name")
    password = forms.CharField(required=False, help_text="Best an app password that may only read mail.")
    folders = forms.CharField(
        initial="INBOX", widget=forms.Textarea, help_text="One a line, as the mailbox names them."
    )
    since = forms.DateField(required=False, help_text="Only messages that arrived on this day or later.")

    def clean_host(self) -> str:
        try:
            return addresses.plain_host(self.cleaned_data["host"])
        except AddressRefused as error:
            raise forms.ValidationError(error.sentence) from error

    def clean_since(self) -> str:
        since: date | None = self.cleaned_data["since"]
        return since.isoformat() if since else ""


class Line(imaplib.IMAP4):
    """A connection to a checked address. What is not answered in time ends it."""

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        self._tls = tls
        super().__init__(host, port, timeout=SILENCE)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = addresses.connect(self.host, self.port)
        if self._tls:
            line = addresses.secure(line, self.host)
        line.settimeout(timeout)
        return line


class Mailbox(Connector):
    kind = "imap"
    label = "Mailbox"
    description = "Messages of an IMAP mailbox with their attachments, such as a shared inbox."
    icon = "mail"
    Settings = ImapSettings
    secret_field = "password"  # noqa: S105  the name of a field
    secret_is_for = ("host", "port", "security", "user")

    def check(self) -> str:
        with self._signed_in() as line:
            counts = [f"“{name}”: {len(self._uids(line, name)[1])}" for name in self._folders()]
        return "The mailbox can be read. Messages: " + ", ".join(counts) + "."

    def changes(self, session: Session) -> Iterator[Event]:
        taken = list(session.keys())
        with self._signed_in() as line:
            for folder in self._folders():
                validity, uids = self._uids(line, folder)
                # A message never changes: what is known is not asked for again.
                known = {key for key in taken if key.startswith(f"{folder}/{validity}/")}
                keys = {uid: f"{folder}/{validity}/{uid}" for uid in uids}
                yield from (Unchanged(key) for key in keys.values() if key in known)
                fresh = [uid for uid, key in keys.items() if key not in known]
                for start in range(0, len(fresh), AT_ONCE):
                    session.pause()
                    yield from self._fresh(line, folder, validity, fresh[start : start + AT_ONCE])

    def _folders(self) -> list[str]:
        return lines_of(self.options["folders"])

    @contextmanager
    def _signed_in(self) -> Iterator[Line]:
        host, security = self.options["host"], self.options["security"]
        port = self.options.get("port") or PORTS[security]
        if port not in (*PORTS.values(), *settings.SOURCES_ALLOWED_PORTS):
            raise AddressRefused(
                f"Port {port} is not allowed, only 993 and 143. The operator can add it to SOURCES_ALLOWED_PORTS."
            )
        with plainly(host):
            line = Line(host, port, tls=security == "tls")
            try:
                if security == "starttls":
                    line.starttls(addresses.tls())
                self._sign_in(line)
                yield line
            finally:
                line.shutdown()

    def _sign_in(self, line: Line) -> None:
        token = f"\0{self.options['user']}\0{self.secret}".encode()
        try:
            line.authenticate("PLAIN", lambda _: token)
        except line.error as error:
            raise SourceError("The mailbox refused user name or password.") from error

    def _uids(self, line: Line, folder: str) -> tuple[str, list[str]]:
        """The folder's numbers and the number that says how long they hold. Opened for reading alone."""
        status, _ = line.select(quoted(folder), readonly=True)
        if status != "OK":
            raise SourceError(f"The mailbox has no folder “{folder}”, or it may not be opened.")
        validity = line.response("UIDVALIDITY")[1]
        words = ["ALL"]
        if since := self.options.get("since"):
            words = ["SINCE", imap_date(date.fromisoformat(since))]
        status, found = line.uid("SEARCH", *words)
        if status != "OK" or not validity or validity[0] is None:
            raise SourceError(f"The folder “{folder}” cannot be listed.")
        return validity[0].decode(), (found[0] or b"").decode().split()

    def _fresh(self, line: Line, folder: str, validity: str, uids: list[str]) -> Iterator[Event]:
        status, found = line.uid("FETCH", ",".join(uids), HEADERS)
        if status != "OK":
            raise SourceError(f"The messages of “{folder}” cannot be listed.")
        for part in found:
            if not isinstance(part, tuple):
                continue
            uid, size = UID.search(part[0]), SIZE.search(part[0])
            if uid and size:
                number = uid[1].decode()
                yield Item(
                    key=f"{folder}/{validity}/{number}",
                    name=f"{folder}/{file_name(part[1], number)}",
                    fingerprint=number,
                    open=partial(opened, line, number, int(size[1])),
                )


@contextmanager
def opened(line: Line, uid: str, size: int) -> Iterator[BinaryIO]:
    if size > settings.UPLOAD_MAX_BYTES:
        raise TooMuch(f"The message is larger than {settings.UPLOAD_MAX_BYTES // 2**20} MB.")
    status, found = line.uid("FETCH", uid, "(BODY.PEEK[])")
    parts = [part[1] for part in found if isinstance(part, tuple)]
    if status != "OK" or not parts:
        raise SourceError("The message could not be read. It may just have been moved.")
    yield io.BytesIO(parts[0])


def file_name(headers: bytes, uid: str) -> str:
    """Date, subject and number: so the folder is in order, and no two are called the same."""
    parsed = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(headers, headersonly=True)
    try:
        subject = str(email.header.make_header(email.header.decode_header(parsed.get("Subject", ""))))
    except (LookupError, ValueError, email.errors.MessageError):
        subject = ""
    try:
        day = email.utils.parsedate_to_datetime(parsed.get("Date", "")).date().isoformat()
    except (TypeError, ValueError):
        day = "undated"
    subject = re.sub(r"[\\/\s\x00-\x1f]+", " ", subject).strip()[:100]
    return f"{day} {subject or 'without subject'} ({uid}).eml"


def quoted(folder: str) -> str:
    """A folder's name as IMAP writes it (RFC 3501, 5.1.3): other letters in a base64 of their own."""
    pieces = []
    for plain, other in re.findall(r"([\x20-\x7e]+)|([^\x20-\x7e]+)", folder):
        if plain:
            pieces.append(plain.replace("&", "&-"))
        else:
            code = other.encode("utf-16-be")
            pieces.append("&" + binascii.b2a_base64(code).decode().rstrip("\n=").replace("/", ",") + "-")
    name = "".join(pieces).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'


def imap_date(day: date) -> str:
    """With English months, whatever the server's locale."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day}-{months[day.month - 1]}-{day.year}"


@contextmanager
def plainly(host: str) -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except TimeoutError as error:
        raise Unreachable(f"{host} took too long to answer.") from error
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise Unreachable(f"{host} broke off, or does not answer as a mail server.") from error
