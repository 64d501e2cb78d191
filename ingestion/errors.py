"""What can go wrong between an uploaded file and its searchable passages.

    IngestionError             code, permanent, sentence
    ├── UploadRefused          not taken in at all: empty, too large, over the quota
    ├── DocumentError          the file itself: trying again changes nothing
    ├── EmbeddingUnavailable   the embedding endpoint did not answer: try later
    └── StoreUnavailable       the index could not be read or written: try later

`sentence` is shown to the person who uploaded the file: what happened and what to do, in plain words.
"""

DOCUMENT_CODES = frozenset(
    {
        "empty",
        "encrypted",
        "corrupt",
        "unsupported",
        "disguised",
        "no_text",
        "too_large",
        "parser_killed",
        "too_slow",
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


class DocumentError(IngestionError):
    permanent = True


class EmbeddingUnavailable(IngestionError):
    def __init__(self, sentence: str, code: str = "embedding_unavailable") -> None:
        super().__init__(code, sentence)


class StoreUnavailable(IngestionError):
    def __init__(self, sentence: str, code: str = "store_unavailable") -> None:
        super().__init__(code, sentence)
