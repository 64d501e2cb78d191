"""Of whom and of what the work at hand is, by id alone: every log line and every span carries it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from uuid import uuid4

FIELDS = ("request", "task", "tenant", "user", "conversation", "answer", "document", "version")
SANE_REQUEST = re.compile(r"[A-Za-z0-9._-]{1,64}")

_ids: ContextVar[Mapping[str, str]] = ContextVar("observed_ids", default=MappingProxyType({}))


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Add ids, named as in FIELDS, to what is logged and traced inside; None adds nothing."""
    token = _ids.set({**_ids.get(), **{name: str(value) for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _ids.reset(token)


def current_ids() -> Mapping[str, str]:
    return _ids.get()


def request_id(given: str = "") -> str:
    """The id that a proxy has given the request if it is sane (no content, no forged log line), else a new one."""
    return given if SANE_REQUEST.fullmatch(given) else uuid4().hex
