"""How long passages are to be, in the tokens of the embedding model that the settings name."""

from functools import lru_cache
from typing import Any

from django.conf import settings

from ingestion import local_model
from ingestion.packaged import LONGEST, tokenizer_file
from ingestion.sizes import TokenStarts, by_tokenizer, estimated

OWN_MARKS = 2  # tokens that a model sets around every text


def chunk_sizes() -> dict[str, Any]:
    """What `chunk` is to be called with."""
    return {
        "target": settings.CHUNK_TOKENS,
        "overlap": settings.CHUNK_OVERLAP_TOKENS,
        "longest": longest_text(),
        "tokens": token_starts(),
    }


def token_starts() -> TokenStarts:
    """Of the local model's tokenizer, of that in EMBEDDING_TOKENIZER, else the estimate."""
    if settings.EMBEDDING_TOKENIZER:
        return tokenizer_at(settings.EMBEDDING_TOKENIZER)
    return tokenizer_at(str(tokenizer_file())) if is_local_model() else estimated


def longest_text() -> int:
    """How many tokens of a passage the model reads, beside its marks and the prefix."""
    if is_local_model():
        return LONGEST - OWN_MARKS
    prefix = len(token_starts()(settings.EMBEDDING_PASSAGE_PREFIX))
    return int(settings.EMBEDDING_MAX_TOKENS) - OWN_MARKS - prefix


def is_local_model() -> bool:
    """Also where it runs as a service of its own, behind an address like any other."""
    return not settings.EMBEDDING_URL or settings.EMBEDDING_MODEL == local_model.NAME


@lru_cache(maxsize=2)
def tokenizer_at(path: str) -> TokenStarts:
    """Of a tokenizer.json."""
    # Not above: web processes, which never cut a document, do without the library.
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return by_tokenizer(tokenizer)
