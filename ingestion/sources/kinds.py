"""The kinds of source there are. A new one is a file in `connectors/` and a line here."""

from typing import Any

from django.conf import settings

from ingestion.sources.connector import Connector
from ingestion.sources.connectors.folder import Folder
from ingestion.sources.connectors.git import Repository
from ingestion.sources.connectors.imap import Mailbox
from ingestion.sources.connectors.s3 import Bucket
from ingestion.sources.connectors.web import Web
from ingestion.sources.errors import SourceError

CONNECTORS: tuple[type[Connector], ...] = (Web, Folder, Bucket, Mailbox, Repository)
KINDS = {connector.kind: connector for connector in CONNECTORS}


def offered() -> list[type[Connector]]:
    """The kinds that the operator has not switched off."""
    return [connector for kind, connector in KINDS.items() if kind in settings.SOURCES]


def connector_of(kind: str, options: dict[str, Any], *, secret: str, organisation: str) -> Connector:
    if kind not in settings.SOURCES or kind not in KINDS:
        raise SourceError("The operator has switched off sources of this kind.")
    return KINDS[kind](options, secret=secret, organisation=organisation)
