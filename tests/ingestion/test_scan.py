"""The optional virus scanner: a small server that speaks clamd's INSTREAM stands in for it."""

import io
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest

from ingestion import pipeline
from ingestion.actions import accept_upload
from ingestion.models import DocumentVersion, Status
from tenants.access import require_member
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.usefixtures("own_index")
VIRUS = b"this one is said to be a virus"


class Scanner(socketserver.StreamRequestHandler):
    """Reads the command and the blocks as clamd does; says FOUND where the marked words are."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            data += self.rfile.read(length)
            if len(data) > 1_000_000:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.wfile.write(b"stream: Test.Virus-1 FOUND\0" if VIRUS in data else b"stream: OK\0")


@pytest.fixture(params=["tcp", "unix"])
def scanner(request, settings, tmp_path) -> Iterator[None]:
    if request.param == "tcp":
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Scanner)
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
    else:
        server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd"), Scanner)
        settings.CLAMAV_URL = f"unix://{tmp_path}/clamd"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def take_in(acme, handbook, alice):
    def take(data: bytes) -> DocumentVersion:
        with tenant_scope(acme.id):
            member = require_member(alice.id, tenant=acme.id)
            upload = accept_upload(
                io.BytesIO(data), name="a.txt", collection=handbook, member=member, send=False
            )
            pipeline.ingest(upload.version.pk)
            upload.version.refresh_from_db()
        return upload.version

    return take


def test_clean_files_are_read_and_infected_ones_are_neither_read_nor_handed_out(
    scanner, take_in, alice, browser_of
) -> None:
    assert take_in(b"Twenty days.").status == Status.READY
    version = take_in(b"Twenty days and " + VIRUS)
    assert (version.status, version.error_code) == (Status.FAILED, "infected")
    assert "Test.Virus-1" in version.error
    assert version.attempts == 1
    answer = browser_of(alice).get(f"/documents/{version.pk}/file/")
    assert answer.status_code == 403
    assert VIRUS not in answer.content
    assert take_in(b"x" * 2_000_000).error_code == "too_large"


def test_documents_wait_for_a_scanner_that_is_down_and_are_not_handed_out(
    settings, take_in, alice, browser_of
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        version = take_in(b"Twenty days.")
    assert (version.status, version.error_code, version.attempts) == (Status.QUEUED, "scanner_unavailable", 0)
    assert "waits" in version.error
    assert browser_of(alice).get(f"/documents/{version.pk}/file/").status_code == 403
