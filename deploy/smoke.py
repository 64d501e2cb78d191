#!/usr/bin/env python3
"""Checks a running installation from outside: `make smoke URL=https://... [EMAIL=... PASSWORD=...]`.

One line a check; the exit status is 1 when one failed. With a sign-in a question is asked over the socket, which
leaves one conversation behind. AUTHORITY names a certificate authority's file, for addresses such as localhost.
"""

import argparse
import http.client
import json
import os
import re
import signal
import ssl
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

SECONDS = 20.0
ANSWER_SECONDS = 120.0
CHECK_SECONDS = ANSWER_SECONDS + 30
SIGNED_OUT = 4401
SIGN_IN = "/accounts/login/"
QUESTION = "What do the documents say?"


class Failed(Exception):
    """The message says what is wrong, in a sentence for the operator."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What a question brought, as it stood when the last frame came."""

    conversation: str = ""
    message: str = ""
    text: str = ""
    status: str = ""  # complete, stopped or interrupted, or the code of a failure
    citations: list[dict[str, Any]] = field(default_factory=list)


class Visitor:
    """A browser as small as can be. `to` goes straight to a web process, past the proxy that speaks TLS."""

    def __init__(
        self, address: str, *, authority: Path | None = None, to: tuple[str, int] | None = None
    ) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Failed(f"{address!r} is no address: give one such as https://chat.example.com")
        self.address = f"{parts.scheme}://{parts.netloc}"
        self.host, self.name, self.https = parts.netloc, parts.hostname, parts.scheme == "https"
        self.to = to
        self.place = to or (parts.hostname, parts.port or (443 if self.https else 80))
        self.context = ssl.create_default_context(cafile=str(authority) if authority else None)
        self.cookies: dict[str, str] = {}

    @property
    def speaks_tls(self) -> bool:
        return self.https and self.to is None

    def headers(self) -> dict[str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if self.to and self.https:
            headers["X-Forwarded-Proto"] = "https"
        return headers

    def request(
        self, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request; a redirect is not followed."""
        make = http.client.HTTPConnection
        options: dict[str, Any] = {"timeout": SECONDS}
        if self.speaks_tls:
            make, options = http.client.HTTPSConnection, options | {"context": self.context}
        connection = make(*self.place, **options)
        try:
            own = {"Host": self.host, "Referer": self.address + path, **self.headers(), **(headers or {})}
            connection.request(method, path, body=body or None, headers=own)
            response = connection.getresponse()
            for value in response.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}
            return Reply(
                response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
            )
        except ssl.SSLError as error:
            raise Failed(f"the certificate is refused: {error.reason or error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"no answer from {self.host}: {error}") from error
        finally:
            connection.close()

    def cookie(self, name: str) -> str:
        """Over TLS its name says that it is of this host alone."""
        return self.cookies.get(f"__Host-{name}") or self.cookies.get(name, "")

    def get(self, path: str) -> Reply:
        return self.request("GET", path)

    def post(self, path: str, fields: Mapping[str, str], *, file: tuple[str, bytes] | None = None) -> Reply:
        """A form as the browser sends it, with the token of the page before."""
        fields = {"csrfmiddlewaretoken": self.cookie("csrftoken"), **fields}
        if file is None:
            kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
        else:
            kind, body = multipart(fields, file)
        return self.request("POST", path, body=body, headers={"Content-Type": kind})

    def sign_in(self, email: str, password: str) -> None:
        self.get(SIGN_IN)
        reply = self.post(SIGN_IN, {"login": email, "password": password})
        if reply.status != 302 or not self.cookie("sessionid"):
            raise Failed(f"{email} was not let in (status {reply.status})")

    def open_socket(self) -> ClientConnection:
        scheme = "wss" if self.speaks_tls else "ws"
        return connect(
            f"{scheme}://{self.host}/ws/chat/",
            ssl=self.context if self.speaks_tls else None,
            origin=Origin(self.address),
            additional_headers=self.headers(),
            address=self.place,
            open_timeout=SECONDS,
            close_timeout=5,
            proxy=None,
            legacy=True,  # the connection itself, open already
        )

    def ask(self, question: str, *, conversation: str | None = None) -> Answer:
        """The answer, waited for to its end."""
        frame = {"type": "ask", "client_id": str(uuid.uuid4()), "conversation": conversation}
        with self.open_socket() as connection:
            try:
                connection.send(json.dumps(frame | {"text": question}))
            except ConnectionClosed as error:
                raise Failed(f"the socket was closed at once: {error}") from error
            return read_answer(connection)


def multipart(fields: Mapping[str, str], file: tuple[str, bytes]) -> tuple[str, bytes]:
    boundary = uuid.uuid4().hex
    name, content = file
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    return f"multipart/form-data; boundary={boundary}", body


def read_answer(connection: ClientConnection) -> Answer:
    answer, until = Answer(), time.monotonic() + ANSWER_SECONDS
    while not answer.status:
        try:
            frame = json.loads(connection.recv(timeout=max(0.0, until - time.monotonic())))
        except TimeoutError as error:
            raise Failed(f"the answer did not end within {ANSWER_SECONDS:.0f} s") from error
        except ConnectionClosed as error:
            raise Failed(f"the socket was closed in mid-answer: {error}") from error
        match frame["type"]:
            case "accepted":
                answer.conversation, answer.message = frame["conversation"], frame["message"]
            case "delta":
                answer.text += frame["text"]
            case "cited":
                answer.citations.append(frame)
            case "finished":
                answer.status = frame["status"]
            case "failed":
                answer.status = frame["code"]
    return answer


# --- The checks: each says what it saw, or raises Failed


def alive(visitor: Visitor) -> str:
    if expect_status(visitor.get("/healthz"), 200).text != "ok":
        raise Failed("something else than Colloquy answers")
    return "the web process answers"


def ready(visitor: Visitor) -> str:
    reply = visitor.get("/readyz")
    try:
        status = reply.json["status"]
        checks = {name: bool(check["ok"]) for name, check in reply.json["checks"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"no list of dependencies came back (status {reply.status})") from error
    if status != "ready":
        raise Failed(f"{status}: {', '.join(name for name, well in checks.items() if not well)}")
    return ", ".join(checks)


def encrypted(visitor: Visitor) -> str:
    if not visitor.https:
        raise Failed("the address is not https: passwords travel in the clear")
    reply = visitor.get(SIGN_IN)
    if "max-age" not in reply.headers.get("strict-transport-security", ""):
        raise Failed("Strict-Transport-Security is missing: set PUBLIC_URL to this https address")
    return "the certificate holds, and browsers are told to insist on TLS"


def sign_in_page(visitor: Visitor) -> str:
    reply = expect_status(visitor.get(SIGN_IN), 200)
    for name, words in {
        "content-security-policy": "frame-ancestors",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
    }.items():
        if words not in reply.headers.get(name, ""):
            raise Failed(f"the header {name} is missing or weak: does a proxy remove it?")
    return "it is there, with its security headers"


def static_files(visitor: Visitor) -> str:
    kinds = {".css": "text/css", ".js": "javascript"}
    found = re.findall(r'(?:href|src)="(/static/[^"]+(\.css|\.js))"', visitor.get(SIGN_IN).text)
    if not found:
        raise Failed("the sign-in page names no style sheet")
    for path, suffix in found:
        reply = expect_status(visitor.get(path), 200)
        if kinds[suffix] not in reply.headers.get("content-type", ""):
            raise Failed(f"{path} comes as {reply.headers.get('content-type')}")
        if "max-age" not in reply.headers.get("cache-control", ""):
            raise Failed(f"{path} may not be kept by browsers")
    return f"{len(found)} of the sign-in page"


def closed_socket(visitor: Visitor) -> str:
    try:
        with visitor.open_socket() as connection:
            connection.recv(timeout=SECONDS)
    except ConnectionClosed as closed:
        if closed.rcvd is not None and closed.rcvd.code == SIGNED_OUT:
            return "passes the proxy, and is refused without a sign-in"
        raise Failed(f"closed in an unknown way: {closed}") from closed
    except InvalidHandshake as error:
        raise Failed(f"does not pass the proxy: {error}") from error
    except (OSError, TimeoutError) as error:
        raise Failed(f"no answer: {error}") from error
    raise Failed("somebody without a sign-in was served")


def question(visitor: Visitor) -> str:
    began = time.monotonic()
    try:
        answer = visitor.ask(QUESTION)
    except (InvalidHandshake, OSError) as error:
        raise Failed(f"the socket did not open: {error}") from error
    if answer.status != "complete":
        raise Failed(f"the answer ended as {answer.status}")
    return f"answered in {time.monotonic() - began:.1f} s with {len(answer.citations)} citations"


def expect_status(reply: Reply, status: int) -> Reply:
    if reply.status != status:
        raise Failed(f"status {reply.status} instead of {status}")
    return reply


CHECKS: dict[str, Callable[[Visitor], str]] = {
    "healthz": alive,
    "readyz": ready,
    "TLS": encrypted,
    "sign-in page": sign_in_page,
    "static files": static_files,
    "socket": closed_socket,
}


def results(visitor: Visitor, *, email: str, password: str) -> Iterator[tuple[str, bool, str]]:
    """Name, whether it went well, and what was seen. A question is asked only by who was let in."""

    def sign_in(visitor: Visitor) -> str:
        visitor.sign_in(email, password)
        return f"{email} is let in"

    for name, check in CHECKS.items():
        yield name, *seen(check, visitor)
    if email:
        well, what = seen(sign_in, visitor)
        yield "sign-in", well, what
        if well:
            yield "question", *seen(question, visitor)


def seen(check: Callable[[Visitor], str], visitor: Visitor) -> tuple[bool, str]:
    """The check's outcome, at the latest after its time."""
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(int(CHECK_SECONDS))
    try:
        return True, check(visitor)
    except Failed as failure:
        return False, str(failure)
    finally:
        signal.alarm(0)


def out_of_time(_number: int, _frame: object) -> None:
    raise Failed(f"no end after {CHECK_SECONDS:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a running installation from outside.")
    parser.add_argument("url")
    parser.add_argument("--email", default=os.environ.get("EMAIL", ""))
    parser.add_argument("--authority", type=Path, default=os.environ.get("AUTHORITY") or None)
    options = parser.parse_args()
    try:
        visitor = Visitor(options.url, authority=options.authority)
    except (Failed, OSError) as error:
        sys.exit(str(error))
    failures = 0
    # From the environment, so that it stands in no list of processes.
    for name, well, what in results(visitor, email=options.email, password=os.environ.get("PASSWORD", "")):
        failures += not well
        print(f"{'ok  ' if well else 'FAIL'}  {name:<13} {what}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
