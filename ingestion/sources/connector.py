"""What a connector is: the one interface between a kind of source and everything else.

A connector knows how to reach one kind of source and how to list what is there. What follows from the list (taking
in, new versions, deletion, limits, history, schedule, cancelling) is the same for all kinds: `ingestion.sources.sync`.
docs/sources.md shows the smallest one.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar, Protocol

from django import forms

Open = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True)
class Item:
    """Something that is there, perhaps changed. `open` is called, if at all, before the next event is asked for."""

    key: str  # the same in every run; at most 500 characters
    name: str  # with folders, as for an upload
    fingerprint: str  # another one means another content
    open: Open
    url: str = ""  # where people find it, for citations
    title: str = ""
    memo: dict[str, Any] = field(default_factory=dict)  # given back in the next run


@dataclass(frozen=True)
class Unchanged:
    """Something that is there, as it was in the last run."""

    key: str


@dataclass(frozen=True)
class Unread:
    """Something that is there but could not be read now. What was taken in of it stays."""

    key: str
    name: str
    sentence: str


@dataclass(frozen=True)
class Note:
    """A sentence for those who tend the source."""

    sentence: str


Event = Item | Unchanged | Unread | Note


@dataclass(frozen=True)
class Known:
    fingerprint: str
    memo: dict[str, Any]


class Session(Protocol):
    """What a connector is told of earlier runs, and asks whether to go on."""

    state: dict[str, Any]  # the connector's own; kept when a run ends whole, without an item that failed

    def known(self, key: str) -> Known | None:
        """What was taken in under this key."""

    def keys(self) -> Iterable[str]:
        """Of everything that was taken in."""

    def pause(self, seconds: float = 0) -> None:
        """Wait, and leave by an exception when the run is cancelled or its time is up. To be called in long loops."""


class Settings(forms.Form):
    """The options of one kind, as plain form fields. What they hold must fit into JSON."""


class Connector(ABC):
    """To make one: a file in `connectors/`, and a line in `kinds.py`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str]
    Settings: ClassVar[type[Settings]]
    # The field of Settings that is kept encrypted and never shown again, and the fields that say whom it is sent to.
    secret_field: ClassVar[str] = ""
    secret_is_for: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: dict[str, Any], *, secret: str = "", organisation: str = "") -> None:
        self.options = options
        self.secret = secret
        self.organisation = organisation

    @abstractmethod
    def check(self) -> str:
        """Try the settings, and say in a sentence what was found. Raises SourceError with what is wrong."""

    @abstractmethod
    def changes(self, session: Session) -> Iterator[Event]:
        """Name everything that is there. What no event names, when this has ended by itself, counts as gone.

        Raises SourceError when the listing cannot be finished: then nothing is gone.
        """


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
