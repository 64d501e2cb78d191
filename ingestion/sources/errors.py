"""What can go wrong between a source and the documents that come from it.

    SourceError                 the whole run: code, sentence
    ├── AddressRefused          an address that sources must not reach, or a spelling that hides where it leads
    ├── Unreachable             no answer, a broken one, or one that took too long: it may work the next time
    ├── TooMuch                 more bytes than the limit allows
    └── Stopped                 the run ends early, and nothing counts as gone

`sentence` is shown to those who tend the source. It never holds what the other side sent.
"""

from ingestion.errors import IngestionError


class SourceError(IngestionError):
    def __init__(self, sentence: str, code: str = "source") -> None:
        super().__init__(code, sentence)


class AddressRefused(SourceError):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "address_refused")


class Unreachable(SourceError):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "unreachable")


class TooMuch(SourceError):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "too_large")


class Stopped(SourceError):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "stopped")
