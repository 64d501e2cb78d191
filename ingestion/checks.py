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
