"""System checks: contradictions are refused at start with a sentence saying what to change."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError


@register(Tags.database)
def index_matches_settings(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The index must have been built with the embedding model that the settings name."""
    from ingestion.index import mismatch

    if not databases:
        return []
    try:
        problem = mismatch()
    except DatabaseError:  # not migrated yet: there is no index either
        return []
    return [Error(problem, id="ingestion.E001")] if problem else []


@register()
def embedding_settings_are_whole(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An endpoint needs a model and its dimension beside its address."""
    if not settings.EMBEDDING_URL or (settings.EMBEDDING_MODEL and settings.EMBEDDING_DIMENSION > 0):
        return []
    text = "EMBEDDING_URL is set, but EMBEDDING_MODEL or EMBEDDING_DIMENSION is not. Set all three, or none."
    return [Error(text, id="ingestion.E002")]


@register()
def passages_fit_the_embedding_model(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What the model does not read of a passage could never be found by its meaning."""
    problem = _unreadable_tokenizer() or _unfit_sizes()
    return [Error(problem, id="ingestion.E003")] if problem else []


def _unreadable_tokenizer() -> str:
    from ingestion.tokenizer import token_starts

    if not settings.EMBEDDING_URL:
        return ""
    try:
        token_starts()
    except Exception as error:  # the library raises nothing more precise
        return (
            f"EMBEDDING_TOKENIZER={settings.EMBEDDING_TOKENIZER} cannot be read: {error}. Name the model's "
            "tokenizer.json, or leave it empty and tokens are estimated."
        )
    return ""


def _unfit_sizes() -> str:
    from ingestion.chunk import SHORTEST
    from ingestion.tokenizer import longest_text

    target, overlap, longest = settings.CHUNK_TOKENS, settings.CHUNK_OVERLAP_TOKENS, longest_text()
    if not SHORTEST <= target <= longest:
        return (
            f"CHUNK_TOKENS={target} must be at least {SHORTEST}, and at most the {longest} tokens that the "
            "embedding model reads of a text beside its own marks (EMBEDDING_MAX_TOKENS says how many in all)."
        )
    if not 0 <= overlap <= target // 2:
        return f"CHUNK_OVERLAP_TOKENS={overlap} must be between 0 and half of CHUNK_TOKENS={target}."
    return ""
