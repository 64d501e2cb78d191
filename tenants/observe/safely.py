"""Exceptions in words that hold no content and no key.

What an exception says may be a provider's answer with the key in it, a row with a document's title, or a path with a
file's name. So its type is told, where it happened, and what the system says in words of its own.
"""

import os
import traceback
from collections.abc import Iterator

OURS = ("assistant.", "chat.", "ingestion.", "tenants.")
# These speak of connections and disks. Only their first line is told: what follows may quote a statement.
SPEAK_OF_SYSTEMS = frozenset(
    {
        "django.db.utils.OperationalError",
        "kombu.exceptions.OperationalError",
        "redis.exceptions.ConnectionError",
        "redis.exceptions.TimeoutError",
    }
)
LONGEST = 300


def told(error: BaseException) -> str:
    """The exception in one line."""
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    said = _said(error, name)
    return f"{name}: {said}" if said else name


def _said(error: BaseException, name: str) -> str:
    if name.startswith(OURS):
        return str(getattr(error, "code", ""))
    if name in SPEAK_OF_SYSTEMS:
        return (str(error).splitlines() or [""])[0][:LONGEST]
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    for attribute, words in (("status_code", "HTTP"), ("sqlstate", "SQLSTATE")):
        if value := getattr(error, attribute, None):
            return f"{words} {str(value)[:5]}"
    return ""


def told_with_places(error: BaseException) -> str:
    """The exception and those that led to it, each with the places in the code it came through."""
    parts = []
    for cause in reversed(list(_chain(error))):
        frames = traceback.extract_tb(cause.__traceback__)
        parts.append("".join(traceback.format_list(frames)) + told(cause))
        if isinstance(cause, BaseExceptionGroup):
            parts += [f"in it: {told_with_places(inner)}" for inner in cause.exceptions]
    return "\nwhich led to\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
