"""Where events are sent as they happen: a syslog server, a webhook. Both take them in order, some perhaps twice."""

import hashlib
import hmac
import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.conf import settings

from tenants.audit.chain import canonical, content, moment
from tenants.models import AuditEvent

SECONDS = 10
FACILITY = 13  # log audit
WARNING, NOTICE = 4, 5
DATAGRAM = 60_000


class Undelivered(Exception):
    """The receiver did not take the events; they are sent again."""


Send = Callable[[Sequence[AuditEvent]], None]


def configured() -> dict[str, Send]:
    receivers: dict[str, Send] = {}
    if settings.AUDIT_SYSLOG:
        receivers["syslog"] = to_syslog
    if settings.AUDIT_WEBHOOK_URL:
        receivers["webhook"] = to_webhook
    return receivers


def as_json(event: AuditEvent) -> dict[str, Any]:
    """What is hashed, and the hash: the receiver can check the chain by itself."""
    return content(event) | {"hash": event.hash}


def to_syslog(events: Sequence[AuditEvent]) -> None:
    """RFC 5424. By TCP the octet count comes first (RFC 6587), and what was sent counts once the server, told that no
    more comes, has closed in its turn. UDP promises nothing.
    """
    parts = urlsplit(settings.AUDIT_SYSLOG)
    address = (parts.hostname or "", parts.port or 514)
    try:
        if parts.scheme == "udp":
            _datagrams(address, events)
        else:
            _stream(address, events)
    except OSError as error:
        raise Undelivered(f"the syslog server cannot be reached: {type(error).__name__}") from error


def _datagrams(address: tuple[str, int], events: Sequence[AuditEvent]) -> None:
    family, kind, protocol, _, place = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as line:
        for event in events:
            line.sendto(syslog_message(event, limit=DATAGRAM), place)


def _stream(address: tuple[str, int], events: Sequence[AuditEvent]) -> None:
    with socket.create_connection(address, timeout=SECONDS) as line:
        for event in events:
            message = syslog_message(event)
            line.sendall(f"{len(message)} ".encode() + message)
        line.shutdown(socket.SHUT_WR)
        while line.recv(4096):
            pass


def syslog_message(event: AuditEvent, *, limit: int = 0) -> bytes:
    """The event as JSON behind the header. One that does not fit goes without its detail: its hash names it."""
    severity = WARNING if "refused" in event.action else NOTICE
    host = re.sub(r"[^!-~]", "", socket.gethostname())[:255] or "-"
    kind = re.sub(r"[^!-~]", "", event.action)[:32] or "-"
    header = f"<{FACILITY * 8 + severity}>1 {moment(event.created)} {host} colloquy {os.getpid()} {kind} - "
    body = canonical(as_json(event))
    if limit and len(body) > limit:
        body = canonical(as_json(event) | {"detail": "too long for one datagram"})
    return header.encode() + body


def to_webhook(events: Sequence[AuditEvent]) -> None:
    """One POST. The signature is over the time and the body, so that nothing can be played back later."""
    body = canonical({"events": [as_json(event) for event in events]})
    now = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Colloquy-Timestamp": now,
        "X-Colloquy-Signature": f"sha256={signature(now, body)}",
    }
    try:
        answer = httpx2.post(settings.AUDIT_WEBHOOK_URL, content=body, headers=headers, timeout=SECONDS)
    except httpx2.HTTPError as error:
        raise Undelivered(f"the webhook cannot be reached: {type(error).__name__}") from error
    if not answer.is_success:
        raise Undelivered(f"the webhook answered with status {answer.status_code}")


def signature(timestamp: str, body: bytes) -> str:
    key = settings.AUDIT_WEBHOOK_SECRET.encode()
    return hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
