"""System checks: contradictions are refused at start with a sentence saying what to change."""

from collections.abc import Sequence
from typing import Any

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
