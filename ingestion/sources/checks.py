"""System checks of the operator's settings about sources."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def source_settings_make_sense(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [Error(text, id="sources.E001") for text in problems()]


def problems() -> list[str]:
    from ingestion.sources.kinds import KINDS
    from ingestion.sources.watched import watched_folders

    found = [
        f"SOURCES names “{kind}”, which is no kind of source. Choose from {', '.join(KINDS)}."
        for kind in settings.SOURCES
        if kind not in KINDS
    ]
    for text in settings.SOURCES_ALLOWED_NETWORKS:
        try:
            ip_network(text)
        except ValueError as error:
            found.append(f"SOURCES_ALLOWED_NETWORKS names {text}, which is no network: {error}.")
    if settings.SOURCES_CA_FILE and not Path(settings.SOURCES_CA_FILE).is_file():
        found.append(f"SOURCES_CA_FILE names {settings.SOURCES_CA_FILE}, which is no file.")
    for folder in watched_folders():
        if not folder.path.is_absolute() or not folder.path.is_dir():
            found.append(f"WATCHED_FOLDERS names {folder.path}, which is no folder (or no absolute path).")
    if settings.SOURCES_AT_ONCE < 1:
        found.append(
            "SOURCES_AT_ONCE must be at least 1. To switch sources off, name other kinds in SOURCES."
        )
    return found
