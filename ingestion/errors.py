"""What can go wrong between an uploaded file and its searchable passages.

    IngestionError             code, permanent, sentence
    ├── UploadRefused          not taken in at all: empty, too large, over the quota
    ├── BadRequest             what no page of ours asks for
    ├── NotFound               not there, or not for this member: the two look the same
    ├── DocumentError          the file itself: trying again changes nothing
    │   ├── SetAside           it did so three times
    │   └── ReaderStopped      it took its reader down; the machine may be to blame, so it is tried again
    └── ServiceDown            a service did not answer: documents wait until it does
        ├── EmbeddingUnavailable
        ├── StorageUnavailable the originals could not be read or written
        ├── ScannerUnavailable     the virus scanner
        └── StoreUnavailable   the index could not be read or written

`sentence` is shown to the person who uploaded the file: what happened and what to do, in plain words.
"""


def _(sentence: str) -> str:
    """Marks a sentence for translation. The confined readers load this too, where Django is not set up."""
    return sentence


DOCUMENT_CODES = frozenset(
    {
        "empty",
        "encrypted",
        "sealed",
        "corrupt",
        "unsupported",
        "disguised",
        "no_text",
        "too_large",
        "parser_killed",
        "too_slow",
        "too_much_memory",
        "infected",
    }
)


class IngestionError(Exception):
    permanent = False

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class UploadRefused(IngestionError):
    permanent = True


class BadRequest(IngestionError):
    permanent = True

    def __init__(self, sentence: str, code: str = "malformed") -> None:
        super().__init__(code, sentence)


class NotFound(IngestionError):
    permanent = True

    def __init__(self, sentence: str = _("This does not exist (any more).")) -> None:
        super().__init__("not_found", sentence)


class DocumentError(IngestionError):
    permanent = True


class ReaderStopped(DocumentError):
    """The confined process died over it. After the third time the file is set aside."""

    permanent = False

    def __init__(self) -> None:
        super().__init__(
            "parser_killed",
            _("Reading this document failed: its reader stopped. Save it again, or as PDF, and upload that."),
        )


class SetAside(DocumentError):
    """It stopped its reader again and again: nobody reads it any more, unless asked to for this one."""

    CODE = "set_aside"

    def __init__(self) -> None:
        super().__init__(
            self.CODE,
            _(
                "This file stopped its reader three times, so it was set aside. "
                "Save it again, or as PDF, and upload that."
            ),
        )


class ServiceDown(IngestionError):
    """Something that all documents need does not answer. None of them is to blame: waiting is not counted as a try."""


class EmbeddingUnavailable(ServiceDown):
    def __init__(self, sentence: str, code: str = "embedding_unavailable") -> None:
        super().__init__(code, sentence)


class StoreUnavailable(ServiceDown):
    def __init__(self, sentence: str, code: str = "store_unavailable") -> None:
        super().__init__(code, sentence)


class StorageUnavailable(ServiceDown):
    def __init__(self, sentence: str, code: str = "storage_unavailable") -> None:
        super().__init__(code, sentence)


class ScannerUnavailable(ServiceDown):
    def __init__(self, sentence: str, code: str = "scanner_unavailable") -> None:
        super().__init__(code, sentence)
