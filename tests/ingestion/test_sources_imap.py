"""A mailbox on a real IMAP server: read, never marked as read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from ingestion.sources.connectors.imap import Mailbox, file_name, imap_date, quoted
from ingestion.sources.errors import AddressRefused, SourceError, Unreachable
from tests.ingestion.dovecot import Dovecot
from tests.ingestion.test_sources_web import Memory, run
from tests.services import service

MESSAGE = "From: bob@acme.example\r\nTo: mia@acme.example\r\nSubject: {}\r\nDate: Tue, 3 Nov 2026 10:00:00 +0000\r\n\r\n{}\r\n"


@pytest.fixture(scope="module")
def dovecot(server_folder) -> Iterator[Dovecot]:
    with service(Dovecot, server_folder / "dovecot") as server:
        yield server


@pytest.fixture
def mail(dovecot, settings) -> Iterator[Dovecot]:
    settings.SOURCES_ALLOWED_PORTS = [dovecot.port, dovecot.starttls]
    settings.SOURCES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.SOURCES_CA_FILE = str(dovecot.files.certificate)
    yield dovecot
    line = dovecot.line()
    for name in ("Team/Größe & Co", "Team"):
        line.delete(quoted(name))
    if line.select("INBOX")[1] != [b"0"]:
        line.store("1:*", "+FLAGS", "\\Deleted")
        line.expunge()
    line.logout()


def put(mail: Dovecot, subject: str, body: str = "Hello", *, folder: str = "INBOX", day: int = 3) -> None:
    line = mail.line()
    when = datetime(2026, 11, day, 10, tzinfo=UTC)
    status, _ = line.append(quoted(folder), "", when, MESSAGE.format(subject, body).encode())
    assert status == "OK"
    line.logout()


def mailbox(mail: Dovecot, *, secret: str | None = None, **options) -> Mailbox:
    defaults = {
        "host": "127.0.0.1", "security": "tls", "port": mail.port, "user": mail.user, "folders": "INBOX",
    }  # fmt: skip
    return Mailbox(defaults | options, secret=mail.password if secret is None else secret)


def test_messages_are_taken_whole_and_stay_unread(mail) -> None:
    put(mail, "Leave", "16 weeks")
    put(mail, "=?utf-8?q?Gr=C3=BC=C3=9Fe?= / x", "Hi")
    memory = Memory()
    result = run(mailbox(mail), memory)
    assert sorted(item.name.rpartition(" (")[0] for item in result.found.values()) == [
        "INBOX/2026-11-03 Grüße x",
        "INBOX/2026-11-03 Leave",
    ]
    assert any(b"16 weeks" in body and body.startswith(b"From: bob") for body in result.items.values())
    line = mail.line()
    line.select("INBOX", readonly=True)
    assert line.uid("SEARCH", "SEEN")[1] == [b""]
    line.logout()
    again = run(mailbox(mail), memory)
    assert (again.items, len(again.unchanged)) == ({}, 2)


def test_deleted_message_is_no_longer_there(mail) -> None:
    put(mail, "One")
    put(mail, "Two")
    memory = Memory()
    run(mailbox(mail), memory)
    line = mail.line()
    line.select("INBOX")
    line.store("1", "+FLAGS", "\\Deleted")
    line.expunge()
    line.logout()
    assert len(run(mailbox(mail), memory).there) == 1


def test_chosen_folders_since_a_day(mail) -> None:
    line = mail.line()
    line.create(quoted("Team/Größe & Co"))
    line.logout()
    put(mail, "Old", folder="Team/Größe & Co", day=1)
    put(mail, "New", folder="Team/Größe & Co", day=5)
    put(mail, "Elsewhere")
    result = run(mailbox(mail, folders="Team/Größe & Co", since="2026-11-04"), Memory())
    (found,) = result.found.values()
    assert found.name.startswith("Team/Größe & Co/2026-11-03 New")


def test_starttls_and_connection_test(mail) -> None:
    put(mail, "One")
    connector = mailbox(mail, security="starttls", port=mail.starttls)
    assert connector.check() == "The mailbox can be read. Messages: “INBOX”: 1."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"secret": "wrong"}, "refused user name or password"),
        ({"folders": "Missing"}, "no folder “Missing”"),
        ({"port": 25}, "Port 25 is not allowed"),
        ({"folders": 'a"b\\c'}, "no folder"),
    ],
)
def test_what_is_wrong_is_said(options, words, mail) -> None:
    with pytest.raises(SourceError, match=words):
        mailbox(mail, **options).check()


def test_certificate_must_be_trusted(mail, settings) -> None:
    settings.SOURCES_CA_FILE = ""
    for options in ({}, {"security": "starttls", "port": mail.starttls}):
        with pytest.raises(Unreachable):
            mailbox(mail, **options).check()


def test_private_address_is_refused_as_for_a_website(mail, settings) -> None:
    settings.SOURCES_ALLOWED_NETWORKS = []
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(AddressRefused, match="private network"):
            mailbox(mail, host=host).check()


def test_too_large_message_is_not_fetched(mail, settings) -> None:
    put(mail, "Large", "x" * 5000)
    settings.UPLOAD_MAX_BYTES = 1000
    (event,) = mailbox(mail).changes(Memory())
    with pytest.raises(SourceError, match="larger"), event.open():
        pass


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (b"", "undated without subject (7).eml"),
        (b"Subject: ../../etc/passwd\r\nDate: nonsense\r\n\r\n", "undated .. .. etc passwd (7).eml"),
        (b"Subject: =?nope?q?x?=\r\n\r\n", None),
        (b"Subject: " + b"x" * 500 + b"\r\n\r\n", "undated " + "x" * 100 + " (7).eml"),
    ],
)
def test_any_headers_make_a_name(headers, name) -> None:
    assert name is None or file_name(headers, "7") == name
    assert file_name(headers, "7").endswith("(7).eml")


def test_names_and_dates_as_imap_writes_them() -> None:
    assert quoted("Entwürfe & Co") == '"Entw&APw-rfe &- Co"'
    assert quoted("日本語") == '"&ZeVnLIqe-"'
    assert imap_date(date(2026, 3, 1)) == "1-Mar-2026"
